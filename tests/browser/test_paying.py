"""Payments that take their time, or cannot be made: the buyer is told, pays once, and may reload meanwhile."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import CARD, Buyer
from tests.browser.site import Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

UNKNOWN_THEN_PAID = "4000 0000 0000 0093"
UNKNOWN_THEN_DECLINED = "4000 0000 0000 0101"
NOT_REACHABLE = "4000 0000 0000 0168"
KNOWN_MS = 30_000  # the sandbox knows after 3 seconds, the finisher asks a little later


def at_checkout(site: Site, buyer: Buyer) -> None:
    buyer.open_list(site.sale())
    buyer.take("A", 3)
    buyer.to_checkout()


def test_a_payment_nobody_knows_of_yet_survives_a_reload_and_ends_in_tickets(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site, phone=True)
    at_checkout(site, ana)
    ana.fill_in(UNKNOWN_THEN_PAID)
    ana.pay()
    expect(ana.page.get_by_text(re.compile("Paying|Confirming|being confirmed")).first).to_be_visible()
    expect(ana.page.get_by_label("Name", exact=True)).to_be_disabled()
    ana.page.reload()
    expect(ana.page).to_have_url(re.compile("/o/[A-Z0-9-]+$"), timeout=KNOWN_MS)
    expect(ana.page.locator("img.qr")).to_have_count(1)


def test_a_payment_that_turns_out_declined_gives_the_cart_back(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site)
    at_checkout(site, ana)
    ana.fill_in(UNKNOWN_THEN_DECLINED)
    ana.pay()
    expect(ana.page.get_by_text("did not go through", exact=False).first).to_be_visible(timeout=KNOWN_MS)
    ana.fill_card(CARD)
    ana.pay()
    ana.tickets()


def test_a_provider_that_cannot_be_reached_is_told_and_costs_nothing(site: Site, buyers: NewBuyer) -> None:
    ana = buyers(site)
    at_checkout(site, ana)
    ana.fill_in(NOT_REACHABLE)
    ana.pay()
    expect(ana.page.get_by_text("Payments are unavailable", exact=False).first).to_be_visible()
    ana.fill_card(CARD)
    ana.pay()
    ana.tickets()
