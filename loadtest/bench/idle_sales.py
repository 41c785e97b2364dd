"""Thousands of sales at once, copied from one by SQL, and how late those open whose time comes among them."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from engine.catalog.model import SalePlan, SaleState
from engine.ids import new_sale_id
from engine.refusals import accept
from engine.stores.keys import moves_key
from loadtest.bench.measure import Bench

AT_ONCE = 32
COPIES_PER_INSERT = 500
FIRST_OPENS_S = 5.0
OPENS_EVERY_S = 0.2
OPENING_S_MAX = 30.0

COPY = """
INSERT INTO sale (id, organizer_id, kind, event_id, venue_id, layout_version, currency, seats, person_max, cart_ms,
                  prices, room, visibility, lobby_at, opens_at, closes_at, opened_at, draw_secret, draw_commit, entry)
SELECT c.id, organizer_id, kind, event_id, venue_id, layout_version, currency, seats, person_max, cart_ms, prices,
       room, visibility, NULL, c.opens_at, closes_at, c.opened_at, $5, $6, entry
FROM sale, unnest($2::text[], $3::timestamptz[], $4::timestamptz[]) AS c (id, opens_at, opened_at) WHERE sale.id = $1
"""
PUBLISHED = """
UPDATE sale_run SET epoch = p.epoch, draw_places = CASE WHEN opened_at IS NOT NULL THEN 0 END,
                    draw_digest = CASE WHEN opened_at IS NOT NULL THEN '' END
FROM unnest($1::text[], $2::text[]) AS p (id, epoch) JOIN sale USING (id) WHERE sale_id = p.id
"""


async def copies(bench: Bench, like: str, count: int) -> None:
    """As many open sales like this one, in both stores."""
    now = datetime.now(UTC)
    for first in range(0, count, COPIES_PER_INSERT):
        some = [(new_sale_id(), now, now) for _ in range(min(COPIES_PER_INSERT, count - first))]
        for plan in await _copied(bench, like, some):
            accept(await bench.engine.onsale.sale(plan.id).set_state(SaleState.OPEN))
    await let_rest(bench)


async def _copied(bench: Bench, like: str, some: Sequence[tuple[str, datetime, datetime | None]]) -> list[SalePlan]:
    engine = bench.engine
    plan = await engine.catalog.plan(like)
    assert plan is not None
    secret = secrets.token_bytes(32)
    commit = hashlib.sha256(secret).hexdigest()
    plans = [
        replace(plan, id=sale, lobby_at=None, opens_at=opens_at, draw_secret=secret, draw_commit=commit)
        for sale, opens_at, _ in some
    ]
    # Redis first: the keeper would make a sale of its own of a row without one.
    epochs: list[str] = []
    for at_once in _chunks(plans, AT_ONCE):
        epochs += await asyncio.gather(*map(engine.onsale.publish, at_once))
    ids, opens_at, opened_at = ([each[part] for each in some] for part in range(3))
    async with engine.db.acquire() as connection, connection.transaction():
        await connection.execute(COPY, like, ids, opens_at, opened_at, secret, commit)
        await connection.execute(PUBLISHED, ids, epochs)
    return plans


def _chunks(plans: list[SalePlan], size: int) -> Iterator[list[SalePlan]]:
    for first in range(0, len(plans), size):
        yield plans[first : first + size]


async def openings(bench: Bench, like: str, count: int) -> list[float]:
    """Make sales that open one after the other; answers how many milliseconds after its time each told it."""
    begins = datetime.now(UTC) + timedelta(seconds=FIRST_OPENS_S)
    some = [(new_sale_id(), begins + timedelta(seconds=OPENS_EVERY_S * number), None) for number in range(count)]
    plans = await _copied(bench, like, some)
    async with asyncio.timeout(FIRST_OPENS_S + OPENS_EVERY_S * count + OPENING_S_MAX):
        late_ms = await asyncio.gather(*(_opening(bench, plan) for plan in plans))
    await let_rest(bench)
    return late_ms


async def let_rest(bench: Bench) -> None:
    """As if all that was done had been done long ago: other jobs than the keeper look no more."""
    await bench.engine.onsale.drained()
    await bench.engine.redis.delete(moves_key())


async def _opening(bench: Bench, plan: SalePlan) -> float:
    async with aclosing(bench.engine.onsale.sale(plan.id).watch()) as feed:
        async for delta in feed:
            if delta.room.get("state") == SaleState.OPEN.value:
                return (datetime.now(UTC) - plan.opens_at).total_seconds() * 1000
    raise AssertionError("a feed ends only when nobody listens")
