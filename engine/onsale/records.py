"""What Postgres knows of running sales: their runs, which are ours, beside their times and switches, which are not.

Owns: the SQL of this context. Guarantees: a draw is written once, an opening keeps its first instant, and nobody opens
a sale by a row that was changed meanwhile; nor is a sale put away while orders of it are being written.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import asyncpg

from engine.catalog import Steering, note_opened, stock_number
from engine.catalog.model import RoomPlan
from engine.stores.commits import Commits, read_commits
from engine.stores.keys import SaleKeys

# Carts of a closed sale may still be bought until their own deadline.
LIVE_AFTER_CLOSE = timedelta(hours=25)

COLUMNS = """
SELECT s.id, s.lobby_at, s.opens_at, s.closes_at, s.opened_at, s.closed_at, s.paused, s.steered, s.room, s.draw_secret,
       s.event_revision, r.draw_places, r.draw_digest, r.epoch, r.checkpoint, r.leaving_at IS NOT NULL AS away,
       r.key_layout
FROM sale_steering s JOIN sale_run r ON r.sale_id = s.id
"""
LIVE = COLUMNS + "WHERE s.closes_at > $1 AND r.leaving_at IS NULL"
LIVE_LAYOUTS = """
SELECT s.id, r.key_layout FROM sale_steering s JOIN sale_run r ON r.sale_id = s.id
WHERE s.closes_at > $1 AND r.leaving_at IS NULL ORDER BY s.opens_at, s.id
"""
SOME = COLUMNS + "WHERE s.id = ANY ($1::text[])"
# A row says which transaction wrote it, in 32 bits that begin anew: half of all numbers lie ahead, and half behind.
WRITTEN_SINCE = """
SELECT id FROM sale_steering WHERE closes_at > $1 AND ((written_by::text::bigint - $2) & 4294967295) < 2147483648
UNION
SELECT sale_id FROM sale_run WHERE away_at IS NULL AND ((xmin::text::bigint - $2) & 4294967295) < 2147483648
"""
ONE = COLUMNS + "WHERE s.id = $1"
DRAWN = """
UPDATE sale_run SET draw_places = coalesce(draw_places, $2), draw_digest = coalesce(draw_digest, $3)
WHERE sale_id = $1 RETURNING draw_places, draw_digest
"""

# The release before writes the row of a sale, from where a trigger writes its run; another trigger goes the other way.
# Everybody locks the row of the sale first, so that the two can't deadlock.
PUBLISHED = """
WITH s AS MATERIALIZED (SELECT id FROM sale_steering WHERE id = $1 FOR NO KEY UPDATE)
UPDATE sale_run SET epoch = $2 FROM s WHERE sale_id = s.id AND epoch = '' AND leaving_at IS NULL
"""
# Numbers only grow: a keeper that lost its lease and does not know it yet writes nothing.
CHECKPOINT = """
WITH s AS MATERIALIZED (SELECT id FROM sale_steering WHERE id = $1 FOR NO KEY UPDATE)
UPDATE sale_run SET checkpoint = $2, epoch = $3 FROM s
WHERE sale_id = s.id AND leaving_at IS NULL AND coalesce((checkpoint->>'tail')::bigint, 0) <= $4
"""
LAID_OUT = """
WITH s AS MATERIALIZED (SELECT id FROM sale_steering WHERE id = $1 FOR NO KEY UPDATE)
UPDATE sale_run SET key_layout = $2 FROM s WHERE sale_id = s.id
"""
REBUILT = """
WITH s AS MATERIALIZED (SELECT id FROM sale_steering WHERE id = $1 FOR NO KEY UPDATE)
UPDATE sale_run SET epoch = $2, checkpoint = checkpoint || $3, leaving_at = NULL, away_at = NULL FROM s
WHERE sale_id = s.id
"""
WRITE_AWAY = """
WITH s AS MATERIALIZED (SELECT id FROM sale_steering WHERE id = $1 FOR NO KEY UPDATE)
UPDATE sale_run SET away_at = now() FROM s WHERE sale_id = s.id AND leaving_at IS NOT NULL
"""

READ_OVER = """
SELECT s.id, r.epoch, r.leaving_at IS NOT NULL AS leaving, r.draw_places, r.key_layout
FROM sale_steering s JOIN sale_run r ON r.sale_id = s.id
WHERE r.away_at IS NULL AND s.kind <> 'rehearsal' AND (s.closed_at IS NOT NULL OR s.closes_at <= $1)
ORDER BY s.closes_at, s.id LIMIT $2
"""
# A lock that no foreign key passes: orders of the sale that are being written end first, and later ones wait.
LOCK_OVER = "SELECT id FROM sale_steering WHERE id = $1 AND (closed_at IS NOT NULL OR closes_at <= $2) FOR UPDATE"
WRITE_LEAVING = """
UPDATE sale_run SET leaving_at = now() WHERE sale_id = $1 AND epoch = $2 AND leaving_at IS NULL RETURNING sale_id
"""
# A rebuild writes its epoch, and looks after that whether what it read of the stock has changed.
OF_EPOCH = "SELECT epoch = $2 FROM sale_run WHERE sale_id = $1 FOR KEY SHARE"
IS_LEAVING = """
SELECT 1 FROM sale_steering s JOIN sale_run r ON r.sale_id = s.id
WHERE s.id = $1 AND r.leaving_at IS NOT NULL AND (s.closed_at IS NOT NULL OR s.closes_at <= $2)
"""
GOING_ON = """
SELECT s.id FROM sale_steering s JOIN sale_run r ON r.sale_id = s.id
WHERE r.leaving_at IS NOT NULL AND s.closed_at IS NULL AND s.closes_at > $1 ORDER BY s.closes_at, s.id LIMIT $2
"""
LAID_OUT_AS = "SELECT sale_id FROM sale_run WHERE key_layout = ANY ($1::text[]) LIMIT $2"


class Unsettled(Protocol):
    """What whoever sells answers: of which of these sales Redis has not been told yet how all orders ended."""

    async def __call__(self, db: asyncpg.Pool | asyncpg.Connection, sale_ids: Collection[str]) -> Collection[str]: ...


class UnknownSale(Exception):
    """There is no such sale in Postgres."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The counters of a room, in case Redis loses them."""

    epoch: str = ""
    seq: int = 0
    tail: int = 0
    serving: int = 0
    inside: int = 0  # shopping, or called and still to come
    digest: str = ""
    gap_from: int = 0
    gap_to: int = 0
    joins_per_s_max: float = 0.0  # the busiest stretch so far
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class SaleRecord:
    """One sale as its rows have it."""

    id: str
    steering: Steering
    steered: int  # how often that changed
    revision: int  # how often its event changed
    room: RoomPlan | None
    draw_secret: bytes
    draw_places: int | None
    draw_digest: str
    epoch: str
    checkpoint: Checkpoint
    away: bool  # over, and Redis need not know it: what asks for it has it rebuilt
    key_layout: str

    @property
    def keys(self) -> SaleKeys:
        return SaleKeys(self.id, self.key_layout)


@dataclass(frozen=True, slots=True)
class Over:
    """A sale that is over and still in Redis."""

    id: str
    epoch: str
    leaving: bool  # whoever began to remove it did not finish
    drawn: bool
    key_layout: str


class Records:
    """The runs of sales."""

    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db

    async def live(self, now: datetime) -> list[SaleRecord]:
        """Every sale that is not over for good."""
        return [record_of(row) for row in await self._db.fetch(LIVE, now - LIVE_AFTER_CLOSE)]

    async def live_layouts(self, now: datetime) -> dict[str, str]:
        """Every such sale, those that open first before the others, and the layout of its keys."""
        return {row["id"]: row["key_layout"] for row in await self._db.fetch(LIVE_LAYOUTS, now - LIVE_AFTER_CLOSE)}

    async def some(self, sale_ids: Collection[str]) -> list[SaleRecord]:
        return [record_of(row) for row in await self._db.fetch(SOME, list(sale_ids))] if sale_ids else []

    async def commits(self) -> Commits:
        return await read_commits(self._db)

    async def written_since(self, before: Commits, now: datetime) -> list[SaleRecord]:
        """Sales whose rows were written since then or little before, also those that are about to be put away."""
        rows = await self._db.fetch(WRITTEN_SINCE, now - LIVE_AFTER_CLOSE, before.all_before)
        return await self.some([row["id"] for row in rows])

    async def one(self, sale_id: str) -> SaleRecord | None:
        row = await self._db.fetchrow(ONE, sale_id)
        return None if row is None else record_of(row)

    async def over(self, now: datetime, sales_max: int, unsettled: Unsettled) -> list[Over]:
        """Sales that are over, settled, and not put away; those that ended first come first."""
        rows = await self._db.fetch(READ_OVER, now, sales_max)
        kept = await unsettled(self._db, [row["id"] for row in rows]) if rows else ()
        return [
            Over(row["id"], row["epoch"], row["leaving"], bool(row["draw_places"]), row["key_layout"])
            for row in rows
            if row["id"] not in kept
        ]

    async def write_leaving(self, sale_id: str, epoch: str, now: datetime, unsettled: Unsettled) -> bool:
        """Begin to put a sale away; False when it is not over any more, has such orders, or was rebuilt meanwhile."""
        async with self._db.acquire() as connection, connection.transaction():
            if await connection.fetchval(LOCK_OVER, sale_id, now) is None or await unsettled(connection, [sale_id]):
                return False
            return await connection.fetchval(WRITE_LEAVING, sale_id, epoch) is not None

    async def is_leaving(self, sale_id: str, now: datetime) -> bool:
        """Whether somebody began to put it away, and it is over still."""
        return await self._db.fetchval(IS_LEAVING, sale_id, now) is not None

    async def going_on(self, now: datetime, sales_max: int) -> list[str]:
        """Sales that were put away, or nearly, and are not over any more."""
        return [row["id"] for row in await self._db.fetch(GOING_ON, now, sales_max)]

    async def write_away(self, sale_id: str) -> None:
        await self._db.execute(WRITE_AWAY, sale_id)

    async def write_opened(
        self, record: SaleRecord, places: int, digest: str, now: datetime
    ) -> tuple[int, str, int] | None:
        """Keep the draw and the instant, of which the first ones stay; answers the draw and how often the sale was
        steered by now. None when it was steered since its row was read, and may not have to open.
        """
        async with self._db.acquire() as connection, connection.transaction():
            steered = await note_opened(connection, record.id, record.steered, now)
            if steered is None:
                return None
            row = await connection.fetchrow(DRAWN, record.id, places, digest)
            return row["draw_places"], row["draw_digest"], steered

    async def write_published(self, sale_id: str, epoch: str) -> None:
        """Note the first epoch: from now on a sale that Redis does not know is a lost one."""
        await self._db.execute(PUBLISHED, sale_id, epoch)

    async def write_checkpoint(self, sale_id: str, checkpoint: Checkpoint) -> None:
        said = {name: getattr(checkpoint, name) for name in Checkpoint.__slots__}
        await self._db.execute(CHECKPOINT, sale_id, said, checkpoint.epoch, checkpoint.tail)

    async def laid_out_as(self, layouts: Collection[str], sales_max: int) -> list[str]:
        """Sales whose keys have one of these layouts."""
        return [row["sale_id"] for row in await self._db.fetch(LAID_OUT_AS, list(layouts), sales_max)]

    async def write_key_layout(self, sale_id: str, layout: str) -> None:
        await self._db.execute(LAID_OUT, sale_id, layout)

    async def stock(self, sale_id: str) -> int:
        """The number of the newest change of what it has to sell."""
        return await stock_number(self._db, sale_id)

    async def write_rebuilt(self, sale_id: str, epoch: str) -> None:
        """The counters stay until the keeper's next step; the sequence begins anew."""
        await self._db.execute(REBUILT, sale_id, epoch, {"epoch": epoch, "seq": 0})


async def is_of_epoch(connection: asyncpg.Connection, sale_id: str, epoch: str) -> bool:
    """Whether the sale was not rebuilt since, nor will be noted to be before the transaction ends."""
    return bool(await connection.fetchval(OF_EPOCH, sale_id, epoch))


def record_of(row: Any) -> SaleRecord:
    known = set(Checkpoint.__slots__)
    return SaleRecord(
        id=row["id"],
        steering=Steering(
            lobby_at=row["lobby_at"],
            opens_at=row["opens_at"],
            closes_at=row["closes_at"],
            opened_at=row["opened_at"],
            paused=row["paused"],
            closed_at=row["closed_at"],
        ),
        steered=row["steered"],
        revision=row["event_revision"],
        room=RoomPlan(**row["room"]) if row["room"] else None,
        draw_secret=row["draw_secret"],
        draw_places=row["draw_places"],
        draw_digest=row["draw_digest"] or "",
        epoch=row["epoch"],
        away=row["away"],
        key_layout=row["key_layout"],
        checkpoint=Checkpoint(**{name: value for name, value in row["checkpoint"].items() if name in known}),
    )
