"""A buyer sends the money by themselves: the page says how, a member says that it came, and the tickets are there."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from engine.ids import new_id
from engine.stores.embedded import EmbeddedStores
from tests.browser.buyer import Buyer, check
from tests.browser.site import Site
from tests.browser.test_events import enter
from tests.browser.test_payment_accounts import owner_at_payments

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]
SMALL: ViewportSize = {"width": 360, "height": 740}
WIDE: ViewportSize = {"width": 1280, "height": 900}
PAID_MS = 20_000
IBAN = "ES91 2100 0418 4502 0005 1332"
ACCOUNT = """
INSERT INTO payment_account (id, organizer_id, provider, name, publishable_key, secret_key, live, active, by_hand)
SELECT $2, organizer_id, 'hand', 'Our bank', '', '', true, true, jsonb_build_object(
    'holder', 'Teatro Sur', 'account', $3::text, 'bank', 'Banco Sur', 'note', 'Thank you.', 'transfer_days', 3,
    'invoice_days', 14)
FROM sale WHERE id = $1
"""
OFF = "UPDATE payment_account SET active = false WHERE id = $1"


def does(site: Site, statement: str, *values: str) -> None:
    """In the database, from a thread of its own: the browser has this one."""

    async def do() -> None:
        connection = await asyncpg.connect(EmbeddedStores(site.folder).database_url)
        await connection.execute(statement, *values)
        await connection.close()

    thread = threading.Thread(target=lambda: asyncio.run(do()))
    thread.start()
    thread.join()


@pytest.fixture
def sale(site: Site) -> Iterator[str]:
    """One that is paid by hand; those of other tests are not."""
    sale, account = site.sale(), new_id("pac")
    does(site, ACCOUNT, sale, account, IBAN)
    yield sale
    does(site, OFF, account)


@pytest.mark.parametrize(
    ("size", "zone"), [(SMALL, "Pacific/Kiritimati"), (WIDE, "Pacific/Niue")], ids=["small", "wide"]
)
def test_a_buyer_who_sends_the_money_has_tickets_once_a_member_saw_it(
    site: Site, buyers: NewBuyer, sale: str, size: ViewportSize, zone: str
) -> None:
    ana = buyers(site)
    ana.page.set_viewport_size(size)
    ana.open_list(sale)
    ana.take("A", 3)
    ana.to_checkout()
    ana.page.get_by_role("group", name="How you pay").get_by_text("Invoice", exact=True).click()
    ana.fill_in_contact()
    check(ana.page, "a checkout that is paid by invoice")
    ana.button("Order, and pay by invoice").click()
    expect(ana.page).to_have_url(re.compile("/o/[A-Z0-9-]+$"))
    told = ana.page.get_by_role("region", name=re.compile("^Pay by "))
    for said in ("Teatro Sur", IBAN, "Banco Sur", "Thank you."):
        expect(told.get_by_text(said, exact=True)).to_be_visible()
    (order,) = site.ask("GET", f"/api/sales/{sale}/orders")["items"]
    expect(told.get_by_text(order["code"], exact=True)).to_be_visible()
    check(ana.page, "an order that says how to pay")

    page: Page = buyers(site, zone=zone).page
    page.set_viewport_size(size)
    page.goto("/office/tasks")
    enter(page, site.key, "en-GB")
    page.get_by_role("link", name=re.compile(order["code"])).click()
    money = page.get_by_role("region", name="Money by hand")
    money.get_by_label("Amount in EUR").fill("1")
    money.get_by_role("button", name="The money is there").click()
    expect(money.get_by_text("no more, and no less", exact=False)).to_be_visible()
    check(page, "a sum that is not owed")
    money.get_by_label("Amount in EUR").fill("45")
    expect(money.get_by_label("It came on")).to_have_value(f"{datetime.now(ZoneInfo(zone)):%Y-%m-%d}")
    money.get_by_label("Note").fill("TR 77")
    money.get_by_role("button", name="The money is there").click()
    expect(money).to_have_count(0)
    expect(ana.page.locator("img.qr")).to_have_count(1, timeout=PAID_MS)
    check(page, "an order that was paid by hand")


def test_an_owner_connects_an_account_by_hand(site: Site, buyers: NewBuyer) -> None:
    ana = owner_at_payments(site, buyers)
    page = ana.page
    ana.press("Add an account by hand")
    dialog = page.get_by_role("dialog")
    for name, text in {"name": "Our bank", "holder": "Teatro Sur", "transfer_days": ""}.items():
        dialog.locator(f"[name={name}]").fill(text)
    dialog.get_by_role("button", name="Add an account by hand").click()
    for name in ("account", "transfer_days"):
        expect(dialog.locator(f"[name={name}]")).to_have_attribute("aria-invalid", "true")
    check(page, "an account by hand that lacks something")
    dialog.locator("[name=account]").fill(IBAN)
    dialog.locator("[name=transfer_days]").fill("5")
    dialog.get_by_role("button", name="Add an account by hand").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("Everything · Bank transfer")).to_be_visible()
    expect(page.get_by_text(IBAN)).to_be_visible()
    check(page, "an account by hand")
    ana.press("Switch on")
    page.get_by_role("dialog").get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("Sales are paid into it")).to_be_visible()
    ana.press("Change")
    expect(dialog.locator("[name=holder]")).to_have_value("Teatro Sur")
