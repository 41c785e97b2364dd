"""What the sale table keeps of a running sale: hand switches, the draw, the checkpoint of its room.

Owns: the SQL of this context. Guarantees: a draw is written once, and an opening keeps its first instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from engine.onsale.model import RoomPlan
from engine.onsale.schedule import Steering

# Carts of a closed sale may still be bought until their own deadline.
LIVE_AFTER_CLOSE = timedelta(hours=25)

COLUMNS = """
SELECT id, lobby_at, opens_at, closes_at, opened_at, closed_at, paused, room, draw_secret, draw_places, draw_digest,
       epoch, checkpoint
FROM sale
"""
LIVE = COLUMNS + "WHERE closes_at > $1"
ONE = COLUMNS + "WHERE id = $1"
DRAW = """
UPDATE sale SET draw_places = coalesce(draw_places, $2), draw_digest = coalesce(draw_digest, $3)
WHERE id = $1 RETURNING draw_places, draw_digest
"""
OPENED = "UPDATE sale SET opened_at = coalesce(opened_at, $2) WHERE id = $1"
PUBLISHED = "UPDATE sale SET epoch = $2 WHERE id = $1 AND epoch = ''"
# Numbers only grow: a keeper that lost its lease and does not know it yet writes nothing.
CHECKPOINT = """
UPDATE sale SET checkpoint = $2, epoch = $3 WHERE id = $1 AND coalesce((checkpoint->>'tail')::bigint, 0) <= $4
"""
REBUILT = "UPDATE sale SET epoch = $2, checkpoint = checkpoint || $3 WHERE id = $1"


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
    room: RoomPlan | None
    draw_secret: bytes
    draw_places: int | None
    draw_digest: str
    epoch: str
    checkpoint: Checkpoint


class Records:
    """The rows of running sales."""

    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db

    async def live(self, now: datetime) -> list[SaleRecord]:
        """Every sale that is not over for good."""
        return [record_of(row) for row in await self._db.fetch(LIVE, now - LIVE_AFTER_CLOSE)]

    async def one(self, sale_id: str) -> SaleRecord | None:
        row = await self._db.fetchrow(ONE, sale_id)
        return None if row is None else record_of(row)

    async def write_draw(self, sale_id: str, places: int, digest: str) -> tuple[int, str]:
        """Keep the draw; the first one stays, and is answered."""
        row = await self._db.fetchrow(DRAW, sale_id, places, digest)
        assert row is not None, "a sale is never deleted"
        return row["draw_places"], row["draw_digest"]

    async def write_opened(self, sale_id: str, now: datetime) -> None:
        await self._db.execute(OPENED, sale_id, now)

    async def write_published(self, sale_id: str, epoch: str) -> None:
        """Note the first epoch: from now on a sale that Redis does not know is a lost one."""
        await self._db.execute(PUBLISHED, sale_id, epoch)

    async def write_checkpoint(self, sale_id: str, checkpoint: Checkpoint) -> None:
        said = {name: getattr(checkpoint, name) for name in Checkpoint.__slots__}
        await self._db.execute(CHECKPOINT, sale_id, said, checkpoint.epoch, checkpoint.tail)

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
        room=RoomPlan(**row["room"]) if row["room"] else None,
        draw_secret=row["draw_secret"],
        draw_places=row["draw_places"],
        draw_digest=row["draw_digest"] or "",
        epoch=row["epoch"],
        checkpoint=Checkpoint(**{name: value for name, value in row["checkpoint"].items() if name in known}),
    )
