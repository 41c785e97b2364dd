"""LettingGo: people whom nothing refers to any more are removed from the vault, a while after that began.

Owns vault_let_go, where a trigger notes who stops being referred to. Guarantees: nobody goes whom anything refers to
or may be about to. Whoever types them again holds their row and is left alone, or comes later and is somebody new; who
read them before refers to them in far fewer days. Steps are bounded, may be repeated, cut or run twice at once.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import asyncpg

from engine.context import Refers
from engine.ids import new_id
from engine.limits import (
    LET_GO_KEPT_DAYS,
    LET_GO_PER_STEP_MAX,
    LET_GO_PER_WRITE,
    LOOKED_OVER_PER_STEP_MAX,
)
from engine.vault import sql

log = logging.getLogger(__name__)


class LettingGo:
    def __init__(self, db: asyncpg.Pool, refers: Sequence[Refers]) -> None:
        """`refers` is what each context says: whom of some people it refers to."""
        self._db = db
        self._refers = refers
        self._looked_over = new_id("prs")  # anywhere among them: workers come and go

    async def step(self) -> int:
        """Remove whom nothing has referred to for long enough; answers how many."""
        count = seen = 0
        while seen < LET_GO_PER_STEP_MAX:
            removed, some = await self._some()
            count, seen = count + removed, seen + some
            if some == 0:
                break
        if count:
            log.info("%d people whom nothing referred to are removed from the vault", count)
        return count

    async def due_s(self) -> float | None:
        return 0.0 if await self._db.fetchval(sql.IS_LET_GO_DUE, LET_GO_KEPT_DAYS) else None

    async def _some(self) -> tuple[int, int]:
        """How many were removed, and of how many it is known now."""
        async with self._db.acquire() as connection, connection.transaction():
            noted = await connection.fetch(sql.LET_GO, LET_GO_KEPT_DAYS, LET_GO_PER_WRITE)
            if not noted:
                return 0, 0
            people = list({row["person_id"] for row in noted})
            rows = await connection.fetch(sql.LOCK_LET_GO, people)
            # Each statement from here on sees whatever was committed before the locks were taken.
            needed = await self._needed(connection, rows)
            lately = {row[0] for row in await connection.fetch(sql.LATELY_LET_GO, people, LET_GO_KEPT_DAYS)}
            gone = [row["id"] for row in rows if row["id"] not in needed | lately]
            await connection.execute(sql.REMOVE, gone)
            held = {row[0] for row in await connection.fetch(sql.STILL_THERE, people)} - {row["id"] for row in rows}
            seen = [row["number"] for row in noted if row["person_id"] not in held]
            await connection.execute(sql.SEEN, seen)
        return len(gone), len(seen)

    async def _needed(self, connection: asyncpg.Connection, rows: Sequence[asyncpg.Record]) -> set[str]:
        people, buyers = [row["id"] for row in rows], [row["buyer_id"] for row in rows]
        return set[str]().union(*[await refers(connection, people, buyers) for refers in self._refers])

    async def look_over(self) -> int:
        """Look at some people, whatever was noted of them; whom nothing refers to is noted now. Answers how many."""
        async with self._db.acquire() as connection:
            rows = await connection.fetch(
                sql.LOOKED_OVER, self._looked_over, LET_GO_KEPT_DAYS, LOOKED_OVER_PER_STEP_MAX
            )
            self._looked_over = rows[-1]["id"] if len(rows) == LOOKED_OVER_PER_STEP_MAX else ""
            needed = await self._needed(connection, rows)
            lost = [row["id"] for row in rows if row["id"] not in needed]
            done: str = await connection.execute(sql.NOTE_LET_GO, lost)
        return int(done.rsplit(maxsplit=1)[-1])
