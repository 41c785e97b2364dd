"""Fees and taxes: said below the prices from the first page on, and to the cent in cart, order and receipt."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import CARD, KEY, Buyer, check
from tests.browser.site import HALL, Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

DUES = HALL + (
    "taxes: {{IVA: 10, Tasa: {{rate: 8.875, included: false, for: [media]}}}}\n"
    "fees: {{Gastos de gestión: 1.50, Envío: {{amount: 2, percent: 2.5, per: order}}}}\n"
)
WORDS = {
    "en-GB": ("plus €1.50 per ticket", "IVA 10% included", "Prices", "includes €4.71 IVA"),
    "es-ES": ("más 1,50 € por entrada", "IVA 10 % incluido", "Precios", "incluye 4,71 € de IVA"),
    "pt-BR": ("mais € 1,50 por ingresso", "IVA 10% incluído", "Preços", "inclui € 4,71 de IVA"),
}


@pytest.mark.parametrize("locale", WORDS)
def test_what_is_added_is_said_before_anything_is_chosen(site: Site, buyers: NewBuyer, locale: str) -> None:
    ana = buyers(site, phone=True, locale=locale)
    page, sale = ana.page, site.sale(text=DUES)
    fee, tax, prices, within = (re.compile(words.replace(" ", r"\s")) for words in WORDS[locale])
    for path in (f"/s/{sale}", f"/s/{sale}/seats"):
        ana.open(path)
        expect(page.get_by_text(fee)).to_be_visible()
        expect(page.get_by_text(tax)).to_be_visible()
    page.get_by_text(re.compile("^(List|Lista)$")).first.click()
    page.locator("summary", has_text="Platea").click()
    for nth in (3, 4):
        seat = page.get_by_test_id("seat-list").get_by_role("button").nth(nth)
        seat.click()
        expect(seat).to_have_attribute("aria-pressed", "true")
    ana.open(f"/s/{sale}/checkout")
    page.locator("select.items-type").first.select_option("media")
    expect(page.get_by_text(re.compile(r"76[.,]19")).first).to_be_visible()
    expect(page.locator("dl.owed").get_by_text(prices)).to_be_visible()
    expect(page.locator("dl.owed > div")).to_have_count(4)
    expect(page.get_by_text(within)).to_be_visible()
    check(page, f"a checkout with fees in {locale}")
    typed = {"name": "Ana Núñez", "email": "ana@example.org", "ticket-key": KEY}
    typed |= {"cardnumber": CARD, "cc-exp": "12/39", "cvc": "123"}
    for name, text in typed.items():
        page.locator(f"input[name={name}]").fill(text)
    page.locator("form button[type=submit]").click()
    expect(page).to_have_url(re.compile("/o/"))
    expect(page.get_by_text(re.compile(r"76[.,]19")).first).to_be_visible()
    expect(page.locator("dl.owed > div")).to_have_count(4)
    check(page, f"an order with fees in {locale}")


def test_a_checkout_that_is_open_while_fees_change_pays_what_it_showed(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site, phone=True)
    sale = site.sale(text=DUES)
    ana.open_list(sale)
    ana.take("A", 3)
    ana.to_checkout()
    expect(ana.page.get_by_text("€49.63").first).to_be_visible()
    prices = {"platea": {"general": 45, "media": 22.5}, "pista": 30}
    site.ask("PUT", f"/api/sales/{sale}/prices", json.dumps({"prices": prices, "taxes": {}, "fees": {}}).encode())
    ana.pay()
    expect(ana.page.get_by_text("€49.63").first).to_be_visible()
