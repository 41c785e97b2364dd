"""Events in the office: changed before the eyes of a buyer, more dates of one, on a phone and in three languages."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
WORDS = {
    "en-GB": ("Use an API key", "API key", "Move", "Add dates", "Postpone"),
    "es-ES": ("Usar una clave de API", "Clave de API", "Mover", "Añadir fechas", "Aplazar"),
    "pt-BR": ("Usar uma chave de API", "Chave de API", "Mudar a data", "Adicionar datas", "Adiar"),
}


def enter(page: Page, key: str, locale: str = "en-GB") -> None:
    way, label = WORDS[locale][:2]
    page.get_by_role("button", name=way).click()
    page.get_by_label(label).fill(key)
    page.keyboard.press("Enter")


def event_of(site: Site, sale: str) -> str:
    return str(site.ask("GET", f"/api/sales/{sale}")["event"]["id"])


def test_a_buyer_sees_an_event_moved_postponed_and_cancelled(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana, organizer = buyers(site), buyers(site)
    ana.page.goto(f"/s/{sale}")
    expect(ana.page.get_by_role("link", name="Choose seats")).to_be_visible()
    page = organizer.page
    page.goto("/office/events/list")
    enter(page, site.key)
    check(page, "the list of events")
    page.goto(f"/office/events/{event_of(site, sale)}")
    check(page, "an event")
    page.get_by_role("button", name="Move").click()
    asked = page.get_by_role("dialog", name="Move to another date")
    asked.get_by_role("button", name="Move").click()
    expect(asked.get_by_text("Say when.")).to_be_visible()
    asked.get_by_label("Starts").fill("2037-04-02T20:30")
    check(page, "moving")
    asked.get_by_role("button", name="Move").click()
    expect(page.get_by_text("Moved from", exact=False)).to_be_visible()
    expect(ana.page.get_by_text("Moved from", exact=False).first).to_be_visible()
    check(ana.page, "an event that was moved")
    page.get_by_role("button", name="Postpone").click()
    check(page, "postponing")
    page.get_by_role("dialog").get_by_role("button", name="Postpone").click()
    expect(ana.page.get_by_text("the new date is not known yet", exact=False)).to_be_visible()
    check(ana.page, "an event without a date")
    page.get_by_role("button", name="Give it a date").click()
    page.get_by_label("Starts").fill("2037-05-02T20:30")
    page.get_by_role("dialog").get_by_role("button", name="Give it a date").click()
    expect(ana.page.get_by_text("the new date is not known yet", exact=False)).to_have_count(0)
    page.get_by_role("button", name="Cancel the event").click()
    check(page, "cancelling")
    page.get_by_role("dialog").get_by_role("button", name="Cancel the event").click()
    expect(ana.page.get_by_text("It was cancelled.", exact=False)).to_be_visible()
    check(ana.page, "an event that was cancelled")
    assert site.state(sale) == "closed"


def test_whoever_waits_or_chooses_hears_of_it_at_once(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(opens="in 2 hours", lobby="now", room="{shoppers: 1}")
    other = site.sale()
    waits, chooses = buyers(site, phone=True), buyers(site)
    waits.open(f"/s/{sale}/room")
    expect(waits.page.get_by_role("heading", name="Jazz en el Rincón")).to_be_visible()
    chooses.open_list(other)
    chooses.take("A", 3)
    for buyer, which in ((waits, sale), (chooses, other)):
        event = event_of(site, which)
        site.ask("POST", f"/api/events/{event}/move", b'{"starts": "2037-04-02 20:30"}')
        expect(buyer.page.get_by_text("Moved from", exact=False)).to_be_visible()
        check(buyer.page, "moved while somebody waits or chooses")
        site.ask("POST", f"/api/events/{event}/postpone", b"{}")
        expect(buyer.page.get_by_text("the new date is not known yet", exact=False)).to_be_visible()
        site.ask("POST", f"/api/events/{event}/cancel")
        expect(buyer.page.get_by_text("the new date is not known yet", exact=False)).to_have_count(0)
        expect(buyer.page.get_by_text("cancelled", exact=False).first).to_be_visible()


@pytest.mark.parametrize("locale", WORDS)
def test_dates_are_added_from_a_phone(site: Site, buyers: NewBuyer, locale: str) -> None:
    sale = site.sale()
    page = buyers(site, phone=True, dark=locale == "pt-BR", locale=locale).page
    page.goto(f"/office/events/{event_of(site, sale)}")
    enter(page, site.key, locale)
    _, __, move, add, postpone = WORDS[locale]
    for name in (move, postpone):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    check(page, f"an event on a phone, {locale}")
    page.get_by_role("button", name=add).click()
    asked = page.get_by_role("dialog", name=add)
    asked.get_by_role("checkbox").nth(6).check()
    asked.locator("input[type=time]").fill("02:30")
    asked.locator("input[type=date]").first.fill("2037-03-20")
    asked.locator("input[type=date]").last.fill("2037-04-05")
    asked.locator("button[type=submit]").click()
    planned = asked.get_by_test_id("planned")
    expect(planned.get_by_role("listitem")).to_have_count(3)
    expect(planned).to_contain_text("does not exist in Europe/Madrid")
    check(page, f"dates to come, {locale}")
    asked.get_by_role("button", name=re.compile(r"\b2\b")).click()
    expect(asked).to_have_count(0)
    expect(page.get_by_test_id("dates").get_by_role("listitem")).to_have_count(3)
    check(page, f"a series, {locale}")
    ana = buyers(site, phone=True, locale=locale).page
    ana.goto(f"/s/{sale}")
    ana.locator("a[href^='/series/']").click()
    dates = ana.locator(".cards").get_by_role("listitem")
    expect(dates).to_have_count(3)
    check(ana, f"the dates of a series, {locale}")
    dates.last.get_by_role("link").click()
    expect(ana.locator("a[href^='/series/']")).to_be_visible()


def test_a_sale_that_was_closed_sells_again(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    page = buyers(site).page
    page.goto(f"/office/sales/{sale}")
    enter(page, site.key)
    page.get_by_role("button", name="End sales now").click()
    page.get_by_role("dialog").get_by_role("button", name="End sales now").click()
    page.get_by_role("button", name="Sell again").click()
    check(page, "selling again is asked about")
    page.get_by_role("dialog").get_by_role("button", name="Sell again").click()
    expect(page.get_by_role("button", name="End sales now")).to_be_visible()
    assert site.state(sale) == "open"
