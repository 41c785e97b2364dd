"""Visits: how often buyers came by each link, counted in memory and added by one statement every few seconds.

Owns the counts that were not handed in yet. Guarantees: counting never waits; only links that there are get counted, so
memory is bounded; a visit is counted once at most. What a process had not handed in when it died, or handed in when
Postgres went away, is lost: whether it was written nobody knows then, and it must not be written twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

import asyncpg

from engine.limits import LINKS_COUNTED_MAX, VISITS_HANDED_IN_EVERY_S
from engine.links import sql
from engine.stores.database import UNREACHABLE

log = logging.getLogger(__name__)


class Visits:
    """The counts of one process."""

    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        """How many links have visits that are not handed in."""
        return len(self._counts)

    def count(self, link: str) -> None:
        """Somebody came by this link, which there is."""
        if link in self._counts or len(self._counts) < LINKS_COUNTED_MAX:
            self._counts[link] += 1

    async def hand_in(self) -> None:
        """Add what was counted here to the links. It is taken out first: a failure loses it, and doubles nothing."""
        if not self._counts:
            return
        counts, self._counts = self._counts, Counter()
        try:
            await self._db.execute(sql.ADD_VISITS, list(counts), list(counts.values()))
        except UNREACHABLE as fault:
            log.warning("%s visits are not counted: Postgres does not answer: %s", counts.total(), fault)

    async def pulse(self) -> None:
        """Run for ever: hand in every few seconds."""
        while True:
            await asyncio.sleep(VISITS_HANDED_IN_EVERY_S)
            await self.hand_in()
