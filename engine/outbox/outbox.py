"""Outbox: how far its consumers are, its days, and what operators look at and set going again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from engine.limits import PARKED_SHOWN_MAX
from engine.outbox import sql
from engine.outbox.days import Days


@dataclass(frozen=True, slots=True)
class CursorView:
    consumer: str
    behind: int  # ids not passed yet; a few may belong to transactions that rolled back
    lag_s: float  # since the first of those was told
    waiting: int
    parked: int  # subjects
    oldest_work_s: float  # since what waits for longest was told


@dataclass(frozen=True, slots=True)
class ParkedView:
    consumer: str
    subject: str
    topic: str
    tries: int
    fault: str
    parked_at: datetime


class Outbox:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db
        self.days = Days(db)

    async def cursors(self) -> list[CursorView]:
        newest = await self._db.fetchval(sql.NEWEST)
        return [
            CursorView(
                consumer=row["consumer"],
                behind=newest - row["id_after"],
                lag_s=max(0.0, row["lag_s"] or 0.0),
                waiting=row["waiting"],
                parked=row["parked"],
                oldest_work_s=max(0.0, row["oldest_work_s"] or 0.0),
            )
            for row in await self._db.fetch(sql.CURSORS)
        ]

    async def parked(self) -> list[ParkedView]:
        rows = await self._db.fetch(sql.PARKED_WORK, PARKED_SHOWN_MAX)
        return [
            ParkedView(row["consumer"], row["subject"], row["topic"], row["tries"], row["fault"], row["parked_at"])
            for row in rows
        ]

    async def retry(self, consumer: str, subject: str) -> bool:
        """Try a parked subject again at once; False when it is not parked."""
        return await self._db.fetchval(sql.UNPARK_WORK, consumer, subject) is not None
