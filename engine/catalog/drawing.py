"""Drawing: what an order has comes out of an allocation, not out of what is for sale.

Guarantees: what is asked is taken from the allocation, and the change is noted that Redis has to follow, or nothing is
done and it is said why. For a member that is done in the transaction that places the order as paid; for a buyer, whose
cart held it, once it is paid. What is released meanwhile is not drawn.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import asyncpg

from engine.audit import Act
from engine.catalog import allocation_sql as sql
from engine.catalog.allocation_parts import Allocation, Drawn, without
from engine.catalog.reading import pool_of
from engine.catalog.sql import READ_POOLS
from engine.catalog.writing import withhold_units
from engine.refusals import Code, Refused

BUYER = "buyer"  # who asked for a change, where nobody of the organizer did


@dataclass(frozen=True, slots=True)
class Draw:
    """Seats and units that an order takes from an allocation."""

    allocation: str
    seats: Collection[int]
    units: Mapping[str, int]


async def read_allocation(db: asyncpg.Pool, sale_id: str, allocation: str) -> Allocation | None:
    """What it is for, and what it withholds still."""
    row = await db.fetchrow(sql.READ_ALLOCATION, sale_id, allocation)
    return None if row is None else Allocation(**dict(row))


async def draw(connection: asyncpg.Connection, by: Act, sale_id: str, wanted: Draw, drawn: Drawn) -> Refused | None:
    """Take it out; `busy` while a change of the stock waits for Redis, which has to be led through first."""
    if await connection.fetchrow(sql.LOCK_STOCK, sale_id, by.organizer_id) is None:
        return Refused(Code.UNKNOWN_SALE)
    if await connection.fetchval(sql.IS_ASKED, sale_id):
        return Refused(Code.BUSY)
    there = await connection.fetchrow(sql.LOCK_ALLOCATION, sale_id, wanted.allocation)
    if there is None or not there["staff"]:
        said = "There is no such allocation that members may draw on."
        return Refused(Code.INVALID, {"fields": [{"path": "allocation", "message": said}]})
    left = without(Allocation(**dict(there)), wanted.seats, wanted.units)
    if isinstance(left, Refused):
        return left
    await _take(connection, sale_id, wanted, left, drawn, actor=by.actor)
    return None


async def draw_bought(connection: asyncpg.Connection, sale_id: str, seats: Collection[int], drawn: Drawn) -> bool:
    """Take what a buyer paid for out of the allocations that have it still; False while a change waits for Redis."""
    await connection.fetchrow(sql.LOCK_STOCK_OF, sale_id)
    if await connection.fetchval(sql.IS_ASKED, sale_id):
        return False
    for there in await connection.fetch(sql.LOCK_OPEN, sale_id, list(seats)):
        bought = set(seats).intersection(there["seats"])
        left = sorted(set(there["seats"]) - bought), dict(there["units"])
        await _take(connection, sale_id, Draw(there["id"], bought, {}), left, drawn, actor=BUYER)
    return True


async def _take(
    connection: asyncpg.Connection,
    sale_id: str,
    wanted: Draw,
    left: tuple[list[int], dict[str, int]],
    drawn: Drawn,
    *,
    actor: str,
) -> None:
    await connection.execute(sql.LEAVE, sale_id, wanted.allocation, *left)
    pools = map(pool_of, await connection.fetch(READ_POOLS, sale_id))
    await withhold_units(connection, sale_id, wanted.units, pools, sign=-1)
    named = {"id": wanted.allocation, "buyer": drawn.buyer, "cart": drawn.cart, "order": drawn.order}
    change = (False, named, sorted(wanted.seats), dict(wanted.units), actor)
    await connection.fetchval(sql.ADD_CHANGE, sale_id, "done", *change)
