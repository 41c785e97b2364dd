"""verify: compares both stores, and looks again at whatever does not match.

Guarantees: a change on its way between the stores is no violation: only a mismatch that lasts for `grace_s` is. Reads
only. Fails as the stores do.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING

from engine.context import Violation
from engine.limits import QUIET_SALES_VERIFIED_PER_TURN
from engine.orders import counters_of
from engine.verify.checks import live_violations
from engine.verify.live import place_violations, read_live

if TYPE_CHECKING:
    from engine.engine import Engine

GRACE_S = 5.0
LOOK_AGAIN_S = 0.5


async def verify(engine: Engine, sale: str, *, grace_s: float = GRACE_S) -> list[Violation]:
    """Every invariant of a sale that is broken, and stays broken for `grace_s`."""
    return await _lasting(partial(_look, engine, sale), grace_s)


async def verify_contexts(engine: Engine, *, grace_s: float = GRACE_S) -> dict[str, list[Violation]]:
    """Broken invariants that belong to no sale, by context."""
    return {
        context.name: await _lasting(partial(context.invariants, engine), grace_s)
        for context in engine.contexts
        if context.invariants is not None
    }


async def _lasting(look: Callable[[], Awaitable[list[Violation]]], grace_s: float) -> list[Violation]:
    until = time.monotonic() + grace_s
    broken = {(each.invariant, each.subject): each for each in await look()}
    while broken and time.monotonic() < until:
        await asyncio.sleep(LOOK_AGAIN_S)
        now = {(each.invariant, each.subject): each for each in await look()}
        broken = {what: now[what] for what in broken if what in now}
    return sorted(broken.values())


async def _look(engine: Engine, sale: str) -> list[Violation]:
    plan = await engine.catalog.plan(sale)
    if plan is None:
        return [Violation(2, f"sale {sale}", "is not known to Postgres")]
    calls = engine.onsale.calls(sale)
    live = await calls.read(lambda keys: read_live(engine.redis, keys))
    facts = await engine.orders.sold_facts(sale)
    found: list[Violation] = []
    for context in engine.contexts:
        if context.sale_invariants is not None:
            found += await context.sale_invariants(engine, sale)
    if live is None and await engine.archive.is_away(sale):
        return found
    if live is None:
        return [*found, Violation(2, f"sale {sale}", "is not known to Redis")]
    found += live_violations(live, plan, facts, counters_of({pool.id: pool.draws_on for pool in plan.pools}))
    return [*found, *await place_violations(engine.redis, calls.keys)]


class Patrol:
    """Which sales to verify next: each that moved, each that was broken, and in turn a few of the others."""

    def __init__(self, quiet_per_turn: int = QUIET_SALES_VERIFIED_PER_TURN) -> None:
        self._quiet_per_turn = quiet_per_turn
        self._last = ""
        self._broken: set[str] = set()

    def turn(self, live: Sequence[str], moved: Collection[str]) -> list[str]:
        """Sales to look at now."""
        urgent = [sale for sale in live if sale in moved or sale in self._broken]
        quiet = sorted(set(live).difference(urgent))
        ahead = [sale for sale in quiet if sale > self._last]
        some = (ahead + quiet)[: min(self._quiet_per_turn, len(quiet))]
        if some:
            self._last = some[-1]
        return urgent + some

    def looked(self, sale: str, *, broken: bool) -> None:
        """What is broken is looked at again in the next turn."""
        (self._broken.add if broken else self._broken.discard)(sale)
