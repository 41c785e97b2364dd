"""Paying by another method than a card: a wallet at once, a transfer later; as it is told on every side."""

from __future__ import annotations

import time
from typing import Any

import pytest

from engine.onsale import Sale
from engine.payments import PaymentNews
from engine.payments.port import Declined
from tests.server.conftest import Client, Site, api
from tests.server.test_purchase import CARD, shop

DAY_MS = 86_400_000
TRANSFER = {"method": "transfer"}


async def ordered(client: Client, sale: Sale, *seats: int) -> dict[str, Any]:
    """A buyer of these seats, whose money is awaited; answers the order."""
    await shop(client, sale, *seats)
    answer = await client.ok("checkout", sale=sale.id, order="o-1", payment=TRANSFER)
    assert (answer["cart"]["state"], answer["cart"]["end_reason"]) == ("ended", "reserved")
    order: dict[str, Any] = answer["order"]
    return order


async def test_an_order_tells_until_when_its_money_is_awaited_and_how_it_comes(site: Site, sale: Sale) -> None:
    client, watcher = await site.buyer(), await site.buyer()
    order = await ordered(client, sale, 3, 4)
    assert (order["state"], order["tender"], order["tickets"]) == ("awaiting", "transfer", [])
    assert 2 * DAY_MS < order["pay_by_ms"] - time.time() * 1000 <= 3 * DAY_MS
    assert set(order["pay_with"]) == {"kind", "account", "reference"}
    await watcher.counted(sale.id, "reserved", 2)
    token = client.hello["buyer"]
    (own,) = (await api(site, "GET /api/orders", token))["items"]
    assert (own["state"], own["pay_by_ms"]) == ("awaiting", order["pay_by_ms"])
    shown = await api(site, f"GET /api/orders/{order['code']}", token)
    assert shown["order"]["pay_with"] == order["pay_with"]
    again = await client.ok("checkout", sale=sale.id, order="o-1", payment=TRANSFER)
    assert (again["order"]["id"], again["again"]) == (order["id"], True)


async def test_whoever_waits_for_it_hears_that_it_is_paid(site: Site, sale: Sale) -> None:
    client = await site.buyer()
    other = await site.socket()
    await other.ok("hello", buyer=client.hello["buyer"])
    await client.ok("watch", sale=sale.id, topics=["counters"])
    order = await ordered(client, sale, 3)
    assert await site.engine.orders.transfer_arrives(order["id"])
    told = await client.event("order", lambda event: event["order"]["state"] == "paid")
    assert (len(told["order"]["tickets"]), told["order"]["pay_by_ms"], told["order"]["pay_with"]) == (1, None, None)
    await client.counted(sale.id, "reserved", 0)
    await client.counted(sale.id, "orders", 1)


async def test_and_that_it_came_to_nothing(site: Site, sale: Sale) -> None:
    client = await site.buyer()
    order = await ordered(client, sale, 3)
    news = PaymentNews(sale.id, order["id"], Declined("not_paid_in_time"))
    await site.engine.orders.payment_answered(news)
    told = await client.event("order", lambda event: event["order"]["state"] == "failed")
    assert told["order"]["failure"] == "not_paid_in_time"
    await client.counted(sale.id, "sold", 0)


async def test_what_is_no_code_is_not_drawn(site: Site, sale: Sale) -> None:
    client = await site.buyer()
    order = await ordered(client, sale, 3)
    told = {"Authorization": f"Bearer {client.hello['buyer']}"}
    async with site.http.get(f"{site.url}/o/{order['code']}/payment.svg", headers=told) as answer:
        assert answer.status == 404


async def test_a_wallet_pays_at_once(site: Site, sale: Sale) -> None:
    client = await site.buyer()
    await shop(client, sale, 3)
    order = (await client.ok("checkout", sale=sale.id, order="o-1", payment={"method": "wallet"}))["order"]
    assert (order["state"], order["card_last4"], len(order["tickets"])) == ("paid", "", 1)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"payment": {"method": "shells"}}, "payment.method"),
        ({"payment": {"method": "card"}}, "card"),
        ({}, "card"),
    ],
)
async def test_what_is_not_offered_buys_nothing(site: Site, sale: Sale, said: dict[str, Any], wrong: str) -> None:
    client = await site.buyer()
    await shop(client, sale, 3)
    refused = await client.refused("checkout", sale=sale.id, order="o-1", **said)
    assert (refused["code"], [each["path"] for each in refused["fields"]]) == ("invalid", [wrong])
    both = await client.ok("checkout", sale=sale.id, order="o-2", payment={"method": "card"}, card=CARD)
    assert both["order"]["card_last4"] == "4242"


async def test_a_sale_says_how_it_can_be_paid(site: Site, sale: Sale) -> None:
    async with site.http.get(f"{site.url}/api/sales/{sale.id}") as answer:
        assert (await answer.json())["payment_methods"] == ["wallet", "card", "transfer"]
    async with site.http.get(f"{site.url}/s/{sale.id}") as answer:
        assert '"payment_methods":["wallet","card","transfer"]' in await answer.text()
