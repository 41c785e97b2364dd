"""The shell of the office: ways in and back, keys, search, tables, a phone; in three languages, light and dark."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import HALL, Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

PLACES = ("Today", "Events", "Offers", "Orders", "Tasks", "Audience", "Venues", "Reports", "Settings")
WORDS = {
    "es-ES": ("Usar una clave de API", "Clave de API", "Eventos", "Más", "Ajustes"),
    "pt-BR": ("Usar uma chave de API", "Chave de API", "Eventos", "Mais", "Configurações"),
}


def by_key(page: Page, key: str) -> None:
    page.get_by_role("button", name="Use an API key").click()
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Log in").click()


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def test_a_link_leads_through_sign_in_to_where_it_points(site: Site, buyers: NewBuyer) -> None:
    site.sale()
    page = buyers(site).page
    page.goto("/office/events?sort=-name")
    heading(page, "Sign in to the office")
    expect(page).to_have_url(re.compile(r"/office/sign-in\?next="))
    check(page, "sign in")
    by_key(page, site.key)
    heading(page, "Events")
    expect(page).to_have_url(re.compile(r"/office/events\?sort=-name$"))
    expect(page.get_by_role("columnheader", name="Event")).to_have_attribute("aria-sort", "descending")
    page.goto("/office/sign-in?next=https://evil.example/office")
    by_key(page, site.key)
    expect(page).to_have_url(re.compile(re.escape(site.url) + "/office$"))
    page.goto("/dashboard")
    expect(page).to_have_url(re.compile("/office$"))


def test_everything_is_reached_by_keys_and_by_search(site: Site, buyers: NewBuyer, tmp_path: Path) -> None:
    sale = site.sale(text=HALL.replace("Jazz en el Rincón", "Ñandú y cuarteto"))
    page = buyers(site).page
    page.goto("/office")
    by_key(page, site.key)
    heading(page, "Today")
    places = page.get_by_role("navigation", name="Main").get_by_role("link")
    expect(places).to_have_text(PLACES)
    expect(page.get_by_role("link", name="Ñandú y cuarteto").first).to_be_visible()
    check(page, "today")
    for letter, name in zip("efokavrst", (*PLACES[1:], "Today"), strict=True):
        page.keyboard.press("g")
        page.keyboard.press(letter)
        heading(page, name)
        expect(page.locator("main")).to_be_focused()
    page.go_back()
    heading(page, "Settings")
    check(page, "settings")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard")
    expect(keys).to_be_visible()
    check(page, "the keys")
    keys.get_by_label("Use single keys").uncheck()
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    page.keyboard.press("g")
    page.keyboard.press("e")
    page.keyboard.press("Control+k")
    search = page.get_by_role("combobox", name="Search everything")
    expect(search).to_be_focused()
    page.keyboard.type("nandu")  # neither case nor accents matter
    found = page.get_by_role("listbox").get_by_role("option", name=re.compile("Ñandú y cuarteto"))
    expect(found).to_have_attribute("aria-selected", "true")
    check(page, "the search")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/office/sales/{sale}$"))
    heading(page, "Ñandú y cuarteto")
    page.get_by_role("button", name="Pause sales").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Pause sales")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Events").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as CSV").click()
    lines = (saved.value.path()).read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("Event,When,Status,Sold")
    assert any(line.startswith("Ñandú y cuarteto,") and ",Open," in line for line in lines)


@pytest.mark.parametrize("locale", WORDS)
def test_a_phone_has_everything_in_every_language(site: Site, buyers: NewBuyer, locale: str) -> None:
    way, label, events, more, settings = WORDS[locale]
    site.sale()
    site.sale()
    page = buyers(site, phone=True, dark=locale == "pt-BR", locale=locale).page
    page.goto("/office/events")
    check(page, f"sign in, {locale}")
    page.get_by_role("button", name=way).click()
    page.get_by_label(label).fill(site.key)
    page.keyboard.press("Enter")
    heading(page, events)
    expect(page.get_by_role("rowheader", name=re.compile("Jazz")).first).to_be_visible()
    order = page.get_by_role("main").get_by_role("combobox").first
    order.select_option(value="-name")
    expect(page).to_have_url(re.compile(r"/office/events\?sort=-name$"))
    check(page, f"events on a phone, {locale}")
    page.get_by_role("button", name=more, exact=True).click()
    check(page, f"more, {locale}")
    page.get_by_role("dialog").get_by_role("link", name=settings).click()
    heading(page, settings)
    check(page, f"settings on a phone, {locale}")


def test_accounts_are_a_quiet_way_beside_buying(site: Site, buyers: NewBuyer) -> None:
    page = buyers(site, phone=True).page
    page.goto("/")
    page.get_by_role("link", name="Account").click()
    heading(page, "Sign in")
    check(page, "sign in to an account")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("E-mail")).to_be_focused()
    expect(page.get_by_label("E-mail")).to_have_accessible_description(re.compile("Enter your e-mail."))
    page.get_by_role("link", name="Create an account").click()
    heading(page, "Create an account")
    page.get_by_label("E-mail").fill("ana@")
    page.get_by_label("Password").first.click()
    expect(page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")  # as soon as it is left
    check(page, "a mistake at its field")
    page.get_by_label("E-mail").fill("ana@example.org")
    expect(page.get_by_label("E-mail")).not_to_have_attribute("aria-invalid", "true")
    page.goto("/account/verify#token=stolen")
    heading(page, "Confirm your e-mail")
    assert "stolen" not in page.url  # nor in the history of the next person
    check(page, "verify")
