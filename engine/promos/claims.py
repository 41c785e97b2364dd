"""Claims notices for everybody a window is for: first in Redis, then durably in Postgres, then confirmed in Redis.

Guarantees: at most one notice per person and local day, despite competing windows, repeats and crashes: a claim stays
pending in Redis until Postgres has it, and the primary key of notice decides. Fails as the stores do; run it again to
continue.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from engine.limits import CLAIMS_PER_COMMIT_MAX, CLAIMS_WRITTEN_AT_ONCE_MAX
from engine.people import Point, read_zones
from engine.promos import sql
from engine.promos.days import days_by_zone
from engine.promos.ledger import ClaimAsk, Ledger, cells_of
from engine.segments import Audience, Lost
from engine.stores.batcher import Batcher

# Told before each step; tests kill the process in it.
Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Activation:
    """What of a window decides who is told; `at` is the instant whose local days count."""

    window: int
    store: Point
    radius_m: int
    segments: tuple[int, ...]
    at: datetime
    organizer_id: str


@dataclass(frozen=True, slots=True)
class Claimed:
    eligible: int
    claimed: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A claim to be written to Postgres."""

    window: int
    id: str
    numbers: Mapping[date, tuple[int, ...]]


class AudienceLost(Exception):
    """Redis lost the audience; it is being built again."""


class Claims:
    def __init__(self, db: asyncpg.Pool, audience: Audience, step: Step = lambda _: None) -> None:
        self._db = db
        self._ledger = Ledger(db, audience)
        self._step = step
        self._keeper: Batcher[Kept, int] = Batcher("promos/notices", self._write, items_max=CLAIMS_PER_COMMIT_MAX)

    async def run(self, activation: Activation) -> Claimed:
        """Claim for the whole window. Repeating it claims nobody twice and misses nobody."""
        days = days_by_zone(await read_zones(self._db), activation.at)
        # A claim id is never used by two runs: what each finds new is a batch of its own.
        run = secrets.token_hex(6)
        eligible, writes = 0, _Writes()
        try:
            for group, cells in enumerate(cells_of(activation.store, activation.radius_m)):
                cell, entry = 1, 0
                while cell > 0:
                    claim_id = f"{activation.window}:{_packed_days(days)}:{run}:{group}:{cell}:{entry}"
                    ask = ClaimAsk(
                        claim_id,
                        activation.store,
                        activation.radius_m,
                        activation.segments,
                        activation.organizer_id,
                        days,
                        cells,
                        cell,
                        entry,
                    )
                    self._step("claim")
                    claim = await self._ledger.claim(ask)
                    if isinstance(claim, Lost):
                        raise AudienceLost
                    eligible += claim.eligible
                    cell, entry = claim.next_cell, claim.next_entry
                    if claim.numbers:
                        await writes.add(self._keep(activation.window, claim_id, claim.numbers))
        finally:
            claimed = await writes.all()
        return Claimed(eligible, claimed)

    async def settle(self) -> int:
        """Write the claims that a worker who died had made; answers how many notices they were.

        A worker that takes over runs this before it claims. Running it beside a claim is harmless, merely redundant.
        """
        count = 0
        for claim_id in await self._ledger.pending():
            window, days, *_ = claim_id.split(":")
            numbers = await self._ledger.pending_numbers(claim_id)
            by_day = {day: tuple(sorted(some)) for day, some in zip(_days(days), numbers, strict=False) if some}
            count += await self._keep(int(window), claim_id, by_day)
        return count

    async def _keep(self, window: int, claim_id: str, numbers: Mapping[date, tuple[int, ...]]) -> int:
        """Make a claim durable, then confirm it. Only what is durable is ever delivered."""
        self._step("keep")
        kept = await self._keeper.submit(Kept(window, claim_id, numbers))
        self._step("confirm")
        await self._ledger.confirm(claim_id)
        return kept

    async def _write(self, claims: list[Kept]) -> list[int]:
        """What waited together, in one transaction; answers how many notices of each are new."""
        try:
            return await self._write_by(sql.CLAIMED_FRESH, claims)
        except asyncpg.UniqueViolationError:
            return await self._write_by(sql.CLAIMED, claims)  # some were written by a run that died

    async def _write_by(self, query: str, claims: list[Kept]) -> list[int]:
        fresh: list[int] = []
        async with self._db.acquire() as connection, connection.transaction():
            for claim in claims:
                count = 0
                for day, some in claim.numbers.items():
                    batch = f"{claim.id}:{day.isoformat()}"
                    count += await connection.fetchval(query, batch, day, claim.window, some)
                fresh.append(count)
        return fresh


class _Writes:
    """Some writes under way while Redis works; what waits goes to Postgres as one transaction."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[int]] = set()
        self._kept = 0

    async def add(self, write: Coroutine[object, object, int]) -> None:
        if len(self._running) >= CLAIMS_WRITTEN_AT_ONCE_MAX:
            await self._land(asyncio.FIRST_COMPLETED)
        self._running.add(asyncio.create_task(write))

    async def all(self) -> int:
        if self._running:
            await self._land(asyncio.ALL_COMPLETED)
        return self._kept

    async def _land(self, when: str) -> None:
        done, self._running = await asyncio.wait(self._running, return_when=when)
        for task in done:
            self._kept += task.result()


def _packed_days(days: Mapping[date, object]) -> str:
    return ",".join(str(day.toordinal()) for day in days)


def _days(packed: str) -> list[date]:
    return [date.fromordinal(int(day)) for day in packed.split(",")]
