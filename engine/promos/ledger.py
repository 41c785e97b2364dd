"""The ledgers of who was told something on which day, in Redis, and claims on their way to Postgres.

Owns lua/promos/notices_claim. Derived: what Postgres knows of notices can be written again. Guarantees: each claim is
one atomic step, and pending until Postgres has it. Answers `Lost` while the audience is not there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

import asyncpg

from engine import limits
from engine.people import Point
from engine.promos import sql
from engine.segments import LOST, Audience, Lost, as_units, cells_around, set_bits
from engine.stores.scripts import call, pack, script, unpack

FIRST_DAY_BEFORE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class ClaimAsk:
    """Claim notices of a window around a point; `cell` and `entry` say where to go on."""

    id: str
    centre: Point
    radius_m: int
    segments: tuple[int, ...]
    organizer_id: str  # of whose people
    days: Mapping[date, tuple[int, ...]]  # local day → numbers of the zones that have it
    cells: tuple[int, ...]
    cell: int = 1
    entry: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    numbers: Mapping[date, tuple[int, ...]]
    eligible: int
    next_cell: int  # 0: every cell was looked at
    next_entry: int


class Ledger:
    def __init__(self, db: asyncpg.Pool, audience: Audience) -> None:
        self._db = db
        self._redis = audience.redis
        self._keys = audience.keys

    # ── who is told ──

    async def claim(self, ask: ClaimAsk) -> Claim | Lost:
        """Claim for those in some of the cells; repeating an id that still waits for Postgres answers the same."""
        days = list(ask.days)
        day_of_zone = {zone: at for at, day in enumerate(days, start=1) for zone in ask.days[day]}
        keys = [
            self._keys.ready,
            self._keys.where,
            self._keys.told(ask.organizer_id),
            self._keys.pending,
            *map(self._keys.segment, ask.segments),
            *map(self._keys.day, days),
            *map(self._keys.cell, ask.cells),
        ]
        packed = pack(
            (
                ask.id,
                as_units(ask.centre.latitude),
                as_units(ask.centre.longitude),
                ask.radius_m,
                len(ask.segments),
                len(days),
                day_of_zone,
                ask.cell,
                ask.entry,
                limits.NOTICES_PER_CLAIM_MAX,
                limits.NOTICE_LEDGER_KEPT_MS,
            )
        )
        verdict, numbers, eligible, next_cell, next_entry = unpack(
            await call(self._redis, script("promos/notices_claim"), keys, [packed])
        )
        if verdict == "lost":
            return LOST
        by_day = {day: tuple(sorted(some)) for day, some in zip(days, numbers, strict=True) if some}
        return Claim(by_day, int(eligible), int(next_cell), int(next_entry))

    async def pending(self) -> list[str]:
        """Claims that Postgres may not have yet."""
        return [name.decode() for name in cast("list[bytes]", await self._redis.hkeys(self._keys.pending))]

    async def pending_numbers(self, claim: str) -> list[list[int]]:
        """The numbers of a pending claim, a list per day of its ask; empty when it is not pending any more."""
        packed = cast("bytes | None", await self._redis.hget(self._keys.pending, claim))
        return [] if packed is None else [list(numbers) for numbers in unpack(packed)[1]]

    async def confirm(self, claim: str) -> None:
        """Postgres has the claim."""
        await self._redis.hdel(self._keys.pending, claim)

    # ── building ──

    async def build(self, now: datetime) -> None:
        """Write the ledgers that still matter, before anything is claimed by them."""
        for day, bitmap in (await self.told(now)).items():
            await self._add_to_day(self._keys.day(day), bytes(bitmap))

    async def _add_to_day(self, key: str, bitmap: bytes) -> None:
        """A day's ledger keeps what it has: a claim may be on its way to Postgres."""
        beside = f"{key}:built"
        pipe = self._redis.pipeline(transaction=False)
        pipe.set(beside, bitmap, px=limits.NOTICE_LEDGER_KEPT_MS)
        # By its name: the client blocks `bitop` in a pipeline on a cluster; the keys share a slot, so it works.
        pipe.execute_command("BITOP", "OR", key, key, beside)
        pipe.pexpire(key, limits.NOTICE_LEDGER_KEPT_MS)
        pipe.delete(beside)
        await pipe.execute()

    async def told(self, now: datetime) -> dict[date, bytearray]:
        """The day ledgers that still matter, as Postgres has them."""
        first = (now - FIRST_DAY_BEFORE).date()
        ledgers: dict[date, bytearray] = defaultdict(bytearray)
        day, number = first, -1
        while rows := await self._db.fetch(sql.TOLD, first, day, number, limits.PERSONS_PER_COPY):
            for row in rows:
                set_bits(ledgers[row["day"]], (row["number"],))
            day, number = rows[-1]["day"], rows[-1]["number"]
        return ledgers


def cells_of(centre: Point, radius_m: int) -> list[tuple[int, ...]]:
    """The cells around a point, in runs that one call may look at."""
    cells = cells_around(centre, radius_m)
    return [tuple(cells[at : at + limits.CLAIM_CELLS_MAX]) for at in range(0, len(cells), limits.CLAIM_CELLS_MAX)]
