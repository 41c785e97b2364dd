"""Allocations: seats and units that are withheld from a sale, and how much it has to sell, changed while it runs.

Owns allocation and stock_change. Guarantees: what is held or sold is never withheld; a change is done whole or not at
all, once, in the order of its number, whatever dies between Postgres and Redis; Redis never has more to sell than
Postgres lets be sold. Fails as Postgres does; where Redis is away a change that takes is led through later.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from engine.audit import BY_ITSELF, Act, write
from engine.catalog import allocation_sql as sql
from engine.catalog.allocation_parts import (
    Allocation,
    Change,
    Missing,
    check_capacity,
    draft_of,
    drawn_of,
    seats_of,
    sections_of,
    units_of,
    without,
)
from engine.catalog.draft import read_input
from engine.catalog.event_inputs import AllocationInput, PoolChange
from engine.catalog.findings import Findings, read_moment
from engine.catalog.inputs import StockPart
from engine.catalog.layout import Section
from engine.catalog.mistakes import Mistake
from engine.catalog.model import PoolPlan
from engine.catalog.names import id_of
from engine.catalog.reading import pool_of, read_layout
from engine.catalog.sql import READ_POOLS
from engine.catalog.writing import withhold_units, write_allocation
from engine.limits import ALLOCATIONS_RELEASED_MAX, SALES_LED_MAX
from engine.refusals import Code, Refused
from engine.stores.office import Office

log = logging.getLogger(__name__)

LED_AFTER_S = 5.0
TRIES = 3
Bring = Callable[[str], Awaitable[Refused | None]]
Tell = Callable[[str], Awaitable[None]]
Stands = Callable[[asyncpg.Connection], Awaitable[bool]]


async def nothing(_: str) -> Refused | None:
    """Stands in for the on-sale side where there is none."""
    return None


@dataclass(frozen=True, slots=True)
class _Sale:
    zone: str
    sections: Mapping[str, Section]
    pools: Mapping[str, PoolPlan]


@dataclass(frozen=True, slots=True)
class _Part:
    """What is taken from what a sale has to sell, or given to it."""

    allocation: Mapping[str, str | bool | None] | None  # that is made, or released; None: a pool has another capacity
    seats: Sequence[int]
    units: Mapping[str, int]


class Allocations:
    def __init__(
        self, db: asyncpg.Pool, office: Office, tell: Tell, *, bring: Bring = nothing, now: Callable[[], datetime]
    ) -> None:
        """`bring(sale)` leads every change that Redis does not know yet through, in order; `tell(sale)` brings the
        settings of its live side along.
        """
        self._db = db
        self._office = office
        self._tell = tell
        self._bring = bring
        self._now = now

    # ── by hand ──

    async def of(self, organizer_id: str, sale_id: str) -> list[Allocation]:
        rows = await self._office.fetch(organizer_id, sql.READ_ALLOCATIONS, sale_id)
        return [Allocation(**dict(row)) for row in rows]

    async def make(self, by: Act, sale_id: str, body: Any) -> Allocation | Refused | list[Mistake]:
        """Withhold what is free; refused, with what is in the way, where anything of it is held or sold."""
        findings = Findings({})
        read = read_input(AllocationInput, body, findings)

        async def asked(connection: asyncpg.Connection, sale: _Sale) -> _Part | None:
            if read is None:
                return None
            zone = ZoneInfo(sale.zone)
            release_at = read_moment(read.release, ("release",), zone, self._now(), findings)
            if release_at is not None and release_at <= self._now():
                findings.add(("release",), "is in the past")
            taken = {row["seat"] for row in await connection.fetch(sql.WITHHELD_SEATS, sale_id)}
            seats = seats_of(read, (), sale.sections, taken, findings)
            units = units_of(read, (), sale.pools, findings)
            made = id_of(read.name)
            if not made:
                findings.add(("name",), "needs letters or digits")
            if await connection.fetchrow(sql.READ_ALLOCATION, sale_id, made) is not None:
                findings.add(("name",), "is the name of another allocation of this sale")
            if findings.paths:
                return None
            until = None if release_at is None else release_at.isoformat()
            named = {"id": made, "name": read.name, "purpose": read.purpose, "release_at": until, "staff": read.staff}
            return _Part(named, seats, units)

        done = await self._ask(by, sale_id, findings, asked)
        if not isinstance(done, int):
            return done
        row = await self._settled(sale_id, done)
        if isinstance(row, Refused):
            return row
        return await self._one(sale_id, row["allocation"]["id"])

    async def withhold(self, by: Act, sale_id: str, allocation: str, body: Any) -> Allocation | Refused | list[Mistake]:
        """Withhold more for one that there is; seats that it has already change nothing."""
        findings = Findings({})
        read = read_input(StockPart, body, findings)
        known = False

        async def asked(connection: asyncpg.Connection, sale: _Sale) -> _Part | None:
            nonlocal known
            row = await connection.fetchrow(sql.LOCK_ALLOCATION, sale_id, allocation)
            known = row is not None and row["released_at"] is None
            if read is None or not known:
                return None
            own = set(row["seats"])
            taken = {row["seat"] for row in await connection.fetch(sql.WITHHELD_SEATS, sale_id)}
            seats = set(seats_of(read, (), sale.sections, taken - own, findings)) - own
            units = units_of(read, (), sale.pools, findings)
            if row["open"] and units:
                findings.add(
                    ("units",), "are of a pool, and buyers may draw on this allocation, who can have seats alone"
                )
            return _Part({"id": allocation, "more": True}, sorted(seats), units) if seats or units else None

        done = await self._ask(by, sale_id, findings, asked)
        if not isinstance(done, int):
            return done
        if not known:
            return Refused(Code.NOT_FOUND)
        if done and isinstance(row := await self._settled(sale_id, done), Refused):
            return row
        await self._tell(sale_id)  # where buyers may draw on it, they may have these seats as well
        return await self._one(sale_id, allocation)

    async def release_part(
        self, by: Act, sale_id: str, allocation: str, body: Any
    ) -> Allocation | Refused | list[Mistake]:
        """Let these of it be sold; with the last of them it is released."""
        findings = Findings({})
        read = read_input(StockPart, body, findings)
        return findings.listed() if read is None else await self.release(by, sale_id, allocation, read)

    async def release(
        self, by: Act, sale_id: str, allocation: str, only: StockPart | None = None
    ) -> Allocation | Refused | list[Mistake]:
        """Let it be sold, all of it unless it is told what; what was released before stays so."""
        findings = Findings({})
        for _ in range(TRIES):
            async with self._office.transaction(by) as connection:
                sale = await connection.fetchrow(sql.LOCK_STOCK, sale_id, by.organizer_id)
                if sale is None:
                    return Refused(Code.UNKNOWN_SALE)
                there = await connection.fetchrow(sql.LOCK_ALLOCATION, sale_id, allocation)
                if there is None:
                    return Refused(Code.NOT_FOUND)
                if there["released_at"] is not None and only is None:
                    break
                if not await connection.fetchval(sql.IS_ASKED, sale_id):
                    found = _Part(None, there["seats"], there["units"])
                    if only is not None:
                        found = _part(only, await _sale(connection, sale_id, sale), findings)
                    if findings.paths:
                        return findings.listed()
                    refused = await self._let_go(connection, sale_id, Allocation(**dict(there)), found, by)
                    if refused is not None:
                        return refused
                    break
            await self._bring(sale_id)
        else:
            return Refused(Code.BUSY)
        await self._bring(sale_id)
        return await self._one(sale_id, allocation)

    async def _let_go(
        self, connection: asyncpg.Connection, sale_id: str, allocation: Allocation, part: _Part, by: Act
    ) -> Refused | None:
        left = without(allocation, part.seats, part.units)
        if isinstance(left, Refused):
            return left
        if any(left):
            await connection.execute(sql.LEAVE, sale_id, allocation.id, *left)
        else:
            await connection.execute(sql.RELEASE, sale_id, allocation.id)
        named = {"id": allocation.id}
        await self._give(connection, sale_id, _Part(named, part.seats, part.units), by)
        after = {"seats": len(part.seats), "units": part.units}
        await write(connection, by, "allocation.release", sale_id, after=after, detail=named)
        return None

    async def resize(self, by: Act, sale_id: str, pool: str, body: Any) -> PoolPlan | Refused | list[Mistake]:
        """Give a pool another capacity: more at once, less where that many are neither held nor sold nor withheld."""
        findings = Findings({})
        read = read_input(PoolChange, body, findings)

        async def asked(connection: asyncpg.Connection, sale: _Sale) -> _Part | None:
            if read is None or pool not in sale.pools:
                return None
            check_capacity(sale.pools[pool], read.capacity, sale.pools, findings)
            more = read.capacity - sale.pools[pool].in_all
            if findings.paths or more == 0:
                return None
            if more < 0:
                return _Part(None, (), {pool: -more})
            await connection.execute(sql.RESIZE, sale_id, pool, more)
            await self._give(connection, sale_id, _Part(None, (), {pool: more}), by)
            before, after = {"capacity": read.capacity - more}, {"capacity": read.capacity}
            await write(connection, by, "pool.resize", sale_id, before=before, after=after, detail={"pool": pool})
            return None

        done = await self._ask(by, sale_id, findings, asked)
        if isinstance(done, Refused | list):
            return done
        if done:
            row = await self._settled(sale_id, done)
            if isinstance(row, Refused):
                return row
        pools = {row["id"]: pool_of(row) for row in await self._db.fetch(READ_POOLS, sale_id)}
        return pools.get(pool, Refused(Code.UNKNOWN_POOL))

    async def _ask(
        self,
        by: Act,
        sale_id: str,
        findings: Findings,
        asked: Callable[[asyncpg.Connection, _Sale], Awaitable[_Part | None]],
    ) -> int | Refused | list[Mistake]:
        """Note what is to be taken, once nothing else is under way; answers its number, or 0 where there is none."""
        for _ in range(TRIES):
            async with self._office.transaction(by) as connection:
                row = await connection.fetchrow(sql.LOCK_STOCK, sale_id, by.organizer_id)
                if row is None or row["kind"] != "event":
                    return Refused(Code.UNKNOWN_SALE)
                if row["over"]:
                    return Refused(Code.SALE_CLOSED)
                if not await connection.fetchval(sql.IS_ASKED, sale_id):
                    part = await asked(connection, await _sale(connection, sale_id, row))
                    if findings.paths:
                        return findings.listed()
                    number = 0 if part is None else await _note(connection, sale_id, part, by, takes=True)
                    break
            await self._bring(sale_id)
        else:
            return Refused(Code.BUSY)
        refused = await self._bring(sale_id)
        return refused if refused is not None and number else number

    async def _give(self, connection: asyncpg.Connection, sale_id: str, given: _Part, by: Act) -> None:
        """Note it: Redis follows."""
        if given.allocation is not None:
            pools = map(pool_of, await connection.fetch(READ_POOLS, sale_id))
            await withhold_units(connection, sale_id, given.units, pools, sign=-1)
        await _note(connection, sale_id, given, by, takes=False)

    async def _settled(self, sale_id: str, number: int) -> Any:
        row = await self._db.fetchrow(sql.READ_CHANGE, sale_id, number)
        if row["state"] == "kept":
            return Refused(Code.STOCK_TAKEN, row["missing"])
        return row if row["state"] == "done" else Refused(Code.UNAVAILABLE)

    async def _one(self, sale_id: str, allocation: str) -> Allocation:
        return Allocation(**dict(await self._db.fetchrow(sql.READ_ALLOCATION, sale_id, allocation)))

    # ── as the live side leads them through ──

    async def bring(self, sale_id: str) -> Refused | None:
        """Have Redis follow every change that it may not know."""
        return await self._bring(sale_id)

    async def untold(self, sale_id: str) -> list[Change]:
        """Changes that Redis may not know, the first of them first."""
        rows = await self._db.fetch(sql.UNTOLD, sale_id)
        return [
            Change(
                *(row["number"], row["takes"], row["seats"], row["units"], row["allocation"] is None),
                drawn=drawn_of(row["allocation"] or {}),
            )
            for row in rows
        ]

    async def told(self, sale_id: str, number: int) -> None:
        """Redis follows a change that gives."""
        await self._db.execute(sql.TOLD, sale_id, number)

    async def settle(self, sale_id: str, number: int, missing: Missing | None, stands: Stands) -> bool:
        """What became of a change that takes; False where what Redis did no longer `stands`: then it is asked again."""
        async with self._db.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(sql.LOCK_CHANGE, sale_id, number)
            if row is None or row["state"] != "asked":
                return True
            if not await stands(connection):
                return False
            if missing is not None:
                said = {"held": list(missing.held), "gone": list(missing.gone), "short": dict(missing.short)}
                await connection.execute(sql.SETTLE, sale_id, number, "kept", said)
                return True
            by = BY_ITSELF.of(row["organizer_id"])
            detail = {"change": number, "asked_by": row["asked_by"]}
            if row["allocation"] is None:
                for pool, units in row["units"].items():
                    await connection.execute(sql.RESIZE, sale_id, pool, -units)
                await write(connection, by, "pool.resize", sale_id, after={"less": row["units"]}, detail=detail)
            else:
                await _settle_withheld(connection, sale_id, row)
                act = "allocation.withhold" if _is_more(row) else "allocation.make"
                named = {name: said for name, said in row["allocation"].items() if name != "more"}
                after = {**named, "seats": len(row["seats"]), "units": row["units"]}
                await write(connection, by, act, sale_id, after=after, detail=detail)
            await connection.execute(sql.SETTLE, sale_id, number, "done", None)
        return True

    # ── by the clock ──

    async def step(self) -> int:
        """Release what is due, and lead through what was left half way; answers how many sales that concerned."""
        due = await self._db.fetch(sql.DUE, ALLOCATIONS_RELEASED_MAX)
        for row in due:
            await _safely(row["sale_id"], self.release(BY_ITSELF.of(row["organizer_id"]), row["sale_id"], row["id"]))
        left = await self._db.fetch(sql.LEFT_UNTOLD, LED_AFTER_S, SALES_LED_MAX)
        for row in left:
            await _safely(row["sale_id"], self._bring(row["sale_id"]))
        return len(due) + len(left)

    async def due_s(self) -> float | None:
        """Seconds until there is something to do by the clock; None when nothing is known."""
        seconds: float | None = await self._db.fetchval(sql.NEXT_S, LED_AFTER_S)
        return None if seconds is None else max(0.0, seconds)


def _is_more(row: Any) -> bool:
    """Whether a change that takes is for an allocation that there was before."""
    return "more" in row["allocation"]


async def _settle_withheld(connection: asyncpg.Connection, sale_id: str, row: Any) -> None:
    """Write what Redis set aside."""
    pools = [pool_of(each) for each in await connection.fetch(READ_POOLS, sale_id)]
    if not _is_more(row):
        await write_allocation(connection, sale_id, draft_of(row), pools)
        return
    there = await connection.fetchrow(sql.LOCK_ALLOCATION, sale_id, row["allocation"]["id"])
    units = Counter(there["units"]) + Counter(row["units"])
    await connection.execute(sql.LEAVE, sale_id, there["id"], sorted({*there["seats"], *row["seats"]}), dict(units))
    await withhold_units(connection, sale_id, row["units"], pools)


def _part(read: StockPart, sale: _Sale, findings: Findings) -> _Part:
    return _Part(None, seats_of(read, (), sale.sections, (), findings), units_of(read, (), sale.pools, findings))


async def _note(connection: asyncpg.Connection, sale_id: str, part: _Part, by: Act, *, takes: bool) -> int:
    """Number a change: what takes is asked of Redis first, what gives is done."""
    said = (part.allocation, list(part.seats), dict(part.units), by.actor)
    number: int = await connection.fetchval(sql.ADD_CHANGE, sale_id, "asked" if takes else "done", takes, *said)
    return number


async def _safely(sale_id: str, work: Awaitable[object]) -> None:
    """A sale whose stock can't be changed must not keep others from it; it comes again."""
    try:
        await work
    except Exception:
        log.exception("the stock of sale %s could not be changed", sale_id)


async def _sale(connection: asyncpg.Connection, sale_id: str, row: Any) -> _Sale:
    layout = None
    if row["layout_version"] is not None:
        layout = await read_layout(connection, row["venue_id"], row["layout_version"])
    pools = {row["id"]: pool_of(row) for row in await connection.fetch(READ_POOLS, sale_id)}
    return _Sale(row["zone"] or "UTC", sections_of(layout, row["prices"]), pools)
