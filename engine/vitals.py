"""Vitals: watches the tasks that should run for ever, and starts again those that die.

Guarantees: a task that dies is logged, counted and started again, later each time. After PULSE_DEATHS_MAX deaths, each
soon after the one before, it counts as dead, until it stayed alive for PULSE_HEALTHY_S or says that it is well. Deaths
by a store outage don't count: the outage shows elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from engine.limits import PULSE_AGAIN_S, PULSE_AGAIN_S_MAX, PULSE_DEATHS_MAX, PULSE_HEALTHY_S
from engine.stores.batcher import store_is_away

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Illness:
    """What happened to a task since it was last well."""

    deaths: int
    died_at: float


class Vitals:
    """One per process."""

    def __init__(
        self, on_death: Callable[[str], None] = lambda _: None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._on_death = on_death
        self._clock = clock
        self._ill: dict[str, Illness] = {}

    def died(self, name: str) -> float:
        """Note a death; answers the seconds to wait before the next start."""
        now = self._clock()
        ill = self._ill.get(name)
        if ill is None or now - ill.died_at >= PULSE_HEALTHY_S:
            ill = self._ill[name] = Illness(0, now)
        ill.deaths, ill.died_at = ill.deaths + 1, now
        self._on_death(name)
        return float(min(PULSE_AGAIN_S_MAX, PULSE_AGAIN_S * 2 ** min(ill.deaths - 1, 30)))

    def is_well(self, name: str) -> None:
        """What it should do was done."""
        self._ill.pop(name, None)

    def dead(self) -> list[str]:
        """What does not run and should, by name."""
        now = self._clock()
        return sorted(
            name
            for name, ill in self._ill.items()
            if ill.deaths >= PULSE_DEATHS_MAX and now - ill.died_at < PULSE_HEALTHY_S
        )

    async def keep(self, name: str, pulse: Callable[[], Awaitable[None]]) -> None:
        """Run what should never end, again and again; it ends by cancellation only."""
        while True:
            try:
                await pulse()
                log.error("%s ended by itself, and is started again", name)
                pause_s = self.died(name)
            except Exception as fault:  # whatever went wrong, the process needs this task
                if store_is_away(fault):
                    log.warning("%s waits for a store that does not answer: %s", name, fault)
                    pause_s = PULSE_AGAIN_S
                else:
                    log.exception("%s died, and is started again", name)
                    pause_s = self.died(name)
            await asyncio.sleep(pause_s)
