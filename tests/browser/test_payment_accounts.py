"""The accounts that an organizer's sales are paid into: connected, written anew, switched on and off by its owner."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import Buyer, check
from tests.browser.site import Site
from tests.browser.test_office_session import Person

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]

KEYS = {"name": "Our account", "publishable_key": "pk_test_a", "secret_key": "sk_test_a"}


def owner_at_payments(site: Site, buyers: NewBuyer) -> Person:
    """An owner on a phone, who has no account yet."""
    ana = Person(site, buyers(site, phone=True), "Ana")
    ana.open("/office/register")
    ana.register(organizer="Sala Norte")
    ana.sees("Hello, Ana")
    ana.open("/office/settings/payments")
    return ana


def test_an_owner_connects_an_account_and_has_sales_paid_into_it(site: Site, buyers: NewBuyer) -> None:
    ana = owner_at_payments(site, buyers)
    page = ana.page
    expect(page.get_by_text("No account is connected")).to_be_visible()
    check(page, "no account is connected")
    ana.press("Connect Stripe")
    dialog = page.get_by_role("dialog")
    for name, text in (KEYS | {"secret_key": "pk_test_a"}).items():
        dialog.locator(f"[name={name}]").fill(text)
    dialog.get_by_role("button", name="Connect Stripe").click()
    expect(dialog.locator("[name=secret_key]")).to_have_attribute("aria-invalid", "true")
    check(page, "a key that is none")
    dialog.locator("[name=secret_key]").fill(KEYS["secret_key"])
    dialog.get_by_role("button", name="Connect Stripe").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("/hooks/payments/pac_")).to_be_visible()
    expect(page.get_by_text("No signing secret yet")).to_be_visible()
    check(page, "an account")

    ana.press("Change")
    dialog.locator("[name=webhook_secret]").fill("whsec_a")
    for name, text in {
        "currencies": "eur",
        "countries": "es, fr",
        "amount_from": "much",
        "amount_up_to": "99,50",
    }.items():
        dialog.locator(f"[name={name}]").fill(text)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator("[name=amount_from]")).to_have_attribute("aria-invalid", "true")
    check(page, "what an account is for")
    dialog.locator("[name=amount_from]").fill("10")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("No signing secret yet")).to_have_count(0)
    expect(page.get_by_text("EUR · ES, FR · from €10 · up to €99.50")).to_be_visible()

    ana.press("Switch on")
    expect(page.get_by_text("These are test keys")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("Sales are paid into it")).to_be_visible()
    ana.press("Switch off")
    page.get_by_role("dialog").get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("Off", exact=True)).to_be_visible()
