"""A sale is rebuilt under open sockets: buyers with carts get the events about them."""

import asyncio
from typing import Any

import pytest

from engine.onsale import Sale
from engine.onsale.model import Snapshot
from engine.refusals import Refused
from engine.stores.keys import sale_key
from engine.stores.scripts import pack
from tests.server.conftest import Site, engine, make_sale, organizer, sale, site

__all__ = ["engine", "make_sale", "organizer", "sale", "site"]


async def test_a_cart_that_lost_a_seat_is_told(site: Site, sale: Sale) -> None:
    """Redis goes back to before the other purchase; the seat is in two carts, and Postgres says whose it is."""
    client = await site.buyer()
    await client.ok("watch", sale=sale.id, topics=["seats"])
    await client.ok("hold", sale=sale.id, hold="h1", seats=[3, 4])
    redis: Any = site.engine.redis
    before = await redis.hget(sale_key(sale.id, "sale"), "epoch")
    await redis.delete(sale_key(sale.id, "sale"))
    await sell_elsewhere(site, sale)
    await site.engine.keeper.rebuild(sale.id, before.decode())
    snapshot = await client.event("snapshot")
    assert snapshot["epoch"] != before.decode()
    told = await client.event("cart")
    assert [item["item"] for item in told["cart"]["items"]] == ["seat:3"]


async def test_a_delta_of_an_epoch_that_is_over_is_looked_into_once(
    site: Site, sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may come late; no snapshot will ever know it."""
    client = await site.buyer()
    await client.ok("watch", sale=sale.id, topics=["seats"])
    reads, snapshot = [], sale.snapshot

    async def counted(*, wake: bool = False) -> Snapshot | Refused:
        reads.append(wake)
        return await snapshot(wake=wake)

    monkeypatch.setattr(sale, "snapshot", counted)
    await site.engine.redis.spublish(sale_key(sale.id, "feed"), pack({"e": "over", "q": 7}))
    async with asyncio.timeout(20):
        while not reads:
            await client.ok("ping")
    for number in range(20):
        await client.ok("hold", sale=sale.id, hold=f"h{number}", seats=[3])
        await client.ok("release", sale=sale.id, release=f"r{number}")
    await client.event("seats")
    assert len(reads) == 1


async def sell_elsewhere(site: Site, sale: Sale) -> None:
    """An order that Redis knows nothing of owns seat 4."""
    await site.engine.db.execute(
        """INSERT INTO orders (sale_id, id, cart_id, buyer_id, state, total, currency, code)
           VALUES ($1, 'ord_other', 'cart_other', 'somebody', 'paid', 0, 'EUR', $1)""",
        sale.id,
    )
    await site.engine.db.execute(
        """INSERT INTO order_line (sale_id, order_id, line, seat, ticket_type, price)
           VALUES ($1, 'ord_other', 0, 4, 'general', 0)""",
        sale.id,
    )
