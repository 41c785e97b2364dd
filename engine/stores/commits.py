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
FRESH_S_QUIET = 1.0
QUIET_AFTER_S = 10.0


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


async def read_commits(db: asyncpg.Pool | asyncpg.Connection) -> Commits:
    return Commits(await db.fetchval(READ))


class CommitWatch:
    """One reading for all who ask within FRESH_S; once nothing was committed for a while, within FRESH_S_QUIET."""

    def __init__(self, db: asyncpg.Pool, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._clock = clock
        self._read: Commits | None = None
        self._read_at = 0.0
        self._changed_at = 0.0

    async def commits(self) -> Commits:
        """What was committed a moment ago, or now."""
        now = self._clock()
        quiet = now - self._changed_at >= QUIET_AFTER_S
        if self._read is None or now - self._read_at >= (FRESH_S_QUIET if quiet else FRESH_S):
            self._read_at = now  # before the answer: it may say less than is known then, never more
            before, self._read = self._read, await read_commits(self._db)
            if self._read != before:
                self._changed_at = now
        return self._read
