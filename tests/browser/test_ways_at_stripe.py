"""Wallets and debits on a checkout that is paid at Stripe: what is agreed to is what is paid, once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.buyer import Buyer, check
from tests.browser.stripe_page import PaidAtStripe, at_checkout
from tests.browser.test_paid_at_stripe import DONE_MS, charged, connected, line, paid, stripe_site

__all__ = ["connected", "line", "paid", "stripe_site"]

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]


# ── debits ──


def debits(buyer: Buyer) -> None:
    buyer.page.get_by_role("group", name="How you pay").get_by_text("Bank debit (SEPA)", exact=True).click()
    expect(buyer.page.get_by_text("you authorise Sala Norte and Stripe")).to_be_visible()


def test_a_debit_names_the_browser_and_ends_in_tickets_once_the_bank_paid(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    paid.offers("sepa_debit")
    ana = buyers(paid.site, phone=True)
    sale = paid.sale()
    at_checkout(ana, sale)
    debits(ana)
    check(ana.page, "checkout with a debit")
    ana.fill_in_contact()
    ana.button("Order, and be debited").click()
    expect(ana.page.get_by_role("alert").filter(has_text="IBAN is incomplete")).to_be_visible()
    ana.page.get_by_role("textbox", name="IBAN").fill("DE89 3704 0044 0532 0130 00")
    ana.button("Order, and be debited").click()
    expect(ana.page.get_by_role("heading", name="Your bank account is being debited")).to_be_visible()
    check(ana.page, "a debit under way")
    order = paid.sql("SELECT id FROM orders WHERE sale_id = $1", sale)
    [intent] = paid.wire.intents(order)
    assert paid.wire.later.mandate(intent) == ("127.0.0.1", ana.page.evaluate("navigator.userAgent"))
    assert paid.wire.later.pay(intent)
    paid.sql("UPDATE order_awaiting SET look_at = now() WHERE order_id = $1", order)  # a quarter of an hour later
    expect(ana.page.locator("img.qr")).to_have_count(1, timeout=DONE_MS)
    assert charged(paid, sale) == [("captured", 4500)]


def test_a_debit_that_the_bank_refuses_says_so(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    paid.offers("sepa_debit")
    ana = buyers(paid.site)
    sale = paid.sale()
    at_checkout(ana, sale)
    debits(ana)
    ana.fill_in_contact()
    ana.page.get_by_role("textbox", name="IBAN").fill("DE89 3704 0044 0532 0130 00")
    ana.button("Order, and be debited").click()
    expect(ana.page.get_by_role("heading", name="Your bank account is being debited")).to_be_visible()
    ana.page.get_by_role("link", name="My tickets").click()
    expect(ana.page.get_by_text("Your bank account is being debited")).to_be_visible()
    ana.page.go_back()
    order = paid.sql("SELECT id FROM orders WHERE sale_id = $1", sale)
    paid.wire.later.refuse(paid.wire.intents(order)[0])
    paid.sql("UPDATE order_awaiting SET look_at = now() WHERE order_id = $1", order)
    expect(ana.page.get_by_text("Your bank didn't let your account be debited.")).to_be_visible(timeout=DONE_MS)
    assert charged(paid, sale) == [("declined", 4500)]


# ── wallets ──


def has_wallet(buyer: Buyer) -> None:
    buyer.page.add_init_script("window.hasWallet = true")


def wallet(buyer: Buyer) -> Locator:
    return buyer.page.get_by_role("region", name="With one press").get_by_role("button", name="Google Pay")


def test_a_wallet_comes_first_and_pays_what_its_sheet_showed(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    ana = buyers(paid.site, phone=True)
    has_wallet(ana)
    sale = paid.sale()
    at_checkout(ana, sale)
    expect(wallet(ana)).to_be_visible()
    check(ana.page, "checkout with a wallet")
    ana.page.locator(".checkout-summary select").select_option("media")
    expect(ana.button(re.compile("^Pay €22.50"))).to_be_visible()
    ana.fill_in_contact()
    wallet(ana).click()
    expect(ana.page.get_by_text("Google Pay: 2250 eur")).to_be_visible()
    ana.button("Agree in the wallet").click()
    ana.tickets()
    assert charged(paid, sale) == [("captured", 2250)]


def test_a_wallet_opens_once_nothing_is_missing(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    ana = buyers(paid.site, phone=True)
    has_wallet(ana)
    sale = paid.sale()
    at_checkout(ana, sale)
    wallet(ana).click()
    expect(ana.page.get_by_label("Name", exact=True)).to_be_focused()
    check(ana.page, "what is missing before a wallet opens")
    expect(ana.button("Agree in the wallet")).to_have_count(0)
    ana.fill_in_contact()
    wallet(ana).click()
    ana.button("Close the wallet").click()
    assert charged(paid, sale) == []
    wallet(ana).click()
    ana.button("Agree in the wallet").click()
    ana.tickets()
    assert charged(paid, sale) == [("captured", 4500)]


def test_a_wallet_pays_nothing_but_the_sum_that_it_showed(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    ana = buyers(paid.site)
    has_wallet(ana)
    sale = paid.sale()
    at_checkout(ana, sale)
    ana.fill_in_contact()
    wallet(ana).click()
    expect(ana.page.get_by_text("Google Pay: 4500 eur")).to_be_visible()
    ana.page.locator(".checkout-summary select").select_option("media")
    expect(ana.button(re.compile("^Pay €22.50"))).to_be_visible()
    ana.button("Agree in the wallet").click()
    expect(ana.page.get_by_role("alert").filter(has_text="has changed meanwhile")).to_be_visible()
    assert charged(paid, sale) == []
    wallet(ana).click()
    ana.button("Agree in the wallet").click()
    ana.tickets()
    assert charged(paid, sale) == [("captured", 2250)]


def test_a_wallet_that_is_lost_charges_nothing_and_is_tried_again(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    ana = buyers(paid.site)
    ana.forgiving = True  # of the token, which answers 503
    has_wallet(ana)
    sale = paid.sale()
    at_checkout(ana, sale)
    ana.fill_in_contact()
    paid.wire.without_wallet = True
    wallet(ana).click()
    ana.button("Agree in the wallet").click()
    expect(ana.page.get_by_role("alert").filter(has_text="wallet could not be reached")).to_be_visible()
    assert charged(paid, sale) == []
    paid.wire.without_wallet = False
    wallet(ana).click()
    ana.button("Agree in the wallet").click()
    ana.tickets()
    assert charged(paid, sale) == [("captured", 4500)]


def test_without_a_wallet_no_button_takes_room(paid: PaidAtStripe, buyers: NewBuyer) -> None:
    ana = buyers(paid.site, phone=True)
    at_checkout(ana, paid.sale())
    there = ana.page.locator("section:has(> #wallets-title)")
    box = there.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (1, 1)
    expect(there).to_have_attribute("inert", "")
