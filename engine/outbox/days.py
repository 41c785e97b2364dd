"""Days: the outbox has a partition per day (UTC), made ahead and dropped when nobody needs it.

Guarantees: a row whose day has no partition goes into the default one; a day is dropped only when it is old and every
consumer has passed it. Waits for locks are short, so that writers don't queue up behind them.
"""

from __future__ import annotations

import logging
from datetime import date, timedelta

import asyncpg

from engine.limits import OUTBOX_DAYS_AHEAD, OUTBOX_KEPT_DAYS, ROWS_PER_DELETE_MAX
from engine.outbox import sql
from engine.stores.turns import take_turn

log = logging.getLogger(__name__)

LOCK_TIMEOUT = "500ms"
PREFIX = "outbox_told_"
TURN = "outbox days"


class Days:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db

    async def step(self) -> None:
        """Make the days to come, and drop those that are done with."""
        today: date = await self._db.fetchval(sql.TODAY)
        have = {day_of(row["name"]) for row in await self._db.fetch(sql.DAYS)}
        for ahead in range(OUTBOX_DAYS_AHEAD + 1):
            day = today + timedelta(days=ahead)
            if day not in have:
                await self._make(day)
        oldest = today - timedelta(days=OUTBOX_KEPT_DAYS)
        for day in sorted(have):
            if day < oldest:
                await self._drop(day)
        while await self._db.execute(sql.FORGET_STRAYED, oldest, ROWS_PER_DELETE_MAX) != "DELETE 0":
            pass

    async def _make(self, day: date) -> None:
        name, next_day = name_of(day), day + timedelta(days=1)
        async with self._db.acquire() as connection, connection.transaction():
            await connection.execute(sql.LOCK_TIMEOUT, LOCK_TIMEOUT)
            await take_turn(connection, TURN)
            made = await connection.fetch(sql.DAYS)
            # Rows of a day that had no partition in time stay where they are.
            if name in {row["name"] for row in made} or await connection.fetchval(sql.STRAYED, day):
                return
            await connection.execute(await connection.fetchval(sql.MAKE_DAY, name, day, next_day))

    async def _drop(self, day: date) -> None:
        name = name_of(day)
        async with self._db.acquire() as connection, connection.transaction():
            await connection.execute(sql.LOCK_TIMEOUT, LOCK_TIMEOUT)
            await take_turn(connection, TURN)
            newest = await connection.fetchval(sql.NEWEST_OF_DAY, day)
            passed = await connection.fetchval(sql.OLDEST_CURSOR)
            if newest is None or (passed is not None and newest <= passed):
                await connection.execute(await connection.fetchval(sql.DROP_DAY, name))
            else:
                log.warning("%s stays: a consumer has not passed it", name)


def name_of(day: date) -> str:
    return f"{PREFIX}{day:%Y%m%d}"


def day_of(name: str) -> date:
    return date.fromisoformat(name.removeprefix(PREFIX))
