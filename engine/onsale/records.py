"""What the sale table keeps of a running sale: hand switches, the draw, the checkpoint of its room.

Owns: the SQL of this context. Guarantees: a draw is written once, an opening keeps its first instant, and nobody opens
a sale by a row that was changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from engine.catalog import Steering
from engine.catalog.model import RoomPlan
from engine.stores.commits import Commits, read_commits
from engine.stores.keys import SaleKeys

# Carts of a closed sale may still be bought until their own deadline.
LIVE_AFTER_CLOSE = timedelta(hours=25)

COLUMNS = """
SELECT id, lobby_at, opens_at, closes_at, opened_at, closed_at, paused, steered, room, draw_secret, draw_places,
       draw_digest, epoch, checkpoint, key_layout
FROM sale
"""
# What the epoch says of a sale that is over: its keys are being removed; Redis has forgotten it.
LEAVING, AWAY = "~", "-"
LIVE = COLUMNS + "WHERE closes_at > $1 AND epoch NOT IN ('~', '-')"
LIVE_LAYOUTS = "SELECT id, key_layout FROM sale WHERE closes_at > $1 AND epoch NOT IN ('~', '-')"
SOME = COLUMNS + "WHERE id = ANY ($1::text[])"
# A row says which transaction wrote it, in 32 bits that begin anew: half of all numbers lie ahead, and half behind.
WRITTEN_SINCE = COLUMNS + "WHERE closes_at > $1 AND ((xmin::text::bigint - $2) & 4294967295) < 2147483648"
ONE = COLUMNS + "WHERE id = $1"
OPENED = """
UPDATE sale SET draw_places = coalesce(draw_places, $3), draw_digest = coalesce(draw_digest, $4),
                opened_at = coalesce(opened_at, $5)
WHERE id = $1 AND steered = $2 RETURNING draw_places, draw_digest, steered
"""
PUBLISHED = "UPDATE sale SET epoch = $2 WHERE id = $1 AND epoch = ''"
# Numbers only grow: a keeper that lost its lease and does not know it yet writes nothing.
CHECKPOINT = """
UPDATE sale SET checkpoint = $2, epoch = $3 WHERE id = $1 AND coalesce((checkpoint->>'tail')::bigint, 0) <= $4
"""
# An order that Redis has not been told of yet keeps its sale there.
READ_OVER = """
SELECT id, epoch, draw_places, key_layout FROM sale s
WHERE epoch <> '-' AND kind <> 'rehearsal' AND (closed_at IS NOT NULL OR closes_at <= $1)
  AND NOT EXISTS (SELECT FROM orders o WHERE o.sale_id = s.id AND o.settled_at IS NULL)
ORDER BY closes_at, id LIMIT $2
"""
WRITE_LEAVING = """
UPDATE sale s SET epoch = '~'
WHERE id = $1 AND epoch = $2 AND (closed_at IS NOT NULL OR closes_at <= $3)
  AND NOT EXISTS (SELECT FROM orders o WHERE o.sale_id = s.id AND o.settled_at IS NULL)
RETURNING id
"""
WRITE_AWAY = "UPDATE sale SET epoch = '-' WHERE id = $1 AND epoch = '~'"
LAID_OUT_AS = "SELECT id FROM sale WHERE key_layout = ANY ($1::text[]) LIMIT $2"
LAID_OUT = "UPDATE sale SET key_layout = $2 WHERE id = $1"
REBUILT = "UPDATE sale SET epoch = $2, checkpoint = checkpoint || $3 WHERE id = $1"


class UnknownSale(Exception):
    """There is no such sale in Postgres."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The counters of a room, for the day Redis loses them."""

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
    """One sale as its row has it."""

    id: str
    steering: Steering
    steered: int  # how often that changed
    room: RoomPlan | None
    draw_secret: bytes
    draw_places: int | None
    draw_digest: str
    epoch: str
    checkpoint: Checkpoint
    key_layout: str

    @property
    def keys(self) -> SaleKeys:
        return SaleKeys(self.id, self.key_layout)

    @property
    def away(self) -> bool:
        """Over, and Redis need not know it: what asks for it has it rebuilt."""
        return self.epoch in (LEAVING, AWAY)


@dataclass(frozen=True, slots=True)
class Over:
    """A sale that is over and still in Redis."""

    id: str
    epoch: str
    drawn: bool
    key_layout: str

    @property
    def leaving(self) -> bool:
        """Whoever began to remove it did not finish."""
        return self.epoch == LEAVING


class Records:
    """The rows of running sales."""

    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db

    async def live(self, now: datetime) -> list[SaleRecord]:
        """Every sale that is not over for good."""
        return [record_of(row) for row in await self._db.fetch(LIVE, now - LIVE_AFTER_CLOSE)]

    async def live_layouts(self, now: datetime) -> dict[str, str]:
        """Every such sale, and the layout of its keys."""
        return {row["id"]: row["key_layout"] for row in await self._db.fetch(LIVE_LAYOUTS, now - LIVE_AFTER_CLOSE)}

    async def some(self, sale_ids: Collection[str]) -> list[SaleRecord]:
        return [record_of(row) for row in await self._db.fetch(SOME, list(sale_ids))] if sale_ids else []

    async def commits(self) -> Commits:
        return await read_commits(self._db)

    async def written_since(self, before: Commits, now: datetime) -> list[SaleRecord]:
        """Rows of sales, also of those that were put away, that were written since then or little before."""
        return [
            record_of(row) for row in await self._db.fetch(WRITTEN_SINCE, now - LIVE_AFTER_CLOSE, before.all_before)
        ]

    async def one(self, sale_id: str) -> SaleRecord | None:
        row = await self._db.fetchrow(ONE, sale_id)
        return None if row is None else record_of(row)

    async def over(self, now: datetime, sales_max: int) -> list[Over]:
        """Sales that are over, settled, and not put away; those that ended first come first."""
        rows = await self._db.fetch(READ_OVER, now, sales_max)
        return [Over(row["id"], row["epoch"], bool(row["draw_places"]), row["key_layout"]) for row in rows]

    async def write_leaving(self, sale_id: str, epoch: str, now: datetime) -> bool:
        """Begin to put a sale away; False when it is not over any more, or was rebuilt meanwhile."""
        return await self._db.fetchval(WRITE_LEAVING, sale_id, epoch, now) is not None

    async def write_away(self, sale_id: str) -> None:
        await self._db.execute(WRITE_AWAY, sale_id)

    async def write_opened(
        self, record: SaleRecord, places: int, digest: str, now: datetime
    ) -> tuple[int, str, int] | None:
        """Keep the draw and the instant, of which the first ones stay; answers the draw and how often the sale was
        steered by now. None when it was steered since its row was read, and may not have to open.
        """
        row = await self._db.fetchrow(OPENED, record.id, record.steered, places, digest, now)
        return None if row is None else (row["draw_places"], row["draw_digest"], row["steered"])

    async def write_published(self, sale_id: str, epoch: str) -> None:
        """Note the first epoch: from now on a sale that Redis does not know is a lost one."""
        await self._db.execute(PUBLISHED, sale_id, epoch)

    async def write_checkpoint(self, sale_id: str, checkpoint: Checkpoint) -> None:
        said = {name: getattr(checkpoint, name) for name in Checkpoint.__slots__}
        await self._db.execute(CHECKPOINT, sale_id, said, checkpoint.epoch, checkpoint.tail)

    async def laid_out_as(self, layouts: Collection[str], sales_max: int) -> list[str]:
        """Sales whose keys have one of these layouts."""
        return [row["id"] for row in await self._db.fetch(LAID_OUT_AS, list(layouts), sales_max)]

    async def write_key_layout(self, sale_id: str, layout: str) -> None:
        await self._db.execute(LAID_OUT, sale_id, layout)

    async def write_rebuilt(self, sale_id: str, epoch: str) -> None:
        """The counters stay until the keeper's next step; the sequence begins anew."""
        await self._db.execute(REBUILT, sale_id, epoch, {"epoch": epoch, "seq": 0})


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
        room=RoomPlan(**row["room"]) if row["room"] else None,
        draw_secret=row["draw_secret"],
        draw_places=row["draw_places"],
        draw_digest=row["draw_digest"] or "",
        epoch=row["epoch"],
        key_layout=row["key_layout"],
        checkpoint=Checkpoint(**{name: value for name, value in row["checkpoint"].items() if name in known}),
    )
