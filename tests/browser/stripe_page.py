"""A sale that is paid at Stripe, a buyer at its checkout, and what is typed and answered in what Stripe draws there."""

from __future__ import annotations

import asyncio
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import asyncpg
from playwright.sync_api import Locator, expect

from engine.stores.embedded import EmbeddedStores
from tests.browser.buyer import Buyer
from tests.browser.site import HALL, Site
from tests.browser.test_office_session import Person
from tests.providers.stripe_browser import BrowserWire
from tests.providers.stripe_wire import SECRET

YAML = {"Content-Type": "application/yaml"}
KEYS = {"name": "Ours", "publishable_key": "pk_test_a", "secret_key": SECRET}


@dataclass
class PaidAtStripe:
    """A site whose `owner` has an account at Stripe that is switched on."""

    site: Site
    wire: BrowserWire
    owner: Person
    account: str

    @classmethod
    def connect(cls, site: Site, wire: BrowserWire, owner: Person) -> PaidAtStripe:
        owner.open("/office/register")
        owner.register(organizer="Sala Norte")
        owner.sees(f"Hello, {owner.name}")
        account = owner.asks("POST", "/api/payment-accounts", KEYS)["id"]
        owner.asks("POST", f"/api/payment-accounts/{account}/switch-on")
        return cls(site, wire, owner, account)

    def offers(self, *methods: str) -> None:
        """The account has these switched on beside cards, and its owner has it checked."""
        self.wire.later.offers = set(methods)
        answer = self.owner.asks("POST", f"/api/payment-accounts/{self.account}/check")
        assert answer == {"health": "works"}

    def sale(self, currency: str = "EUR") -> str:
        sale = f"s-{secrets.token_hex(6)}"
        text = HALL.replace("currency: EUR", f"currency: {currency}")
        text = text.format(id=sale, opens="now", lobby="", room="false")
        self.owner.asks("POST", "/api/sales", text, **YAML)
        self.site.await_sale(sale)
        return sale

    def sql(self, statement: str, *values: Any) -> Any:
        """The answer of the site's database; Playwright has this thread's loop."""

        async def ask() -> Any:
            db = await asyncpg.connect(EmbeddedStores(self.site.folder).database_url)
            try:
                return await db.fetchval(statement, *values)
            finally:
                await db.close()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, ask()).result()


def at_checkout(buyer: Buyer, sale: str, row: str = "A", seat: int = 3) -> None:
    """From the seats, over the link: another document."""
    buyer.open_list(sale)
    buyer.take(row, seat)
    buyer.to_checkout()
    expect(fields(buyer).get_by_placeholder("number")).to_be_visible()


def fields(buyer: Buyer) -> Locator:
    return buyer.page.get_by_role("group", name="Card", exact=True)


def type_card(buyer: Buyer, number: str) -> None:
    for name, text in {"number": number, "exp_month": "12", "exp_year": "40", "cvc": "123"}.items():
        fields(buyer).get_by_placeholder(name, exact=True).fill(text)


def pay_with(buyer: Buyer, number: str) -> None:
    buyer.fill_in_contact()
    type_card(buyer, number)
    buyer.pay()


def answer_bank(buyer: Buyer, *, well: bool) -> None:
    buyer.page.get_by_role("button", name=re.compile("^Complete" if well else "^Fail")).click()
