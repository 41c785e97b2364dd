"""Whether anything was committed in Postgres: what jobs look at instead of asking for work again and again.

Guarantees: two readings are the same only if no transaction that wrote anything ended between them. Fails as
Postgres does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import asyncpg

READ = "SELECT pg_current_snapshot()::text"
FRESH_S = 0.2


@dataclass(frozen=True, slots=True)
class Commits:
    """What was committed at one moment."""

    snapshot: str

    @property
    def all_before(self) -> int:
        """Every transaction before this one had ended."""
        return int(self.snapshot.partition(":")[0])

    def went_back(self, before: Commits) -> bool:
        """Another database answers, or an older one."""
        return self.all_before < before.all_before


async def read_commits(db: asyncpg.Pool) -> Commits:
    return Commits(await db.fetchval(READ))


class CommitWatch:
    """One reading for all who ask within FRESH_S."""

    def __init__(self, db: asyncpg.Pool, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._clock = clock
        self._read: Commits | None = None
        self._read_at = 0.0

    async def commits(self) -> Commits:
        """What was committed a moment ago, or now."""
        now = self._clock()
        if self._read is None or now - self._read_at >= FRESH_S:
            self._read_at = now  # before the answer: it may say less than is known then, never more
            self._read = await read_commits(self._db)
        return self._read
