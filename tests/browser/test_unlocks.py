"""A hidden ticket type: nobody sees it; whoever types its code, or comes by its link, is shown it and buys it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site
from tests.browser.test_desk import log_in

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
SALE = """
event: Noche de amigos
id: {id}
starts: in 10 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
ticket_types: {{general: General, amigo: {{name: Amigo del teatro, hidden: true}}}}
sections:
  platea: {{rows: 2, seats: 8, price: {{general: 20, amigo: 10}}}}
pools:
  salon: {{name: Salón de amigos, capacity: 4, price: {{amigo: 7}}}}
unlocks:
  amigos: {{codes: AMIGOS2026, types: amigo}}
"""
WORDS = {
    "en-GB": ("I have a code", "Show", "That code shows nothing in this sale."),
    "es-ES": ("Tengo un código", "Mostrar", "Ese código no muestra nada en esta venta."),
    "pt-BR": ("Tenho um código", "Mostrar", "Esse código não mostra nada nesta venda."),
}


def types_code(page: Page, have: str, send: str, code: str) -> None:
    form = page.locator(".unlock")
    if form.locator("details").get_attribute("open") is None:
        page.get_by_text(have).click()
    form.locator("input").fill(code)
    form.get_by_role("button", name=send).click()


@pytest.mark.parametrize("locale", WORDS)
def test_whoever_knows_the_code_is_shown_what_it_shows(site: Site, buyers: NewBuyer, locale: str) -> None:
    have, send, nothing = WORDS[locale]
    sale = site.sale(text=SALE)
    friend = buyers(site, phone=True, locale=locale)
    page = friend.page
    page.set_viewport_size({"width": 360, "height": 740})
    friend.open(f"/s/{sale}")
    expect(page.locator(".prices")).to_contain_text("20")
    expect(page.locator("main")).not_to_contain_text("migo del teatro")
    friend.open(f"/s/{sale}/seats")
    expect(page.get_by_text("Salón de amigos")).to_have_count(0)
    types_code(page, have, send, "amigas2026")
    expect(page.get_by_text(nothing)).to_be_visible()
    check(page, f"a code that shows nothing in {locale}")
    types_code(page, have, send, "amigos 2026")
    expect(page.get_by_role("status").filter(has_text="Amigo del teatro")).to_be_visible()
    expect(page.get_by_text("Salón de amigos")).to_be_visible()
    check(page, f"what a code shows in {locale}")
    page.get_by_text(re.compile("^(List|Lista)$")).first.click()
    page.locator("summary", has_text="platea").click()
    page.get_by_test_id("seat-list").get_by_role("button").nth(1).click()
    friend.open(f"/s/{sale}/checkout")
    chosen = page.locator("select.items-type")
    chosen.select_option("amigo")
    expect(page.locator(".ticket-stub")).to_contain_text("10")


def test_a_link_brings_its_code_to_each_cart(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=SALE)
    friend = buyers(site)
    friend.open(f"/s/{sale}?code=amigos2026")
    friend.page.locator(f'a[href="/s/{sale}/seats"]').first.click()
    expect(friend.page.get_by_text("Salón de amigos")).to_be_visible()
    stranger = buyers(site)
    stranger.open(f"/s/{sale}/seats")
    expect(stranger.page.locator(".picker-tools")).to_be_visible()
    expect(stranger.page.get_by_text("Salón de amigos")).to_have_count(0)


SPONSORED = """
event: Noche del banco
id: {id}
starts: in 10 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
sections:
  platea: {{rows: 2, seats: 8, price: 20}}
allocations:
  banco: {{purpose: sponsor, seats: {{platea: [A 3-4]}}}}
unlocks:
  invitados: {{codes: BANCO2026, allocations: banco}}
"""
SEATS = {"en-GB": "2 seats", "es-ES": "2 asientos", "pt-BR": "2 assentos"}


@pytest.mark.parametrize("locale", WORDS)
def test_a_guest_of_a_sponsor_sees_and_buys_the_seats_it_has(site: Site, buyers: NewBuyer, locale: str) -> None:
    have, send, _ = WORDS[locale]
    sale = site.sale(text=SPONSORED)
    guest, neighbour = buyers(site, phone=True, locale=locale), buyers(site)
    neighbour.open_list(sale)
    theirs = neighbour.page.locator("[data-seat='2'][data-state=free]")
    expect(neighbour.page.locator("[data-seat='4']")).to_be_visible()
    expect(theirs).to_have_count(0)
    page = guest.page
    page.set_viewport_size({"width": 360, "height": 740})
    guest.open(f"/s/{sale}/seats")
    types_code(page, have, send, "banco 2026")
    expect(page.get_by_role("status").filter(has_text=SEATS[locale])).to_be_visible()
    check(page, f"seats that a code shows in {locale}")
    page.get_by_text(re.compile("^(List|Lista)$")).first.click()
    page.locator("summary", has_text="platea").click()
    for seat in (2, 3):
        chosen = page.locator(f"[data-seat='{seat}']")
        chosen.click()
        expect(chosen).to_have_attribute("aria-pressed", "true")
    expect(theirs).to_have_count(0)
    guest.open(f"/s/{sale}/checkout")
    expect(page.locator(".ticket-stub")).to_contain_text("40")
    if locale == "en-GB":
        guest.fill_in()
        guest.pay()
        guest.tickets()


def test_an_organizer_changes_prices_and_keeps_what_is_hidden(site: Site, buyers: NewBuyer) -> None:
    sale, organizer = site.sale(text=SALE), buyers(site)
    organizer.open(f"/office/sales/{sale}")
    log_in(organizer, site.key)
    organizer.button("Show prices").click()
    prices = organizer.page.get_by_role("group", name="platea")
    expect(prices.get_by_label("Amigo del teatro (EUR)")).to_have_value("10")
    prices.get_by_label("General (EUR)").fill("25")
    organizer.button("Review changes").click()
    organizer.button("Save as a new list").click()
    expect(organizer.page.get_by_text("List 2", exact=True)).to_be_visible()
    newest = site.ask("GET", f"/api/sales/{sale}/prices")["items"][0]["prices"]
    assert newest == {"platea": {"general": 2500, "amigo": 1000}, "salon": {"amigo": 700}}
