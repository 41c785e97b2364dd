"""verify: one look at a sale in both stores, and another after a while at what did not fit.

Guarantees: what is on its way between the stores is not called a violation: only what stays for `grace_s` is.
Reads only. Fails as the stores do.
"""

from __future__ import annotations

import asyncio
import time

from engine.engine import Engine
from engine.orders import counters_of
from engine.verify.checks import live_violations
from engine.verify.durable import durable_violations
from engine.verify.facts import Violation
from engine.verify.live import place_violations, read_live

GRACE_S = 5.0
LOOK_AGAIN_S = 0.5


async def verify(engine: Engine, sale: str, *, grace_s: float = GRACE_S) -> list[Violation]:
    """Every invariant of a sale that is broken, and stays broken for `grace_s`."""
    until = time.monotonic() + grace_s
    broken = {(each.invariant, each.subject): each for each in await _look(engine, sale)}
    while broken and time.monotonic() < until:
        await asyncio.sleep(LOOK_AGAIN_S)
        now = {(each.invariant, each.subject): each for each in await _look(engine, sale)}
        broken = {what: now[what] for what in broken if what in now}
    return sorted(broken.values())


async def _look(engine: Engine, sale: str) -> list[Violation]:
    plan = await engine.catalog.plan(sale)
    if plan is None:
        return [Violation(2, f"sale {sale}", "is not known to Postgres")]
    live = await read_live(engine.redis, sale)
    facts = await engine.orders.sold_facts(sale)
    async with engine.db.acquire() as connection:
        found = await durable_violations(connection, sale)
    if live is None and await engine.archive.is_away(sale):
        return found
    if live is None:
        return [*found, Violation(2, f"sale {sale}", "is not known to Redis")]
    found += live_violations(live, plan, facts, counters_of({pool.id: pool.draws_on for pool in plan.pools}))
    return [*found, *await place_violations(engine.redis, sale)]
