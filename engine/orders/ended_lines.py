"""Lines that end: what they had is free again, in the transaction that ends them.

Guarantees: pools count what live lines have, no more and no less.
Whoever calls has the sale's turn. Fails as Postgres does.
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from engine.orders import sql
from engine.orders.model import Line
from engine.orders.order_coupons import give_back_coupons
from engine.orders.placing import PoolFacts, counters_of_facts, taken_by


async def read_pools(connection: asyncpg.Connection, sale: str) -> dict[str, PoolFacts]:
    rows = await connection.fetch(sql.READ_POOLS, sale)
    return {row["id"]: PoolFacts(row["capacity"], row["sold"], tuple(row["draws_on"])) for row in rows}


async def end_lines(connection: asyncpg.Connection, sale: str, orders: list[str]) -> None:
    """Give back the seats, units and coupons of these orders. The caller holds the sale's lock."""
    rows = await connection.fetch(sql.END_LINES, sale, orders)
    lines = [Line(row["seat"], row["pool_id"], row["ticket_type"], 0) for row in rows]
    await give_units_back(connection, sale, lines)
    await give_back_coupons(connection, sale, orders)


async def give_units_back(connection: asyncpg.Connection, sale: str, lines: Sequence[Line]) -> None:
    """Lines ended: the units they had are free. The caller holds the sale's lock."""
    pools = await read_pools(connection, sale)
    given = taken_by(lines, counters_of_facts(pools))
    if given:
        await connection.execute(sql.COUNT_SOLD, sale, list(given), [-units for units in given.values()])
