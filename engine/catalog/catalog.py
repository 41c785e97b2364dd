"""Catalog: venues, layouts, events and sales of organizers.

Owns: those tables. Guarantees: what is stored was valid as a whole; where one thing is wrong nothing is stored, and
every mistake is named. Steering is durable first; then `converge` is told, and the keeper repeats what it could not do.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import Any

import asyncpg

from engine.access import ANYWHERE, About, Reach
from engine.audit import Act, write
from engine.catalog import reading, sql, writing
from engine.catalog.allocations import Allocations, Bring, nothing
from engine.catalog.change import reopened_until
from engine.catalog.changing import changed_sale
from engine.catalog.copies import Copies
from engine.catalog.coupons import CouponsOfSale
from engine.catalog.draft import (
    Known,
    KnownEvent,
    SaleDraft,
    compose_sale,
    event_draft,
    read_input,
    read_sale_input,
)
from engine.catalog.draft_stock import draw_layout, read_types
from engine.catalog.entry import MarkCode
from engine.catalog.event_inputs import SaleChange, SaleReopen
from engine.catalog.events import Events
from engine.catalog.findings import Findings, read_moment, read_zone
from engine.catalog.inputs import EventInput, LayoutInput, NewVenue, SaleInput
from engine.catalog.kinds import Kinds
from engine.catalog.layout import Layout
from engine.catalog.mistakes import Lines, Mistake
from engine.catalog.model import EventStatus, SalePlan
from engine.catalog.price_lists import ClockOf, PriceLists, find_coupons_too_early, find_too_early
from engine.catalog.reading import Near
from engine.catalog.tax_rules import TaxRules, country_of, read_rules
from engine.catalog.unlocks import open_allocations
from engine.catalog.views import CreatedSale, HeldEvent, SaleInfo, SalePage, SaleReach, Switches
from engine.catalog.yaml_source import BadSource, read_yaml
from engine.ids import new_id
from engine.refusals import Code, RefusalError, Refused
from engine.stores.batcher import LOST
from engine.stores.office import Office

log = logging.getLogger(__name__)

Converge = Callable[[str], Awaitable[None]]
STORE_AWAY: tuple[type[Exception], ...] = (*LOST, RefusalError)
_ID_TAKEN = "is the id of another sale"


async def _nobody(_: str) -> None:
    """Stands in for the on-sale side where there is none."""


async def _own_clock(_: str) -> int:
    return time.time_ns() // 1_000_000


class Catalog:
    def __init__(
        self,
        db: asyncpg.Pool,
        office: Office,
        *,
        mark_code: MarkCode,
        coupons: CouponsOfSale,
        converge: Converge = _nobody,
        bring: Bring = nothing,
        clock_of: ClockOf = _own_clock,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`converge(sale_id)` brings the live side of a sale to what is stored; of codes only `mark_code` is kept.

        `bring(sale_id)` leads changes of its stock through; `clock_of(sale_id)` is the clock that opens its carts.
        """
        self.kinds = Kinds(db)
        self.allocations = Allocations(db, office, self._tell, bring=bring, now=now)
        self.events = Events(db, office, self._tell, now)
        self.copies = Copies(office, self._tell, now, coupons)
        self.tax_rules = TaxRules(office)
        self.price_lists = PriceLists(db, office, clock_of, self._tell)
        self._db = db
        self._office = office
        self._mark_code = mark_code
        self._coupons = coupons
        self._entering_of = partial(writing.entering_of, mark_code, coupons)
        self._converge = converge
        self._now = now

    # ── creating ──

    async def create_venue(self, by: Act, body: Any) -> str | list[Mistake]:
        """A venue; its id, or what is wrong."""
        findings = Findings({})
        read = read_input(NewVenue, body, findings)
        zone = read_zone(read.zone, ("zone",), findings) if read else None
        if read is None or zone is None:
            return findings.listed()
        venue_id = new_id("ven")
        async with self._office.transaction(by) as connection:
            await connection.execute(
                sql.INSERT_VENUE,
                venue_id,
                by.organizer_id,
                read.name,
                read.address,
                zone.key,
                read.latitude,
                read.longitude,
                read.country,
            )
            await write(connection, by, "venue.create", venue_id, after={"name": read.name, "zone": zone.key})
        return venue_id

    async def create_layout(self, by: Act, venue_id: str, body: Any) -> int | Refused | list[Mistake]:
        """A new version of the venue's seats; the same seats again are the same version."""
        findings = Findings({})
        read = read_input(LayoutInput, body, findings)
        layout = draw_layout(read.name, read.sections, findings) if read else None
        if layout is None or findings.paths:
            return findings.listed()
        async with self._office.transaction(by) as connection:
            version = await writing.write_layout(connection, by.organizer_id, venue_id, layout)
            if version is None:
                return Refused(Code.NOT_FOUND)
            after = {"version": version, "seats": layout.seats}
            await write(connection, by, "layout.create", venue_id, after=after)
        return version

    async def create_event(self, by: Act, body: Any) -> str | list[Mistake]:
        """An event by itself; its id, or what is wrong."""
        findings = Findings({})
        read = read_input(EventInput, body, findings)
        if read is None:
            return findings.listed()
        zone = read_zone(read.zone, ("zone",), findings)
        starts_at = read_moment(read.starts, ("starts",), zone, self._now(), findings)
        ends_at = read_moment(read.ends, ("ends",), zone, self._now(), findings)
        types = read_types(read.ticket_types, findings)
        if starts_at and ends_at and ends_at <= starts_at:
            findings.add(("ends",), "is not after starts")
        theirs = by.organizer_id
        if read.venue and await self._office.fetchrow(theirs, sql.FIND_VENUE, read.venue, theirs) is None:
            findings.add(("venue",), "is not the id of a venue of yours")
        if findings.paths or zone is None or starts_at is None:
            return findings.listed()
        event = event_draft(read.event, read, zone.key, starts_at, ends_at)
        async with self._office.transaction(by) as connection:
            event_id = await writing.write_event(connection, by.organizer_id, event, read.venue)
            await writing.write_types(connection, event_id, types)
            after = {"name": event.name, "starts_at": starts_at, "venue": read.venue}
            await write(connection, by, "event.create", event_id, after=after)
        return event_id

    async def sale_from_yaml(self, text: str, by: Act) -> CreatedSale | list[Mistake]:
        """A sale as its organizer wrote it down; mistakes come with their lines."""
        try:
            source = read_yaml(text)
        except BadSource as bad:
            return [bad.mistake]
        findings = Findings(source.lines)
        read = read_sale_input(source.tree, findings, source.lines)
        findings.take(source.mistakes)
        return await self._create_sale(by, read, findings)

    async def create_sale(self, by: Act, body: Any) -> CreatedSale | list[Mistake]:
        """The same from plain values, such as a JSON body."""
        findings = Findings({})
        return await self._create_sale(by, read_sale_input(body, findings, findings.lines), findings)

    async def _create_sale(self, by: Act, read: SaleInput | None, findings: Findings) -> CreatedSale | list[Mistake]:
        if read is None:
            return findings.listed()
        known = await self._known(by.organizer_id, read)
        await find_too_early(self._db, read, findings)
        async with self._office.transaction(by) as connection:
            entering = await self._entering_of(connection, by.organizer_id, read)
        draft = compose_sale(read, known, self._now(), findings, entering)
        if draft is None:
            return findings.listed()
        try:
            created = await self._store(by, draft, known)
        except asyncpg.UniqueViolationError:
            findings.add(("id",), _ID_TAKEN)
            return findings.listed()
        await self._tell(created.id)
        return created

    async def _known(self, organizer_id: str, read: SaleInput) -> Known:
        async with self._office.reading(organizer_id) as db:
            event = await db.fetchrow(sql.FIND_EVENT, read.event_id, organizer_id) if read.event_id else None
            venue_id = read.venue_id or (event["venue_id"] if event else None)
            venue = await db.fetchrow(sql.FIND_VENUE, venue_id, organizer_id) if venue_id else None
            layout = await reading.read_layout(db, venue["id"], read.layout) if venue and read.layout else None
            taxes = await read_rules(db, organizer_id, await country_of(db, organizer_id, read, venue))
        return Known(
            # By anybody: ids of sales are one space.
            sale_taken=bool(read.id and await self._db.fetchval(sql.SALE_EXISTS, read.id)),
            event=None if event is None else KnownEvent(**dict(event)),
            venue_found=venue is not None,
            layout=layout,
            taxes=taxes,
        )

    async def _store(self, by: Act, draft: SaleDraft, known: Known) -> CreatedSale:
        zone = draft.event.zone if draft.event else known.event.zone if known.event else "UTC"
        async with self._office.transaction(by) as connection:
            if draft.event_id is not None:
                status = await connection.fetchval(sql.STATUS_OF_EVENT, draft.event_id, by.organizer_id)
                if status == EventStatus.CANCELLED.value:
                    raise RefusalError(Code.EVENT_CANCELLED)
            created = await writing.write_sale(connection, by.organizer_id, draft, zone)
            await self._coupons.write(connection, by, created.id, draft.coupons)
            after = writing.sale_facts(await connection.fetchrow(sql.READ_SALE, created.id))
            await write(connection, by, "sale.create", created.id, after=after)
        return created

    # ── changing and steering ──

    async def change_sale(
        self, by: Act, sale_id: str, body: Any, lines: Lines = MappingProxyType({})
    ) -> SaleInfo | Refused | list[Mistake]:
        """What may change of a sale; what the body leaves out stays."""
        findings = Findings(lines)
        change = read_input(SaleChange, body, findings)
        if change is not None and change.coupons:
            await find_coupons_too_early(self._db, ("coupons",), findings)
        async with self._office.transaction(by) as connection:
            row = await connection.fetchrow(sql.LOCK_SALE, sale_id, by.organizer_id)
            if row is None:
                return Refused(Code.UNKNOWN_SALE)
            if change is None:
                return findings.listed()
            entering = await self._entering_of(connection, by.organizer_id, change)
            changed = await changed_sale(connection, row, change, entering, now=self._now(), findings=findings)
            if findings.paths:
                return findings.listed()
            await connection.execute(sql.UPDATE_SALE, sale_id, *changed.values)
            await open_allocations(connection, sale_id, changed.unlocks, changed.phases)
            if changed.coupons is not None:
                await self._coupons.write(connection, by, sale_id, changed.coupons)
            detail = {"fields": sorted(change.model_fields_set)}
            before, after = writing.changed(row, await connection.fetchrow(sql.LOCK_SALE, sale_id, by.organizer_id))
            await write(connection, by, "sale.change", sale_id, before=before, after=after, detail=detail)
        await self._tell(sale_id)
        info = await reading.read_sale(self._db, sale_id)
        return Refused(Code.UNKNOWN_SALE) if info is None else info

    async def open_now(self, by: Act, sale_id: str) -> Switches | Refused:
        """Open before the time; a paused sale goes on."""
        return await self._steer(by, sale_id, "sale.open", sql.OPEN_NOW)

    async def pause(self, by: Act, sale_id: str) -> Switches | Refused:
        """No admission and no new holds; carts and purchases go on."""
        return await self._steer(by, sale_id, "sale.pause", sql.PAUSE)

    async def resume(self, by: Act, sale_id: str) -> Switches | Refused:
        return await self._steer(by, sale_id, "sale.resume", sql.RESUME)

    async def close_early(self, by: Act, sale_id: str) -> Switches | Refused:
        """Before its time; carts may still be bought until their own deadlines."""
        return await self._steer(by, sale_id, "sale.close", sql.CLOSE_EARLY)

    async def reopen(self, by: Act, sale_id: str, body: Any) -> Switches | Refused | list[Mistake]:
        """A sale that is over goes on, until its event starts unless another end is named; places and numbers stay."""
        findings = Findings({})
        read = read_input(SaleReopen, body, findings)
        if read is None:
            return findings.listed()
        async with self._office.transaction(by) as connection:
            row = await connection.fetchrow(sql.LOCK_REOPENED, sale_id, by.organizer_id)
            if row is None:
                return Refused(Code.UNKNOWN_SALE)
            closes_at = reopened_until(row, read, self._now(), findings)
            if findings.paths:
                return findings.listed()
            if isinstance(closes_at, Code):
                return Refused(closes_at)
            if row["closed_at"] is None and closes_at == row["closes_at"]:
                return Switches(row["opened_at"], None, row["paused"])
            done = await connection.fetchrow(sql.REOPEN, sale_id, closes_at)
            before = {"closed_at": row["closed_at"], "closes_at": row["closes_at"]}
            after = {"closed_at": None, "closes_at": closes_at}
            await write(connection, by, "sale.reopen", sale_id, before=before, after=after)
        await self._tell(sale_id)
        return Switches(done["opened_at"], None, done["paused"])

    async def _steer(self, by: Act, sale_id: str, act: str, statement: str) -> Switches | Refused:
        async with self._office.transaction(by) as connection:
            before = await connection.fetchrow(sql.LOCK_SWITCHES, sale_id, by.organizer_id)
            row = await connection.fetchrow(statement, sale_id, by.organizer_id)
            if row is None:
                over = await connection.fetchval(sql.OWNED_SALE, sale_id, by.organizer_id)
                if over is None:
                    return Refused(Code.UNKNOWN_SALE)
                return Refused(Code.SALE_CLOSED if over else Code.SALE_NOT_OPEN)
            await write(connection, by, act, sale_id, before=dict(before), after=dict(row))
        await self._tell(sale_id)
        return Switches(row["opened_at"], row["closed_at"], row["paused"])

    async def _tell(self, sale_id: str) -> None:
        """Bring the live side along; when Redis does not answer, the keeper does it later."""
        try:
            await self._converge(sale_id)
        except STORE_AWAY as error:
            log.warning("sale %s is stored, and its live side follows later: %s", sale_id, error)

    # ── reading ──

    async def plan(self, sale_id: str) -> SalePlan | None:
        """All the engine needs to run the sale."""
        return await reading.read_plan(self._db, sale_id)

    async def reach(self, sale_id: str) -> SaleReach | None:
        """Who may reach a sale, of an event or a promo, by its id; None when there is none."""
        row = await self._db.fetchrow(sql.SALE_REACH, sale_id)
        return None if row is None else SaleReach(row["organizer"], row["by_all"])

    async def owns(self, organizer_id: str, sale_id: str) -> bool:
        """Whether a sale is this organizer's; also False when there is none."""
        return await self._db.fetchval(sql.OWNED_SALE, sale_id, organizer_id) is not None

    async def about_sale(self, organizer_id: str, sale_id: str) -> About | None:
        """What a sale of an organizer is about; None when it is another's, or none."""
        return (await self.about_sales(organizer_id, [sale_id])).get(sale_id)

    async def about_sales(self, organizer_id: str, sales: Collection[str]) -> dict[str, About]:
        """The same of some sales, without those of others."""
        rows = await self._db.fetch(sql.ABOUT_SALES, list(sales), organizer_id)
        return {row["id"]: About(row["event_id"], row["venue_id"]) for row in rows}

    async def about_event(self, organizer_id: str, event_id: str) -> About | None:
        row = await self._db.fetchrow(sql.ABOUT_EVENT, event_id, organizer_id)
        return None if row is None else About(row["id"], row["venue_id"])

    async def sales_with_room(self, organizer_id: str) -> list[str]:
        """The newest sales of an organizer's events that have a room."""
        return [row["id"] for row in await self._db.fetch(sql.SALES_WITH_ROOM, organizer_id)]

    async def sale_info(self, sale_id: str) -> SaleInfo | None:
        """All a page shows of the sale, except what changes while it runs."""
        return await reading.read_sale(self._db, sale_id)

    async def events_of(self, sales: Sequence[str]) -> dict[str, HeldEvent]:
        """What these sales sell, by sale; the sale of a promo, which has no event, is left out."""
        return await reading.read_events(self._db, sales)

    async def layout(self, venue_id: str, version: int) -> Layout | None:
        return await reading.read_layout(self._db, venue_id, version)

    async def sales(
        self, *, near: Near | None = None, words: str | None = None, after: str | None = None, limit: int = 50
    ) -> SalePage:
        """What everybody may see: soonest first, or nearest first."""
        return await reading.list_sales(self._db, near=near, words=words, after=after, limit=limit)

    async def organizer_sales(
        self,
        organizer_id: str,
        *,
        reach: Reach = ANYWHERE,
        words: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> SalePage:
        """Sales of an organizer, newest first: all, or those of the events and venues within reach."""
        async with self._office.reading(organizer_id) as db:
            return await reading.list_sales(
                db, words=words, after=after, limit=limit, organizer_id=organizer_id, reach=reach
            )
