"""Drawing: what an order of a member has comes out of an allocation, not out of what is for sale.

Guarantees: called in the transaction that places the order as paid, it takes what is asked from the allocation and
notes the change that Redis has to follow, or does nothing and says why. What is released meanwhile is not drawn.
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
    await connection.execute(sql.LEAVE, sale_id, wanted.allocation, *left)
    pools = map(pool_of, await connection.fetch(READ_POOLS, sale_id))
    await withhold_units(connection, sale_id, wanted.units, pools, sign=-1)
    named = {"id": wanted.allocation, "buyer": drawn.buyer, "cart": drawn.cart, "order": drawn.order}
    change = (False, named, sorted(wanted.seats), dict(wanted.units), by.actor)
    await connection.fetchval(sql.ADD_CHANGE, sale_id, "done", *change)
    return None
