"""Work: what a consumer has still to do with what it heard, with retries, away from its cursor.

Guarantees: an item is deleted in the transaction of what `handle` writes, so it takes effect once; items of one subject
keep their order; one that fails is retried with growing pauses and finally parked, which holds up only its own subject.
Nothing is dropped: parked subjects wait for an operator (`aforo outbox`).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import asyncpg

from engine.limits import (
    OUTBOX_PAGES_PER_STEP,
    WORK_ITEMS_PER_PAGE,
    WORK_RETRY_S,
    WORK_RETRY_S_MAX,
    WORK_TRIES_MAX,
)
from engine.outbox import sql
from engine.outbox.consume import Heard, heard_of
from engine.outbox.topics import Hearer
from engine.stores.batcher import store_is_away
from engine.stores.database import as_json

log = logging.getLogger(__name__)

# Handles some items, writing on this connection only; any of them may come again.
Handle = Callable[[asyncpg.Connection, Sequence[Heard]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Item:
    heard: Heard
    tries: int


class Work:
    def __init__(self, db: asyncpg.Pool, hearer: Hearer, handle: Handle) -> None:
        self._db = db
        self._consumer = hearer.name
        self._handle = handle

    async def put(self, connection: asyncpg.Connection, heard: Sequence[Heard]) -> None:
        """Copy what was heard: the `take` of a consumer."""
        await connection.execute(
            sql.PUT_WORK,
            self._consumer,
            [each.id for each in heard],
            [each.topic for each in heard],
            [each.version for each in heard],
            [each.subject for each in heard],
            [each.organizer for each in heard],
            [as_json(each.body) for each in heard],
            [each.told_at for each in heard],
        )

    async def step(self) -> int:
        """Do what is due, some pages of it; answers how many items were tried."""
        count = 0
        for _ in range(OUTBOX_PAGES_PER_STEP):
            some = await self._page()
            count += some
            if some == 0:
                break
        return count

    async def due_s(self) -> float | None:
        """Seconds until something is to be done; None when nothing is, or all of it is parked."""
        seconds: float | None = await self._db.fetchval(sql.WORK_DUE_S, self._consumer)
        return seconds

    async def _page(self) -> int:
        async with self._db.acquire() as connection, connection.transaction():
            rows = await connection.fetch(sql.DUE_WORK, self._consumer, WORK_ITEMS_PER_PAGE)
            items = [Item(heard_of(row), row["tries"]) for row in rows]
            if items:
                await self._do(connection, items)
            return len(items)

    async def _do(self, connection: asyncpg.Connection, items: Sequence[Item]) -> None:
        """All in one transaction; if that fails, one by one, so that only the failing ones are put off."""
        try:
            async with connection.transaction():
                await self._handle(connection, [each.heard for each in items])
            await connection.execute(sql.DONE_WORK, self._consumer, [each.heard.id for each in items])
        except Exception as fault:  # whatever failed concerns one subject only
            if store_is_away(fault):
                raise
            if len(items) == 1:
                await self._put_off(connection, items[0], fault)
            else:
                for each in items:
                    await self._do(connection, [each])

    async def _put_off(self, connection: asyncpg.Connection, item: Item, fault: Exception) -> None:
        tries = item.tries + 1
        parked = tries >= WORK_TRIES_MAX
        again_s = min(WORK_RETRY_S * 2**item.tries, WORK_RETRY_S_MAX)
        log.log(
            logging.ERROR if parked else logging.WARNING,
            "%s: %s %s failed, try %d%s",
            self._consumer,
            item.heard.topic,
            item.heard.id,
            tries,
            ", and is parked" if parked else "",
            exc_info=fault,
        )
        await connection.execute(
            sql.LATER_WORK, self._consumer, item.heard.id, type(fault).__name__, float(again_s), parked
        )
