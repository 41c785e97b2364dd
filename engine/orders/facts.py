"""Sold facts: what Postgres knows of a sale, for a rebuild of Redis and for verify.

Guarantees: one consistent picture, read in one transaction.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import asyncpg

from engine.onsale.model import PayingOrder, SoldFacts, SoldOrder
from engine.orders import sql
from engine.orders.model import OrderState


async def read_sold_facts(db: asyncpg.Pool, sale: str) -> SoldFacts:
    async with db.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        paid = await _read(connection, sale, OrderState.PAID)
        paying = await _read(connection, sale, OrderState.PAYING)
    return SoldFacts(
        paid=tuple(SoldOrder(row["id"], row["buyer_id"], row["total"], seats, units) for row, seats, units in paid),
        paying=tuple(
            PayingOrder(row["id"], row["buyer_id"], row["cart_id"], seats, units) for row, seats, units in paying
        ),
    )


async def _read(
    connection: asyncpg.Connection, sale: str, state: OrderState
) -> list[tuple[Any, tuple[int, ...], dict[str, int]]]:
    """Each live order in a state, with its seats and units."""
    seats: defaultdict[str, list[int]] = defaultdict(list)
    units: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in await connection.fetch(sql.READ_SOLD_LINES, sale, state.value):
        if row["seat"] is not None:
            seats[row["order_id"]].append(row["seat"])
        else:
            units[row["order_id"]][row["pool_id"]] += 1
    orders = await connection.fetch(sql.READ_LIVE_ORDERS, sale, state.value)
    return [(row, tuple(sorted(seats[row["id"]])), dict(units[row["id"]])) for row in orders]
