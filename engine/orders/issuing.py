"""Issuing: what an order of a member takes besides that of a buyer, in the transaction that places it.

Guarantees: who may not make orders any more makes none; what is drawn on an allocation, and the act in the trail, are
written with the order or not at all. Fails as Postgres does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import asyncpg

from engine.accounts import complimentary_max, still_stands
from engine.audit import write
from engine.catalog import Draw, Drawn, draw
from engine.orders import issuing_sql as sql
from engine.orders.making import ByStaff
from engine.orders.placing import Placement, PlaceVerdict
from engine.refusals import Code, RefusalError, Refused


class NotPlacedError(Exception):
    """Undoes what was taken for an order that is not placed."""

    def __init__(self, verdict: PlaceVerdict) -> None:
        self.verdict = verdict


def stands_apart(order: Placement) -> bool:
    """Whether it takes something that its neighbours in a batch must not be judged by."""
    return order.staff is not None and (order.staff.allocation is not None or bool(order.staff.reason))


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


async def issue_for(connection: asyncpg.Connection, sale: str, order: Placement) -> Refused | None:
    """Take what an order needs that stands apart, once whoever places orders of this sale waits for this one."""
    if order.staff is None:
        return None
    return await _over_quota(connection, sale, order, order.staff) or await _draw(connection, sale, order, order.staff)


async def _over_quota(connection: asyncpg.Connection, sale: str, order: Placement, staff: ByStaff) -> Refused | None:
    """A member gives so many tickets away in a sale at most; what came to nothing is not counted."""
    if not staff.reason or staff.over_quota:
        return None
    quota = await complimentary_max(connection, staff.by.organizer_id)
    issued = await connection.fetchval(sql.GIVEN_AWAY, sale, order.making.issuer)
    return Refused(Code.OVER_QUOTA, {"quota": quota, "issued": issued}) if issued + len(order.lines) > quota else None


async def _draw(connection: asyncpg.Connection, sale: str, order: Placement, staff: ByStaff) -> Refused | None:
    """Take what the order has out of its allocation; Redis puts it into the order's cart."""
    if staff.allocation is None:
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
        staff = each.staff
        if stands_apart(each):
            detail |= {"allocation": staff.allocation} if staff.allocation else {}
            await connection.execute(sql.NOTE_ISSUED, sale, each.order, staff.allocation, staff.reason or None)
        await write(connection, staff.by, "order.issue", each.order, after=said, detail=detail)
