"""Consumers: each reads the outbox from its own cursor, in the order of ids.

Guarantees: no row is skipped, whatever the order in which transactions commit; each row is handed over once, in one
transaction with the cursor; rows about one subject keep their order. `take` only copies rows; whatever may fail or wait
is done later, so that no consumer holds up another. docs/decisions/0015 says why this is safe.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Any

import asyncpg

from engine.limits import OUTBOX_PAGES_PER_STEP, OUTBOX_ROWS_PER_PAGE
from engine.outbox import sql
from engine.outbox.topics import Hearer
from engine.progress import Bound
from engine.stores.commits import read_commits
from engine.workers import Job

EVERY_S = 0.25
PAGES = Bound(seconds=30, items=OUTBOX_ROWS_PER_PAGE * OUTBOX_PAGES_PER_STEP)


class Start(Enum):
    """Where a consumer begins that was never there before."""

    BEGINNING = "beginning"  # with whatever is still kept
    NOW = "now"


@dataclass(frozen=True, slots=True)
class Heard:
    """One row as consumers get it."""

    id: int
    topic: str
    version: int
    subject: str
    organizer: str
    body: Mapping[str, Any]
    told_at: datetime


Take = Callable[[asyncpg.Connection, Sequence[Heard]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Consumer:
    hearer: Hearer
    take: Take
    start: Start = Start.BEGINNING

    @property
    def name(self) -> str:
        return self.hearer.name

    def job(self, db: asyncpg.Pool) -> Job:
        """A job of its own: no consumer waits for another."""
        return Job(f"outbox {self.name}", partial(self.step, db), EVERY_S, PAGES, due_s=partial(self.due_s, db))

    async def step(self, db: asyncpg.Pool) -> int:
        """Hand over what may be handed over, some pages of it; answers how many rows."""
        count = 0
        for _ in range(OUTBOX_PAGES_PER_STEP):
            async with db.acquire() as connection:
                some = await self.page(connection)
            if some is None:
                break
            count += some
        return count

    async def due_s(self, db: asyncpg.Pool) -> float | None:
        """None when all rows are passed. Others become safe once a running transaction ends, even one that tells
        nothing.
        """
        behind = await db.fetchval(sql.BEHIND, self.name)
        return 0.0 if behind is None or behind else None

    async def page(self, connection: asyncpg.Connection) -> int | None:
        """One page in one transaction; None when there is nothing more for now."""
        async with connection.transaction(isolation="read_committed"):
            # Read before this transaction gets an id: every row up to this one has a lower transaction id.
            newest = await connection.fetchval(sql.NEWEST)
            seen = await connection.fetchval(sql.LOOK, self.name)
            if seen is None:
                begin = newest if self.start is Start.NOW else 0
                await connection.execute(sql.START, self.name, begin)
            elif seen >= newest:
                return None
            return await self._take_page(connection, newest)

    async def _take_page(self, connection: asyncpg.Connection, newest: int) -> int | None:
        cursor = Cursor.of(await connection.fetchrow(sql.LOCK, self.name), newest)
        cursor.settle((await read_commits(connection)).all_before)
        rows = []
        if cursor.after < cursor.safe:
            topics = self.hearer.topics()
            rows = await connection.fetch(sql.PAGE, cursor.after, cursor.safe, topics, OUTBOX_ROWS_PER_PAGE)
        heard = [heard_of(row) for row in rows]
        moved = cursor.pass_by(heard)
        if heard:
            await self.take(connection, heard)
        await connection.execute(
            sql.MOVE,
            self.name,
            cursor.after,
            cursor.safe,
            cursor.pending,
            None if cursor.pending_xid is None else str(cursor.pending_xid),
        )
        return len(heard) if moved else None


@dataclass(slots=True)
class Cursor:
    """Where a consumer is. Pure.

    Rows up to `safe` are there, or never will be. `pending` becomes safe once every transaction before
    `pending_xid` has ended.
    """

    after: int
    safe: int
    pending: int | None
    pending_xid: int | None

    @classmethod
    def of(cls, row: Any, newest: int) -> Cursor:
        own = int(row["own"])
        cursor = cls(row["id_after"], row["id_safe"], row["id_pending"], as_int(row["xid_pending"]))
        # A database that was restored elsewhere counts its transactions anew.
        if cursor.pending_xid is None or cursor.pending_xid > own:
            cursor.pending, cursor.pending_xid = newest, own
        return cursor

    def settle(self, horizon: int) -> None:
        """Every transaction before `horizon` has ended."""
        if self.pending is not None and self.pending_xid is not None and horizon >= self.pending_xid:
            self.safe = max(self.safe, self.pending)
            self.pending = self.pending_xid = None

    def pass_by(self, heard: Sequence[Heard]) -> bool:
        """These were the next rows that concern the consumer; whether the cursor moves."""
        before = self.after
        full = len(heard) == OUTBOX_ROWS_PER_PAGE
        self.after = heard[-1].id if full else max(self.after, self.safe)
        return self.after > before


def as_int(xid: str | None) -> int | None:
    return None if xid is None else int(xid)


def heard_of(row: Any) -> Heard:
    return Heard(
        row["id"], row["topic"], row["version"], row["subject"], row["organizer_id"], row["body"], row["told_at"]
    )
