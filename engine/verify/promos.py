"""verify for promos: one look at both stores, and another after a while at what did not fit."""

from __future__ import annotations

import asyncio
import time

from engine.engine import Engine
from engine.verify.facts import Violation

GRACE_S = 5.0
LOOK_AGAIN_S = 0.5


async def verify_promos(engine: Engine, *, grace_s: float = GRACE_S) -> list[Violation]:
    """Every invariant of promos that is broken, and stays broken for `grace_s`."""
    until = time.monotonic() + grace_s
    broken = await _look(engine)
    while broken and time.monotonic() < until:
        await asyncio.sleep(LOOK_AGAIN_S)
        now = await _look(engine)
        broken = {what: now[what] for what in broken if what in now}
    return sorted(broken.values())


async def _look(engine: Engine) -> dict[tuple[int, str], Violation]:
    found = await engine.promos.violations()
    return {(invariant, subject): Violation(invariant, subject, text) for invariant, subject, text in found}
