"""What writes in Postgres: whether anything was committed, and which transaction has been writing for longest.

Jobs look at the first instead of asking for work again and again: two readings are the same only if no transaction that
wrote anything ended between them. Consumers of the outbox wait for the second. Fails as Postgres does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import asyncpg

from engine.limits import WRITING_S_MAX

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
    """One reading serves all who ask within FRESH_S, or within FRESH_S_QUIET once nothing was committed for a while."""

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
            # From before the query: the reading counts as older than it is, never as newer.
            self._read_at = now
            before, self._read = self._read, await read_commits(self._db)
            if self._read != before:
                self._changed_at = now
        return self._read


OLDEST = """
SELECT pid, datname, application_name, extract(epoch FROM clock_timestamp() - xact_start)::float8 AS seconds
FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Writer:
    pid: int
    database: str
    application: str
    seconds: float

    @property
    def is_late(self) -> bool:
        return self.seconds > WRITING_S_MAX

    def __str__(self) -> str:
        return f"{self.application or 'somebody'} (process {self.pid} of Postgres, database {self.database})"


async def oldest_writer(db: asyncpg.Pool) -> Writer | None:
    """Of every database of the server, as far as the user of Postgres may see them."""
    row = await db.fetchrow(OLDEST)
    if row is None:
        return None
    return Writer(row["pid"], row["datname"], row["application_name"], row["seconds"])
