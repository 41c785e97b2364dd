"""Sales made for measuring: straight to Redis, by plans that no catalog needs to know.

And what Redis alone does in them: the limit of whatever stands before it.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from engine.audit import Act
from engine.catalog.model import PoolPlan, RoomPlan, RowPlan, SalePlan, SaleState, SectionPlan
from engine.ids import new_sale_id
from engine.limits import BATCH_ITEMS_MAX, CART_MS_MAX, FLIGHTS_MAX
from engine.onsale.calls import BATCH_KEYS
from engine.onsale.sale import Sale
from engine.refusals import accept
from engine.stores.keys import sale_keys
from engine.stores.scripts import call, pack, script, unpack
from loadtest.bench.measure import Bench

ROW_SEATS = 100
HOLDS_PER_BUYER = 4


def plan_of(seats: int, *, room: RoomPlan | None = None, person_max: int = HOLDS_PER_BUYER) -> SalePlan:
    """A sale of one section with rows of 100."""
    now = datetime.now(UTC)
    secret = secrets.token_bytes(32)
    rows = tuple(
        RowPlan(str(first // ROW_SEATS + 1), first, min(ROW_SEATS, seats - first))
        for first in range(0, seats, ROW_SEATS)
    )
    return SalePlan(
        id=f"bench-{new_sale_id()}",
        organizer_id="org_bench",
        currency="EUR",
        seats=seats,
        sections=(SectionPlan("hall", "Hall", 0, rows),) if seats else (),
        pools=(PoolPlan("floor", "Floor", 1_000_000),),
        prices={"hall": {"general": 1000}, "floor": {"general": 1000}},
        person_max=person_max,
        cart_ms=CART_MS_MAX,
        room=room,
        lobby_at=None,
        opens_at=now - timedelta(hours=1),
        closes_at=now + timedelta(days=1),
        draw_secret=secret,
        draw_commit=hashlib.sha256(secret).hexdigest(),
    )


async def stored_sale(bench: Bench, seats: int, row_seats: int = ROW_SEATS) -> Sale:
    """An open sale without a room that is in Postgres too, so that orders can be written for it."""
    sale_id = await _stored(bench, seats, row_seats, room=False)
    plan = await bench.engine.catalog.plan(sale_id)
    assert plan is not None
    await bench.engine.onsale.publish(plan)
    sale = bench.engine.onsale.sale(sale_id)
    accept(await sale.set_state(SaleState.OPEN))
    return sale


async def kept_sale(bench: Bench, seats: int, *, shoppers_max: int) -> Sale:
    """An open sale as an organizer makes one, for workers to look after; no room when `shoppers_max` is 0."""
    return bench.engine.onsale.sale(await _stored(bench, seats, ROW_SEATS, room={"shoppers": shoppers_max}))


async def _stored(bench: Bench, seats: int, row_seats: int, *, room: object) -> str:
    engine = bench.engine
    organizer = await engine.access.first_organizer() or await engine.access.create_organizer("Bench")
    body = {
        "event": "Bench",
        "starts": "in 30 days at 20:00",
        "zone": "UTC",
        "currency": "EUR",
        "opens": "now",
        "person_max": HOLDS_PER_BUYER,
        "cart_minutes": CART_MS_MAX // 60_000,
        "room": room,
        "sections": {"hall": {"rows": seats // row_seats, "seats": row_seats, "price": 10}},
    }
    created = await engine.catalog.create_sale(Act(organizer, "bench"), body)
    assert not isinstance(created, list), created
    return created.id


async def open_sale(bench: Bench, seats: int, *, person_max: int = HOLDS_PER_BUYER) -> Sale:
    """An open sale without a room: whoever holds something has a cart."""
    return await opened_sale(bench, plan_of(seats, person_max=person_max))


async def opened_sale(bench: Bench, plan: SalePlan) -> Sale:
    await bench.engine.onsale.publish(plan)
    sale = bench.engine.onsale.sale(plan.id)
    accept(await sale.set_state(SaleState.OPEN))
    return sale


async def redis_alone(bench: Bench, sale: Sale, name: str, items: Sequence[Sequence[object]], word: str) -> float:
    """Items a second through a script when all is packed beforehand, and the next full batch is always at hand."""
    what, keys = script(f"onsale/{name}"), sale_keys(sale.id, *BATCH_KEYS[name])
    packed = [pack(items[first : first + BATCH_ITEMS_MAX]) for first in range(0, len(items), BATCH_ITEMS_MAX)]
    waiting, answers = iter(packed), []

    async def send() -> None:
        for batch in waiting:
            answers.append(await call(bench.engine.redis, what, keys, (batch, "")))

    began = time.perf_counter()
    await asyncio.gather(*(send() for _ in range(FLIGHTS_MAX)))
    took_s = time.perf_counter() - began
    assert {verdict[0] for answer in answers for verdict in unpack(answer)} == {word}
    return len(items) / took_s
