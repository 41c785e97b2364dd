"""Which documents may load a payment provider's program: the checkout of a sale paid there, and none besides."""

from __future__ import annotations

import aiohttp
import pytest

from engine.audit import Act
from engine.engine import Engine
from engine.payments import AccountKeys
from server.pages.headers import page_headers
from tests.pages.test_addresses import HTML, first_data

STRIPE = "https://js.stripe.com/v3/"


@pytest.fixture
async def account(engine: Engine, by: Act) -> str:
    """The organizer's, switched on."""
    account = await engine.payment_accounts.create(by, AccountKeys("Ours", "pk_test_a", "sk_test_a"))
    assert isinstance(account, str)
    await engine.payment_accounts.switch(by, account, on=True)
    return account


async def policy_of(http: aiohttp.ClientSession, path: str) -> dict[str, str]:
    async with http.get(path, headers=HTML) as answer:
        assert answer.status == 200, path
        assert "payment=()" in answer.headers["Permissions-Policy"] or "/checkout" in path
        rules = answer.headers["Content-Security-Policy"].split("; ")
    return {name: sources for name, _, sources in (rule.partition(" ") for rule in rules)}


@pytest.mark.usefixtures("account")
async def test_the_checkout_of_a_sale_paid_at_stripe_is_opened_for_stripe(
    http: aiohttp.ClientSession, coplas: str
) -> None:
    path = f"/s/{coplas}/checkout"
    policy = await policy_of(http, path)
    assert policy["script-src"] == "'self' https://js.stripe.com https://*.js.stripe.com"
    assert policy["frame-src"] == "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com"
    assert policy["connect-src"].endswith(" https://api.stripe.com")
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in str(policy)
    async with http.get(path, headers=HTML) as answer:
        assert (
            'payment=(self "https://js.stripe.com" "https://*.js.stripe.com")' in answer.headers["Permissions-Policy"]
        ), "for wallets"
        data = first_data(await answer.text())
    assert data["opened_for"] == STRIPE, "the page knows what its document may load"


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    "path",
    [
        *("/", "/promos", "/o", "/o/ABCD-EFGH", "/account", "/office", "/office/settings/payments"),
        *("/s/{}", "/s/{}/room", "/s/{}/seats"),
    ],
)
async def test_no_other_page_is(http: aiohttp.ClientSession, coplas: str, path: str) -> None:
    policy = await policy_of(http, path.format(coplas))
    assert "stripe" not in str(policy)
    assert policy["script-src"] == "'self'"
    assert "frame-src" not in policy


async def test_nor_is_a_checkout_that_is_paid_elsewhere(http: aiohttp.ClientSession, coplas: str) -> None:
    policy = await policy_of(http, f"/s/{coplas}/checkout")
    assert (policy["script-src"], "frame-src" in policy) == ("'self'", False)


async def test_nor_one_whose_account_is_switched_off(
    http: aiohttp.ClientSession, engine: Engine, by: Act, account: str, coplas: str
) -> None:
    await engine.payment_accounts.switch(by, account, on=False)
    assert (await policy_of(http, f"/s/{coplas}/checkout"))["script-src"] == "'self'"


def test_a_program_of_another_host_opens_the_document_for_that_host_alone() -> None:
    policy = page_headers("x", https=False, opened_for="http://127.0.0.1:8420/js.stripe.com/v3/")
    assert policy["Content-Security-Policy"].count("http://127.0.0.1:8420") == 3
    assert "https://js.stripe.com" not in policy["Content-Security-Policy"]
