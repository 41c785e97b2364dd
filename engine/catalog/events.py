"""Events that change: put right, moved, postponed, cancelled, given a date again; and lists of them for the office.

Owns: what an act does to the event and to its sales, in one transaction. Guarantees: two who act at once come one after
the other; doing the same twice changes nothing. Orders and tickets stay as they are: nothing is refunded here, and
nobody is written to. Fails as Postgres does; open pages hear of it from the live side, which the keeper brings along
later where it does not answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from engine.access import ANYWHERE, Reach
from engine.audit import Act, write
from engine.catalog import event_sql, reading, sql
from engine.catalog.days import Day, days_from_json, days_to_json, moved_days
from engine.catalog.draft import read_input
from engine.catalog.event_inputs import EventChange, EventDate, EventPostpone, EventSchedule
from engine.catalog.event_status import EventAct, after
from engine.catalog.fields import Input
from engine.catalog.findings import Findings, read_moment
from engine.catalog.local_time import kept_apart, local_of
from engine.catalog.mistakes import Mistake
from engine.catalog.model import EventStatus
from engine.catalog.topics import EVENT_CHANGED, EventChanged
from engine.catalog.views import EventCard, EventPage, EventShown, SaleLine, SeriesView
from engine.limits import SERIES_DATES_MAX, SERIES_DATES_SHOWN_MAX
from engine.outbox import tell
from engine.pictures import want
from engine.refusals import Code, Refused
from engine.stores.office import Office

_TOLD = ("name", "starts_at", "ends_at", "status")


@dataclass(frozen=True, slots=True)
class Facts:
    """What of an event may change."""

    name: str
    description: str
    kind: str
    picture: str
    performers: tuple[str, ...]
    zone: str
    starts_at: datetime
    ends_at: datetime | None
    status: EventStatus
    moved_from: datetime | None
    moved_from_ends: datetime | None
    paused_sales: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SaleFacts:
    """What of a sale changes with its event."""

    id: str
    opens_at: datetime
    opened_at: datetime | None
    closes_at: datetime
    closed_at: datetime | None
    paused: bool
    days: tuple[Day, ...] = ()

    def has_opened(self, now: datetime) -> bool:
        return self.opened_at is not None or self.opens_at <= now

    def is_over(self, now: datetime) -> bool:
        return self.closed_at is not None or self.closes_at <= now


@dataclass(frozen=True, slots=True)
class Change:
    """An act on an event, and its sales as they are to be."""

    act: str
    before: Facts
    then: Facts
    sales: tuple[SaleFacts, ...]


class Events:
    def __init__(
        self, db: asyncpg.Pool, office: Office, tell: Callable[[str], Awaitable[None]], now: Callable[[], datetime]
    ) -> None:
        """`tell(sale)` brings the live side of a sale along."""
        self._db = db
        self._office = office
        self._tell = tell
        self._now = now

    # ── changing ──

    async def change(self, by: Act, event_id: str, body: Any) -> EventShown | Refused | list[Mistake]:
        """Put an event right; its date only as long as no sale of it has opened."""

        def change(read: EventChange, at: Facts, sales: list[SaleFacts], findings: Findings) -> Facts:
            said = read.model_fields_set
            if {"starts", "ends"} & said and any(sale.has_opened(self._now()) for sale in sales):
                findings.add(("starts" if "starts" in said else "ends",), "is on sale already: move the event instead")
                return at
            if {"starts", "ends"} & said and at.status is EventStatus.POSTPONED:
                findings.add(("starts" if "starts" in said else "ends",), "was taken away: schedule the event instead")
                return at
            dated = self._dated(at, read.starts, read.ends, findings)
            return replace(
                dated,
                name=read.event or at.name,
                description=at.description if read.description is None else read.description,
                kind=read.kind or at.kind,
                picture=at.picture if read.picture is None else read.picture,
                performers=at.performers if read.performers is None else tuple(read.performers),
            )

        return await self._do(by, event_id, "event.change", takes=EventChange, body=body, how=change)

    async def move(self, by: Act, event_id: str, body: Any) -> EventShown | Refused | list[Mistake]:
        """Another date. Its sales close as long before it, by its own clocks, as they would have."""
        return await self._do(by, event_id, "event.move", takes=EventDate, body=body, how=self._moves(EventAct.MOVE))

    async def schedule(self, by: Act, event_id: str, body: Any) -> EventShown | Refused | list[Mistake]:
        """A date again for an event that was postponed; what the postponement paused goes on."""
        return await self._do(
            by, event_id, "event.schedule", takes=EventSchedule, body=body, how=self._moves(EventAct.SCHEDULE)
        )

    async def postpone(self, by: Act, event_id: str, body: Any) -> EventShown | Refused | list[Mistake]:
        """No date any more. Its sales are paused, unless said otherwise."""

        def postpone(read: EventPostpone, at: Facts, sales: list[SaleFacts], _: Findings) -> Facts | Refused:
            status = after(at.status, EventAct.POSTPONE)
            if isinstance(status, Code):
                return Refused(status)
            if at.status is status:
                return at
            paused = (
                () if read.keep_selling else tuple(s.id for s in sales if not s.paused and not s.is_over(self._now()))
            )
            return replace(at, status=status, paused_sales=paused)

        return await self._do(by, event_id, "event.postpone", takes=EventPostpone, body=body, how=postpone)

    async def cancel(self, by: Act, event_id: str) -> EventShown | Refused | list[Mistake]:
        """For good, with its sales. Who paid is neither written to nor given money back by this."""

        def cancel(_: Input, at: Facts, __: list[SaleFacts], ___: Findings) -> Facts | Refused:
            status = after(at.status, EventAct.CANCEL)
            return Refused(status) if isinstance(status, Code) else replace(at, status=status)

        return await self._do(by, event_id, "event.cancel", takes=Input, body={}, how=cancel)

    def _moves(self, act: EventAct) -> Callable[..., Facts | Refused]:
        def move(read: EventDate, at: Facts, _: list[SaleFacts], findings: Findings) -> Facts | Refused:
            possible = after(at.status, act)
            if isinstance(possible, Code):
                return Refused(possible)
            dated = self._dated(at, read.starts, read.ends, findings)
            status = after(at.status, act, same_date=dated.starts_at == at.starts_at)
            assert isinstance(status, EventStatus), "the date does not say whether an act is possible"
            moved = dated.starts_at != at.starts_at
            return replace(
                dated,
                status=status,
                moved_from=at.starts_at if moved else at.moved_from,
                moved_from_ends=at.ends_at if moved else at.moved_from_ends,
                paused_sales=() if isinstance(read, EventSchedule) and read.resume else at.paused_sales,
            )

        return move

    def _dated(self, at: Facts, starts: Any, ends: Any, findings: Findings) -> Facts:
        """With the times that were written; an end that was not goes along with the start."""
        zone = ZoneInfo(at.zone)
        starts_at = read_moment(starts, ("starts",), zone, self._now(), findings) or at.starts_at
        ends_at = read_moment(ends, ("ends",), zone, self._now(), findings)
        if ends_at is None and at.ends_at is not None:
            try:
                ends_at = kept_apart(at.ends_at, at.starts_at, starts_at, zone)
            except ValueError as wrong:
                findings.add(("ends",), str(wrong))
        if starts is not None and starts_at <= self._now():
            findings.add(("starts",), "is in the past")
        if ends_at is not None and ends_at <= starts_at:
            findings.add(("ends",), "is not after starts")
        return replace(at, starts_at=starts_at, ends_at=ends_at)

    async def _do(
        self, by: Act, event_id: str, act: str, *, takes: type[Input], body: Any, how: Callable[..., Facts | Refused]
    ) -> EventShown | Refused | list[Mistake]:
        findings = Findings({})
        read = read_input(takes, body, findings)
        if read is None:
            return findings.listed()
        async with self._office.transaction(by) as connection:
            row = await connection.fetchrow(event_sql.LOCK_EVENT, event_id, by.organizer_id)
            if row is None:
                return Refused(Code.NOT_FOUND)
            before = facts_of(row)
            sales = [sale_facts(each) for each in await connection.fetch(event_sql.LOCK_SALES, event_id)]
            then = how(read, before, sales, findings)
            if isinstance(then, Refused):
                return then
            told = [sales_then(sale, before, then, self._now(), findings) for sale in sales]
            if findings.paths:
                return findings.listed()
            if then != before:
                await self._write(connection, by, event_id, Change(act, before, then, tuple(told)))
        if then != before:
            for sale in sales:
                await self._tell(sale.id)
        shown = await self.one(by.organizer_id, event_id)
        return Refused(Code.NOT_FOUND) if shown is None else shown

    async def _write(self, connection: asyncpg.Connection, by: Act, event_id: str, change: Change) -> None:
        before, then = change.before, change.then
        told = (then.name, then.description, then.kind, then.picture, list(then.performers))
        local = (local_of(then.starts_at, then.zone), then.ends_at and local_of(then.ends_at, then.zone))
        status = (then.status.value, then.moved_from, then.moved_from_ends, list(then.paused_sales))
        revision = await connection.fetchval(
            event_sql.UPDATE_EVENT, event_id, *told, then.starts_at, then.ends_at, *local, *status
        )
        for sale in change.sales:
            steered = (sale.closes_at, sale.closed_at, sale.paused)
            await connection.execute(event_sql.UPDATE_SALE, sale.id, *steered, revision, days_to_json(sale.days))
        if then.picture and then.picture != before.picture:
            await want(connection, by.organizer_id, then.picture)
        await self._tell_others(connection, by, event_id, change)
        was, now = told_of(before), told_of(then)
        differ = [name for name in was if was[name] != now[name]]
        was, now = ({name: facts[name] for name in differ} for facts in (was, now))
        detail = {"sales": [sale.id for sale in change.sales]}
        await write(connection, by, change.act, event_id, before=was, after=now, detail=detail)

    async def _tell_others(self, connection: asyncpg.Connection, by: Act, event_id: str, change: Change) -> None:
        before, then = change.before, change.then
        if (then.status, then.starts_at, then.ends_at) == (before.status, before.starts_at, before.ends_at):
            return
        body: EventChanged = {
            "event": event_id,
            "name": then.name,
            "status": then.status.value,
            "starts_at": then.starts_at,
            "ends_at": then.ends_at,
            "status_before": before.status.value,
            "starts_at_before": before.starts_at,
            "sales": [sale.id for sale in change.sales],
        }
        await tell(connection, EVENT_CHANGED, subject=event_id, organizer=by.organizer_id, body=body)

    # ── reading ──

    async def series(self, series_id: str) -> SeriesView | None:
        """A series as everybody may see it; None while none of its dates is listed."""
        row = await self._db.fetchrow(event_sql.READ_SERIES, series_id)
        if row is None:
            return None
        cards = await self._db.fetch(event_sql.DATES_OF, series_id, SERIES_DATES_SHOWN_MAX)
        dates = tuple(map(reading.sale_card, cards))
        return SeriesView(row["id"], row["name"], row["description"], dates) if dates else None

    async def one(self, organizer_id: str, event_id: str, reach: Reach = ANYWHERE) -> EventShown | None:
        """An event of an organizer with its sales and, where it is one of several, the dates within reach."""
        async with self._office.reading(organizer_id) as db:
            row = await db.fetchrow(sql.READ_EVENT, event_id)
            if row is None:
                return None
            venue = row["venue_id"] and await db.fetchrow(sql.READ_VENUE, row["venue_id"])
            event = reading.event_view(row)
            dates = (
                []
                if event.series_id is None
                else await db.fetch(event_sql.DATES_OF_MINE, event.series_id, *scope(reach), SERIES_DATES_MAX)
            )
            sales = await db.fetch(event_sql.SALES_OF, [event_id, *(date["id"] for date in dates)])
        lines = sale_lines(sales)
        return EventShown(
            event,
            "" if venue is None else venue["name"],
            tuple(lines.get(event_id, ())),
            tuple(event_card(date, lines) for date in dates),
        )

    async def listed(
        self,
        organizer_id: str,
        *,
        reach: Reach = ANYWHERE,
        words: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> EventPage:
        """Events of an organizer within reach: those without a date, those to come, soonest first, then the latest."""
        sought = reading.like_words(words)
        key, last = reading.read_cursor(cursor)
        async with self._office.reading(organizer_id) as db:
            rows = await db.fetch(event_sql.LIST_EVENTS, organizer_id, sought, limit + 1, *scope(reach), key, last)
            sales = await db.fetch(event_sql.SALES_OF, [row["id"] for row in rows])
        lines = sale_lines(sales)
        following = reading.as_cursor(rows[limit - 1]) if len(rows) > limit else None
        return EventPage(tuple(event_card(row, lines) for row in rows[:limit]), following)


def scope(reach: Reach) -> tuple[list[str] | None, list[str]]:
    """The events and venues within reach, as statements take them."""
    return None if reach.everything else sorted(reach.events), sorted(reach.venues)


def facts_of(row: Mapping[str, Any]) -> Facts:
    plain = {name: row[name] for name in Facts.__slots__}
    kept = {"performers": tuple(row["performers"]), "paused_sales": tuple(row["paused_sales"])}
    return Facts(**{**plain, **kept, "status": EventStatus(row["status"])})


def sale_facts(row: Mapping[str, Any]) -> SaleFacts:
    return SaleFacts(**{**dict(row), "days": days_from_json(row["days"])})


def told_of(facts: Facts) -> dict[str, Any]:
    """What the audit trail keeps of an event."""
    return {name: value.value if isinstance(value := getattr(facts, name), EventStatus) else value for name in _TOLD}


def sales_then(sale: SaleFacts, before: Facts, then: Facts, now: datetime, findings: Findings) -> SaleFacts:
    """What becomes of a sale as its event changes."""
    if then.status is EventStatus.CANCELLED and before.status is not EventStatus.CANCELLED:
        return replace(sale, closed_at=sale.closed_at or now)
    if then.starts_at != before.starts_at:
        try:
            closes_at = kept_apart(sale.closes_at, before.starts_at, then.starts_at, ZoneInfo(then.zone))
        except ValueError as wrong:
            findings.add(("starts",), f"leaves sale {sale.id} no time to close: what would be its time {wrong}")
            return sale
        if closes_at <= sale.opens_at:
            findings.add(("starts",), f"is too early for sale {sale.id}, which would close before it opens")
        try:
            days = moved_days(sale.days, before.starts_at, then.starts_at, ZoneInfo(then.zone))
        except ValueError as wrong:
            findings.add(("starts",), f"is no date for sale {sale.id}: it {wrong}")
            return sale
        sale = replace(sale, closes_at=closes_at, days=days)
    if then.ends_at not in (None, before.ends_at) and any(day.starts_at >= then.ends_at for day in sale.days):
        findings.add(("ends",), f"is before a day of sale {sale.id}")
    was, is_now = (facts.status is EventStatus.POSTPONED for facts in (before, then))
    if is_now and not was and sale.id in then.paused_sales:
        return replace(sale, paused=True)
    if was and not is_now and sale.id in before.paused_sales and sale.id not in then.paused_sales:
        return replace(sale, paused=False)
    return sale


def sale_lines(rows: list[asyncpg.Record]) -> dict[str, list[SaleLine]]:
    """Sales by their event."""
    found: dict[str, list[SaleLine]] = {}
    for row in rows:
        line = SaleLine(row["id"], row["currency"], reading.times_of(row))
        found.setdefault(row["event_id"], []).append(line)
    return found


def event_card(row: Mapping[str, Any], lines: Mapping[str, list[SaleLine]]) -> EventCard:
    return EventCard(
        id=row["id"],
        name=row["name"],
        kind=row["kind"],
        zone=row["zone"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        status=EventStatus(row["status"]),
        moved_from=row["moved_from"],
        series_id=row["series_id"],
        series_name=row["series_name"] or "",
        venue_name=row["venue_name"] or "",
        sales=tuple(lines.get(row["id"], ())),
    )
