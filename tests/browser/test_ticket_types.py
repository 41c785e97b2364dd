"""Ticket types with limits on a phone: what is left is said, what may not be chosen can't be, givers name the sum."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import CARD, KEY, Buyer, check
from tests.browser.site import Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
TYPED = """
event: Noche solidaria
id: {id}
starts: in 10 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
ticket_types:
  general: General
  media: {{name: Media, number: 1, proof: Carnet de estudiante}}
  amigos: {{name: Amigos, may_pay_more: true}}
  tarde: {{name: Tarde, from: in 2 days}}
sections:
  platea: {{rows: 3, seats: 8, price: {{general: 20, media: 10, amigos: 25, tarde: 5}}}}
"""
SMALL = {"width": 360, "height": 740}
WORDS = {
    "en-GB": ("To show at the door: Carnet de estudiante", "There aren't that many tickets"),
    "es-ES": ("Para enseñar en la puerta: Carnet de estudiante", "No quedan tantas entradas"),
    "pt-BR": ("Para mostrar na entrada: Carnet de estudiante", "Não restam tantos ingressos"),
}


def at_checkout(site: Site, buyer: Buyer, sale: str, nth: int) -> None:
    """With one seat in the cart; by addresses and ids, which are the same in every language."""
    page = buyer.page
    buyer.open(f"/s/{sale}/seats")
    page.get_by_text(re.compile("^(List|Lista)$")).first.click()
    page.locator("summary", has_text="platea").click()
    seat = page.get_by_test_id("seat-list").get_by_role("button").nth(nth)
    seat.click()
    expect(seat).to_have_attribute("aria-pressed", "true")
    buyer.open(f"/s/{sale}/checkout")
    expect(page.locator("input[name=name]")).to_be_visible()


@pytest.mark.parametrize("locale", WORDS)
def test_the_last_of_a_type_and_a_price_of_ones_own(site: Site, buyers: NewBuyer, locale: str) -> None:
    proof, _ = WORDS[locale]
    sale = site.sale(text=TYPED)
    ana, bo = buyers(site, phone=True, locale=locale), buyers(site, phone=True, locale=locale)
    for buyer in (ana, bo):
        buyer.page.set_viewport_size(SMALL)
    at_checkout(site, ana, sale, 1)
    at_checkout(site, bo, sale, 3)
    kinds, others = ana.page.locator("select.items-type"), bo.page.locator("select.items-type")
    expect(kinds.locator("option[value=tarde]")).to_be_disabled()
    kinds.select_option("media")
    expect(ana.page.get_by_text(proof)).to_be_visible()
    expect(others.locator("option[value=media]")).to_be_disabled()
    others.select_option("amigos")
    amount = bo.page.locator(".items-more input")
    expect(amount).to_have_value("25.00")
    amount.fill("3")
    amount.blur()
    expect(amount).to_have_value("25.00")
    amount.fill("80.50")
    amount.blur()
    expect(bo.page.locator(".ticket-stub")).to_contain_text("80")
    check(bo.page, f"a price of one's own in {locale}")
    check(ana.page, f"a proof to show in {locale}")
    kinds.select_option("general")
    expect(others.locator("option[value=media]")).to_be_enabled()
    kinds.select_option("media")
    pays(bo)
    expect(bo.page.get_by_text(re.compile("80[.,]50")).first).to_be_visible()
    pays(ana)
    expect(ana.page.locator(".order-ticket").get_by_text(proof)).to_be_visible()


def pays(buyer: Buyer) -> None:
    typed = {"name": "Ana", "email": "ana@example.org", "ticket-key": KEY}
    typed |= {"cardnumber": CARD, "cc-exp": "12/39", "cvc": "123"}
    for name, text in typed.items():
        buyer.page.locator(f"input[name={name}]").fill(text)
    buyer.page.locator("form button[type=submit]").click()
    buyer.page.wait_for_url(re.compile("/o/"))
