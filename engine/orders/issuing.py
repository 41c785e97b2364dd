"""Issuing: what an order of a member takes besides that of a buyer, in the transaction that places it.

Guarantees: who may not make orders any more makes none; what is drawn on an allocation, and the act in the trail, are
written with the order or not at all. Fails as Postgres does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import asyncpg

from engine.accounts import still_stands
from engine.audit import write
from engine.catalog import Draw, Drawn, draw
from engine.orders import sql
from engine.orders.placing import Placement, PlaceVerdict
from engine.refusals import RefusalError, Refused


class NotPlacedError(Exception):
    """Undoes what was drawn for an order that is not placed."""

    def __init__(self, verdict: PlaceVerdict) -> None:
        self.verdict = verdict


def draws(order: Placement) -> bool:
    return order.staff is not None and order.staff.allocation is not None


async def without_ground(connection: asyncpg.Connection, batch: Sequence[Placement]) -> dict[str, Refused]:
    """Which orders of members are refused, as they may not make any now."""
    refused = {}
    for each in batch:
        if each.staff is not None:
            try:
                await still_stands(connection, each.staff.by)
            except RefusalError as refusal:
                refused[each.order] = Refused(refusal.code, refusal.detail)
    return refused


async def draw_for(connection: asyncpg.Connection, sale: str, order: Placement) -> Refused | None:
    """Take what the order has out of its allocation; Redis puts it into the order's cart."""
    staff = order.staff
    if staff is None or staff.allocation is None:
        return None
    seats = [line.seat for line in order.lines if line.seat is not None]
    units = Counter(line.pool for line in order.lines if line.pool is not None)
    wanted = Draw(staff.allocation, seats, units)
    return await draw(connection, staff.by, sale, wanted, Drawn(order.buyer, order.cart, order.order))


async def note_issued(connection: asyncpg.Connection, sale: str, orders: Sequence[Placement]) -> None:
    """Write who made these orders, and what they have that orders of buyers don't."""
    for each in orders:
        assert each.staff is not None, "only these are asked for"
        said = {
            "channel": each.making.channel,
            "tender": each.making.tender,
            "total": each.total,
            "tickets": sum(line.admits for line in each.lines),
        }
        detail = {"sale": sale}
        if each.staff.allocation is not None:
            detail["allocation"] = each.staff.allocation
            await connection.execute(sql.NOTE_ALLOCATION, sale, each.order, each.staff.allocation)
        await write(connection, each.staff.by, "order.issue", each.order, after=said, detail=detail)
