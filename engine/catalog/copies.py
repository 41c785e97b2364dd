"""Copies of events and their sales: a sale for another date, and the dates of a series.

Owns: what a copy has as its original does, and how its times come about: as far from its start, by the clocks of the
zone, as those of the original. Guarantees: a preview writes nothing; each date is made whole or not at all, and a bad
one stops no other; a date that its series has already is not made again. Fails as Postgres does: what was made before
that stays.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from engine.audit import Act, write
from engine.catalog import event_sql
from engine.catalog.coupons import CouponsOfSale
from engine.catalog.dates import Start, starts_of
from engine.catalog.days import Day, days_from_json, days_to_json, moved_days
from engine.catalog.draft import read_input
from engine.catalog.event_inputs import DatesInput, SaleClone
from engine.catalog.findings import Findings, read_moment
from engine.catalog.local_time import kept_apart, local_of, ms_of
from engine.catalog.mistakes import Mistake
from engine.catalog.model import Phase
from engine.catalog.phases import phases_from_json, phases_to_json
from engine.catalog.writing import new_draw, new_sale_id_of
from engine.ids import new_id
from engine.refusals import Code, Refused
from engine.stores.office import Office

# What a copy has, and what stays with the original.
COPIED = (
    *("event", "venue", "seats", "pools", "products", "prices", "ticket_types", "days"),
    *("allocations", "questions", "person_max", "cart_minutes", "room", "entry", "phases", "unlocks", "visibility"),
    "tax_identity",
)
LEFT = ("orders", "carts", "places", "used_codes", "pauses", "draw", "early_opening", "early_closing")


@dataclass(frozen=True, slots=True)
class SaleCopy:
    """A sale as it is to be made, and its id once it is."""

    of: str
    lobby_at: datetime | None
    opens_at: datetime
    closes_at: datetime
    public_at: datetime | None
    phases: tuple[Phase, ...] = ()
    days: tuple[Day, ...] = ()
    id: str | None = None


@dataclass(frozen=True, slots=True)
class DateCopy:
    """A date as it is to be made, and the id of its event once it is."""

    written: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    sales: tuple[SaleCopy, ...] = ()
    wrong: str = ""  # why it can't be made
    there: bool = False  # the series has it already
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Dates:
    series_id: str | None
    series_name: str
    dates: tuple[DateCopy, ...]


class Copies:
    def __init__(
        self,
        office: Office,
        tell: Callable[[str], Awaitable[None]],
        now: Callable[[], datetime],
        coupons: CouponsOfSale,
    ) -> None:
        """`tell(sale)` brings the live side of a new sale along."""
        self._office = office
        self._coupons = coupons
        self._tell = tell
        self._now = now

    async def clone(self, by: Act, sale_id: str, body: Any) -> DateCopy | Refused | list[Mistake]:
        """A sale for an event like its own on another date."""
        findings = Findings({})
        read = read_input(SaleClone, body, findings)
        if read is None:
            return findings.listed()
        async with self._office.transaction(by) as connection:
            row = await connection.fetchrow(event_sql.TO_COPY, sale_id, by.organizer_id)
            if row is None:
                return Refused(Code.UNKNOWN_SALE)
            zone = ZoneInfo(row["zone"])
            at = read_moment(read.starts, ("starts",), zone, self._now(), findings)
            ends_at = read_moment(read.ends, ("ends",), zone, self._now(), findings)
            if at is None or findings.paths:
                return findings.listed()
            copy = copy_of([row], Start(read.starts.text, at), ends_at, self._now())
            if copy.wrong:
                findings.add(("starts",), copy.wrong)
                return findings.listed()
            if read.preview:
                return copy
            made = await self._make(connection, row, copy, None)
            (sale,) = made.sales
            detail = {"of": sale_id, "event": made.event_id}
            await write(connection, by, "sale.clone", str(sale.id), after={"starts_at": at}, detail=detail)
        await self._tell(str(sale.id))
        return made

    async def dates(self, by: Act, event_id: str, body: Any, *, preview: bool) -> Dates | Refused | list[Mistake]:
        """More dates of an event, each an event with sales like those of the first."""
        findings = Findings({})
        read = read_input(DatesInput, body, findings)
        if read is None:
            return findings.listed()
        async with self._office.reading(by.organizer_id) as db:
            event = await db.fetchrow(event_sql.EVENT_TO_COPY, event_id, by.organizer_id)
            sales = await db.fetch(event_sql.SALES_TO_COPY, event_id, by.organizer_id)
            if event is None:
                return Refused(Code.NOT_FOUND)
            starts = starts_of(read, ZoneInfo(event["zone"]), self._now(), findings)
            there = await db.fetch(event_sql.STARTS_IN_SERIES, event["series_id"]) if event["series_id"] else []
        if findings.paths:
            return findings.listed()
        known = {row["starts_at"] for row in there} | {event["starts_at"]}
        copies = [
            DateCopy(start.written, start.at, there=True)
            if start.at in known
            else copy_of(sales or [event], start, None, self._now())
            for start in starts
        ]
        name = event["series_name"] or read.series or event["name"]
        if preview or not any(is_new(copy) for copy in copies):
            return Dates(event["series_id"], name, tuple(copies))
        series = await self._series(by, event_id, name)
        made = [await self._date(by, event, series, copy) if is_new(copy) else copy for copy in copies]
        return Dates(series, name, tuple(made))

    async def _series(self, by: Act, event_id: str, name: str) -> str:
        """The series of an event, made when it is of none."""
        async with self._office.transaction(by) as connection:
            row = await connection.fetchrow(event_sql.LOCK_EVENT, event_id, by.organizer_id)
            if row["series_id"] is not None:
                return str(row["series_id"])
            series = new_id("ser")
            await connection.execute(event_sql.INSERT_SERIES, series, by.organizer_id, name, row["description"])
            await connection.execute(event_sql.JOIN_SERIES, event_id, series)
            await write(connection, by, "series.create", series, after={"name": name}, detail={"event": event_id})
            return series

    async def _date(self, by: Act, event: Mapping[str, Any], series: str, copy: DateCopy) -> DateCopy:
        async with self._office.transaction(by) as connection:
            await connection.fetchrow(event_sql.LOCK_SERIES, series, by.organizer_id)
            if await connection.fetchval(event_sql.DATE_IN_SERIES, series, copy.starts_at) is not None:
                return DateCopy(copy.written, copy.starts_at, there=True)
            made = await self._make(connection, event, copy, series)
            detail = {"of": event["event_id"], "series": series, "sales": [sale.id for sale in made.sales]}
            after = {"starts_at": made.starts_at}
            await write(connection, by, "event.date", str(made.event_id), after=after, detail=detail)
        for sale in made.sales:
            await self._tell(str(sale.id))
        return made

    async def _make(
        self, connection: asyncpg.Connection, row: Mapping[str, Any], copy: DateCopy, series: str | None
    ) -> DateCopy:
        made = await make(connection, row["event_id"], row["name"], copy, series)
        began_at: datetime = row["starts_at"]
        zone = ZoneInfo(row["zone"])

        def later(at: datetime) -> datetime:
            assert copy.starts_at is not None, "it was found to be right"
            try:
                return kept_apart(at, began_at, copy.starts_at, zone)
            except ValueError:  # the clocks skip it
                return at + (copy.starts_at - began_at)

        for sale in made.sales:
            await self._coupons.copy(connection, sale.of, str(sale.id), later)
        return made


def is_new(copy: DateCopy) -> bool:
    return not copy.wrong and not copy.there


def copy_of(rows: Sequence[Mapping[str, Any]], start: Start, ends_at: datetime | None, now: datetime) -> DateCopy:
    """What a copy of these sales of one event would be, on this date."""
    first = rows[0]
    if start.at is None or start.wrong:
        return DateCopy(start.written, start.at, wrong=start.wrong)
    starts_at = start.at
    if starts_at <= now:
        return DateCopy(start.written, starts_at, wrong="is in the past")
    try:
        ends_at = ends_at or moved(first, "ends_at", starts_at)
        # A row without an id is that of an event without a sale.
        sales = tuple(sale_copy(row, starts_at) for row in rows if row["id"] is not None)
    except ValueError as wrong:
        return DateCopy(start.written, starts_at, wrong=str(wrong))
    if ends_at is not None and ends_at <= starts_at:
        return DateCopy(start.written, starts_at, wrong="would end before it starts")
    if ends_at is not None and any(day.starts_at >= ends_at for sale in sales for day in sale.days):
        return DateCopy(start.written, starts_at, wrong="would end before one of its days")
    if any(sale.closes_at <= now for sale in sales):
        return DateCopy(start.written, starts_at, wrong="leaves no time: its sale would close in the past")
    return DateCopy(start.written, starts_at, ends_at, sales)


def sale_copy(row: Mapping[str, Any], starts_at: datetime) -> SaleCopy:
    opens_at, closes_at = moved(row, "opens_at", starts_at), moved(row, "closes_at", starts_at)
    assert opens_at is not None, "every sale opens"
    assert closes_at is not None, "every sale closes"
    lobby_at, public_at = moved(row, "lobby_at", starts_at), moved(row, "public_at", starts_at)
    phases = tuple(moved_phase(row, phase, starts_at) for phase in phases_from_json(row["phases"]))
    days = moved_days(days_from_json(row["days"]), row["starts_at"], starts_at, ZoneInfo(row["zone"]))
    afresh = tuple(replace(day, revision=0) for day in days)
    return SaleCopy(row["id"], lobby_at, opens_at, closes_at, public_at, phases, afresh)


def moved_phase(row: Mapping[str, Any], phase: Phase, starts_at: datetime) -> Phase:
    def later(at_ms: int) -> int:
        at = datetime.fromtimestamp(at_ms / 1000, UTC)
        return ms_of(kept_apart(at, row["starts_at"], starts_at, ZoneInfo(row["zone"]))) if at_ms else 0

    try:
        return replace(phase, from_ms=later(phase.from_ms), until_ms=later(phase.until_ms))
    except ValueError as wrong:
        raise ValueError(f"has no time for the phase {phase.name}: it {wrong}") from wrong


def moved(row: Mapping[str, Any], name: str, starts_at: datetime) -> datetime | None:
    """A time of the original as far from the new start; raises, by the name of the time, where the clocks skip it."""
    at: datetime | None = row[name]
    try:
        return None if at is None else kept_apart(at, row["starts_at"], starts_at, ZoneInfo(row["zone"]))
    except ValueError as wrong:
        raise ValueError(f"has no time for {name.removesuffix('_at')}: it {wrong}") from wrong


async def make(db: asyncpg.Connection, event_id: str, name: str, copy: DateCopy, series: str | None) -> DateCopy:
    """Write the event and its sales, each with a draw of its own."""
    assert copy.starts_at is not None, "it was found to be right"
    made = new_id("evt")
    zone: str = await db.fetchval(event_sql.ZONE_OF, event_id)
    local = (local_of(copy.starts_at, zone), copy.ends_at and local_of(copy.ends_at, zone))
    await db.execute(event_sql.COPY_EVENT, event_id, made, copy.starts_at, copy.ends_at, *local, series)
    await db.execute(event_sql.COPY_TYPES, event_id, made)
    sales = []
    for sale in copy.sales:
        sale_id = new_sale_id_of(name)
        times = (sale.lobby_at, sale.opens_at, sale.closes_at, sale.public_at)
        parts = (phases_to_json(sale.phases), days_to_json(sale.days))
        await db.execute(event_sql.COPY_SALE, sale.of, sale_id, made, *times, *new_draw(), *parts)
        await db.execute(event_sql.COPY_POOLS, sale.of, sale_id)
        await db.execute(event_sql.COPY_ALLOCATIONS, sale.of, sale_id, copy.starts_at)
        sales.append(replace(sale, id=sale_id))
    return DateCopy(copy.written, copy.starts_at, copy.ends_at, tuple(sales), event_id=made)
