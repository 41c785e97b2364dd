"""Codes at checkout: each says at once what it takes off or why nothing; by a link, in a field, with an address."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import CARD, Buyer, check
from tests.browser.site import Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
SALE = """
event: Noche de cupones
id: {id}
starts: in 10 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
ticket_types: {{general: General, vip: VIP}}
sections:
  platea: {{rows: 2, seats: 8, price: {{general: 20, vip: 120}}}}
coupons:
  DESCONTO10: {{percent: 10, for: general, per_person: 1}}
  VIP50: {{name: Fifty off, fixed: 50, per: ticket, for: vip}}
  SOON: {{percent: 5, from: 2036-12-01 00:00}}
"""
# field, apply, unknown, only for, once per person, send, confirm
WORDS = {
    "en-GB": (
        *("Discount code", "Apply", "There is no coupon “NOSUCH”.", "only for VIP"),
        *("once per person", "Send a code to", "Confirm"),
    ),
    "es-ES": (
        *("Código de descuento", "Aplicar", "No existe el cupón «NOSUCH».", "solo vale para VIP"),
        *("una vez por persona", "Enviar un código a", "Confirmar"),
    ),
    "pt-BR": (
        *("Código de desconto", "Aplicar", "O cupom “NOSUCH” não existe.", "vale só para VIP"),
        *("uma vez por pessoa", "Enviar um código para", "Confirmar"),
    ),
}


@pytest.mark.parametrize("locale", WORDS)
def test_a_code_says_at_once_what_it_does_and_is_charged_so(site: Site, buyers: NewBuyer, locale: str) -> None:
    field, apply, unknown, only_for, once, send, confirm = WORDS[locale]
    sale = site.sale(text=SALE)
    ana = buyers(site, phone=True, locale=locale)
    page = ana.page
    page.set_viewport_size({"width": 360, "height": 740})
    ana.open(f"/s/{sale}/seats?code=desconto10")
    page.get_by_text(re.compile("^(List|Lista)$")).first.click()
    page.locator("summary", has_text="Platea").click()
    seat = page.get_by_test_id("seat-list").get_by_role("button").nth(3)
    seat.click()
    expect(seat).to_have_attribute("aria-pressed", "true")
    ana.open(f"/s/{sale}/checkout")
    codes = page.locator(".coupons")
    expect(codes).to_contain_text(once)
    typed = codes.get_by_label(field)
    typed.fill("NOSUCH")
    codes.get_by_role("button", name=apply).click()
    expect(codes.get_by_text(unknown)).to_be_visible()
    typed.fill("vip50")
    typed.press("Enter")
    expect(codes).to_contain_text(only_for)
    check(page, f"codes that do not count, {locale}")
    codes.get_by_role("listitem").filter(has_text="VIP50").get_by_role("button").click()
    expect(codes).not_to_contain_text("VIP50")
    address = f"{sale}@example.org"
    typed_in = {"name": "Ana Núñez", "email": address, "ticket-key": "tres tristes tigres"}
    typed_in |= {"cardnumber": CARD, "cc-exp": "12/39", "cvc": "123"}
    for name, text in typed_in.items():
        page.locator(f"input[name={name}]").fill(text)
    codes.get_by_role("button", name=re.compile(send)).click()
    letter = site.letter(address)
    digits = re.search(r"\b(\d{6})\b", letter["text"])
    assert digits is not None, letter
    codes.locator("fieldset").first.locator("input").fill(digits.group(1))
    codes.get_by_role("button", name=confirm, exact=True).click()
    expect(codes.locator(".figure")).to_contain_text("2")
    expect(page.locator(".checkout-total")).to_contain_text("18")
    check(page, f"a code that counts, {locale}")
    page.locator("form button[type=submit]").click()
    expect(page).to_have_url(re.compile("/o/"))
    expect(page.locator("main")).to_contain_text("18")
    expect(page.locator("dl.owed")).to_contain_text("2")
