"""Sales for tests of orders: rows in Postgres, and the plan that goes with them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import asyncpg

from engine.catalog.model import PoolPlan, RowPlan, SalePlan, SectionPlan
from engine.ids import new_id
from engine.orders.codes import new_code
from engine.orders.model import Line
from engine.orders.placing import Placement
from engine.vault import Contact

SEATS = 40
SEATS_PER_ROW = 10
PRICES: Mapping[str, Mapping[str, int]] = {
    "stalls": {"general": 4500, "half": 2250},
    "circle": {"general": 3000},
    "floor": {"general": 2000},
    "early": {"general": 1500},
    "gift": {"general": 0},
}
POOLS = (PoolPlan("floor", "Floor", 100), PoolPlan("early", "Early bird", 10, ("floor",)), PoolPlan("gift", "Gift", 20))


def plan_of(
    sale: str, *, seats: int = SEATS, pools: Sequence[PoolPlan] = POOLS, person_max: int = 6, cart_ms: int = 600_000
) -> SalePlan:
    """Two sections that share the seats, and pools, one of which draws on another."""
    rows = [RowPlan(str(first), first, min(SEATS_PER_ROW, seats - first)) for first in range(0, seats, SEATS_PER_ROW)]
    half = len(rows) // 2
    now = datetime.now(UTC)
    return SalePlan(
        id=sale,
        organizer_id="org_test",
        currency="EUR",
        seats=seats,
        sections=(
            SectionPlan("stalls", "Stalls", 0, tuple(rows[:half])),
            SectionPlan("circle", "Circle", 1, tuple(rows[half:])),
        ),
        pools=tuple(pools),
        prices=PRICES,
        person_max=person_max,
        cart_ms=cart_ms,
        room=None,
        lobby_at=None,
        opens_at=now - timedelta(hours=1),
        closes_at=now + timedelta(hours=1),
        draw_secret=b"s" * 32,
        draw_commit="",
    )


async def store(db: asyncpg.Pool, plan: SalePlan) -> None:
    """Write what orders need of a sale to Postgres."""
    await db.execute("INSERT INTO organizer (id, name) VALUES ($1, 'Test') ON CONFLICT DO NOTHING", plan.organizer_id)
    await db.execute(
        """INSERT INTO sale (kind, id, organizer_id, currency, seats, person_max, cart_ms, prices, opens_at, closes_at,
                             opened_at, draw_secret, draw_commit)
           VALUES ('event', $1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $10, $11)""",
        plan.id,
        plan.organizer_id,
        plan.currency,
        plan.seats,
        plan.person_max,
        plan.cart_ms,
        {place: dict(prices) for place, prices in plan.prices.items()},
        plan.opens_at,
        plan.closes_at,
        plan.draw_secret,
        plan.draw_commit,
    )
    for pool in plan.pools:
        await db.execute(
            "INSERT INTO pool (sale_id, id, name, capacity, draws_on) VALUES ($1, $2, $3, $4, $5)",
            plan.id,
            pool.id,
            pool.name,
            pool.capacity,
            list(pool.draws_on),
        )


def placement(
    buyer: str, *, seats: Sequence[int] = (), units: Mapping[str, int] | None = None, order: str | None = None
) -> Placement:
    """An order of these seats and units, at 1,000 each."""
    lines = [Line(seat, None, "general", 1000) for seat in seats]
    for pool, count in (units or {}).items():
        lines += [Line(None, pool, "general", 1000)] * count
    return Placement(
        order=order or new_id("ord"),
        cart=new_id("cart"),
        buyer=buyer,
        lines=tuple(lines),
        total=1000 * len(lines),
        code=new_code(),
        person=None,
        key_hash="",
        last4="4242",
        contact=Contact("Ana", "ana@example.org"),
    )
