"""Extras beside tickets on a phone: in the cart, at checkout and on the order, and they are no tickets."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import CARD, KEY, Buyer, check
from tests.browser.site import Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
HALL = """
event: Noche de extras
id: {id}
starts: in 10 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
pools:
  pista: {{name: Pista, capacity: 20, price: 20}}
products:
  aparcamiento: {{name: Aparcamiento, capacity: 2, price: 12.50, per_person: 1}}
  camiseta: {{name: Camiseta, capacity: 100, price: 25}}
"""


@pytest.mark.parametrize("locale", ["en-GB", "es-ES", "pt-BR"])
def test_a_ticket_and_what_goes_with_it(site: Site, buyers: NewBuyer, locale: str) -> None:
    sale = site.sale(text=HALL)
    ana = buyers(site, phone=True, locale=locale)
    page = ana.page
    page.set_viewport_size({"width": 360, "height": 740})
    ana.open(f"/s/{sale}")
    expect(page.get_by_text("Aparcamiento")).to_be_visible()
    check(page, f"an event with extras in {locale}")
    ana.open(f"/s/{sale}/seats")
    tickets, extras = page.get_by_test_id("pools"), page.get_by_test_id("products")
    tickets.locator("li").nth(0).get_by_role("button").last.click()
    expect(page.locator(".cart-bar-what strong")).to_contain_text("1")
    parking = extras.locator("li").nth(0)
    parking.get_by_role("button").last.click()
    expect(parking.get_by_role("button").last).to_be_disabled()
    expect(page.locator(".cart-bar-what strong")).to_contain_text("extra")
    extras.locator("li").nth(1).get_by_role("button").last.click()
    expect(page.locator(".cart-bar-what strong")).to_contain_text("2 extras")
    check(page, f"choosing extras in {locale}")
    ana.open(f"/s/{sale}/checkout")
    expect(page.locator(".ticket-stub")).to_contain_text(re.compile("57[.,]50"))
    for name, text in {
        "name": "Ana",
        "email": "ana@example.org",
        "ticket-key": KEY,
        "cardnumber": CARD,
        "cc-exp": "12/39",
        "cvc": "123",
    }.items():
        page.locator(f"input[name={name}]").fill(text)
    page.locator("form button[type=submit]").click()
    page.wait_for_url(re.compile("/o/"))
    expect(page.locator(".order-ticket")).to_have_count(1)
    lines = page.locator(".order-lines")
    expect(lines).to_contain_text("Aparcamiento")
    expect(lines).not_to_contain_text("product:")
    check(page, f"an order with extras in {locale}")
