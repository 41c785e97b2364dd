"""Credit in the pages: vouchers issued in the office, typed at checkout, looked into and revoked."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import CARD, Buyer, check
from tests.browser.site import Site
from tests.browser.test_events import enter

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
SALE = """
event: Noche de vales
id: {id}
starts: in 10 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
room: false
sections:
  platea: {{rows: 2, seats: 8, price: 20}}
"""
# issue, amount, what for, field, apply, unknown, to pay, revoke
WORDS = {
    "en-GB": (
        *("Issue", "Amount of each", "What for", "Voucher or gift card", "Apply", "There is no such voucher."),
        *("To pay", "Revoke"),
    ),
    "es-ES": (
        *("Emitir", "Importe de cada uno", "Por qué", "Vale o tarjeta regalo", "Aplicar", "No existe ese vale."),
        *("A pagar", "Revocar"),
    ),
    "pt-BR": (
        *("Emitir", "Valor de cada um", "Por quê", "Vale ou cartão-presente", "Aplicar", "Não existe esse vale."),
        *("A pagar", "Revogar"),
    ),
}


@pytest.mark.parametrize("locale", WORDS)
def test_a_voucher_is_issued_in_the_office_and_pays_at_checkout(site: Site, buyers: NewBuyer, locale: str) -> None:
    issue, amount, why, field, apply, unknown, to_pay, revoke = WORDS[locale]
    sale = site.sale(text=SALE)
    office = buyers(site, phone=locale != "en-GB", locale=locale).page
    office.goto("/office/orders/credit")
    enter(office, site.key, locale)
    office.get_by_role("button", name=issue).first.click()
    form = office.locator("main form").first
    form.get_by_label(amount).fill("15")
    form.get_by_label(why).fill("Rained off")
    form.get_by_role("button", name=issue).click()
    shown = form.locator("li.figure")
    expect(shown).to_have_count(1)
    code = shown.inner_text()
    assert re.fullmatch(r"[A-Z0-9]{4}(-[A-Z0-9]{4}){3}", code), code
    check(office, f"a voucher in the office, {locale}")

    ana = buyers(site, phone=True, locale=locale)
    page = ana.page
    page.set_viewport_size({"width": 360, "height": 740})
    ana.open(f"/s/{sale}/seats")
    page.get_by_text(re.compile("^(List|Lista)$")).first.click()
    page.locator("summary", has_text="Platea").click()
    seat = page.get_by_test_id("seat-list").get_by_role("button").nth(3)
    seat.click()
    expect(seat).to_have_attribute("aria-pressed", "true")
    ana.open(f"/s/{sale}/checkout")
    vouchers = page.locator(".credits")
    typed = vouchers.get_by_label(field)
    typed.fill("NOSUCH")
    vouchers.get_by_role("button", name=apply).click()
    expect(vouchers.get_by_text(unknown)).to_be_visible()
    typed.fill(code)
    typed.press("Enter")
    expect(vouchers.get_by_role("listitem")).to_contain_text("15")
    expect(page.locator(".checkout-total")).to_contain_text(to_pay)
    expect(page.locator(".checkout-total")).to_contain_text("5")
    check(page, f"a voucher at checkout, {locale}")
    address = f"{sale}@example.org"
    typed_in = {"name": "Ana Núñez", "email": address, "ticket-key": "tres tristes tigres"}
    typed_in |= {"cardnumber": CARD, "cc-exp": "12/39", "cvc": "123"}
    for name, text in typed_in.items():
        page.locator(f"input[name={name}]").fill(text)
    page.locator("form button[type=submit]").click()
    expect(page).to_have_url(re.compile("/o/"))
    expect(page.get_by_text(code[-4:])).to_be_visible()
    check(page, f"an order paid with a voucher, {locale}")

    office.reload()
    office.get_by_role("button", name=re.compile(code[-4:])).click()
    expect(office.get_by_text(re.compile(r"ord_"))).to_be_visible()
    office.get_by_role("button", name=revoke).click()
    dialog = office.get_by_role("dialog")
    dialog.get_by_role("button", name=revoke).click()
    expect(dialog).to_have_count(0)
    check(office, f"what became of a voucher, {locale}")
