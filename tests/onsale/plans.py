"""Plans of sales for tests."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from engine.catalog.layout import Layout
from engine.catalog.model import PoolPlan, RoomPlan, RowPlan, SalePlan, SectionPlan
from engine.catalog.reading import section_plan

SECRET = b"a secret of thirty-two bytes: ok"
OPENS_AT = datetime(2026, 6, 1, 10, tzinfo=UTC)


def plan_of(
    sale_id: str,
    *,
    rows: int = 4,
    seats_per_row: int = 10,
    pools: tuple[PoolPlan, ...] = (),
    person_max: int = 6,
    cart_ms: int = 600_000,
    room: RoomPlan | None = None,
    off_seats: tuple[int, ...] = (),
    layout: Layout | None = None,
) -> SalePlan:
    """One section of equal rows, best first, or the sections of a layout; and any pools."""
    row_plans = tuple(RowPlan(str(row + 1), row * seats_per_row, seats_per_row) for row in range(rows))
    sections = (SectionPlan("stalls", "Stalls", 0, row_plans),) if rows else ()
    if layout is not None:
        sections = tuple(map(section_plan, layout.sections))
    return SalePlan(
        id=sale_id,
        organizer_id="org_test",
        currency="EUR",
        seats=layout.seats if layout is not None else rows * seats_per_row,
        sections=sections,
        pools=pools,
        prices={"stalls": {"general": 1000}, **{pool.id: {"general": 500} for pool in pools}},
        person_max=person_max,
        cart_ms=cart_ms,
        room=room,
        lobby_at=OPENS_AT - timedelta(hours=1),
        opens_at=OPENS_AT,
        closes_at=OPENS_AT + timedelta(days=30),
        draw_secret=SECRET,
        draw_commit=hashlib.sha256(SECRET).hexdigest(),
        off_seats=off_seats if layout is None else layout.off_seats,
    )
