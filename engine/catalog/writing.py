"""Writing to the catalog: venues, layout versions, events, sales; each call inside its caller's transaction.

Calls Postgres only. Guarantees: a layout version is never changed; the same seats twice are the same version.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import asyncpg

from engine.catalog import allocation_sql, sql
from engine.catalog.allocation_parts import AllocationDraft
from engine.catalog.coupons import CouponsOfSale
from engine.catalog.days import days_to_json
from engine.catalog.draft import EventDraft, SaleDraft
from engine.catalog.draft_stock import products_to_json
from engine.catalog.dues import dues_to_json
from engine.catalog.entry import Entering, MarkCode
from engine.catalog.event_inputs import SaleChange
from engine.catalog.inputs import SaleInput, VenueInput
from engine.catalog.layout import Layout, row_to_json, section_shape
from engine.catalog.model import EntryRule, PoolPlan, counted
from engine.catalog.names import latin_id
from engine.catalog.phases import phases_to_json
from engine.catalog.questions import questions_to_json
from engine.catalog.reading import read_layout, room_to_json
from engine.catalog.ticket_types import type_rules_to_json
from engine.catalog.unlocks import open_allocations, unlocks_to_json
from engine.catalog.views import CreatedSale
from engine.catalog.zones import zones_to_json
from engine.ids import new_id, readable
from engine.pictures import want
from engine.segments import own_segments

SECRET_BYTES = 32
_CHOSEN_CHARS = 30  # of an id made from the name of an event
_RANDOM_CHARS = 6
_AUDITED = (
    "visibility",
    "public_at",
    "lobby_at",
    "opens_at",
    "closes_at",
    "person_max",
    "cart_ms",
    "room",
    "questions",
    "days",
    "tax_identity",
)


async def entering_of(
    mark_code: MarkCode,
    coupons: CouponsOfSale,
    db: asyncpg.Connection,
    organizer_id: str,
    read: SaleInput | SaleChange,
) -> Entering:
    """What is asked for what is written: the organizer's segments only where one is named."""
    written = [read.entry, *(phase.entry for phase in (read.phases or {}).values())]
    rules = [*written, *(read.coupons or {}).values()]
    named = any(rule is not None and rule.segment is not None for rule in rules)
    return Entering(mark_code, await own_segments(db, organizer_id) if named else {}, coupons)


async def write_venue(db: asyncpg.Connection, organizer_id: str, venue: VenueInput | None, zone: str) -> str:
    """The venue of that name and zone, made when there is none."""
    name = "" if venue is None else venue.name
    country = None if venue is None else venue.country
    found: str | None = await db.fetchval(sql.SAME_VENUE, organizer_id, name, zone)
    if found is not None:
        if country is not None:
            await db.execute(sql.SET_COUNTRY, found, country)
        return found
    venue_id = new_id("ven")
    address, latitude, longitude = (
        ("", None, None) if venue is None else (venue.address, venue.latitude, venue.longitude)
    )
    await db.execute(sql.INSERT_VENUE, venue_id, organizer_id, name, address, zone, latitude, longitude, country)
    return venue_id


async def write_layout(db: asyncpg.Connection, organizer_id: str, venue_id: str, layout: Layout) -> int | None:
    """The version with exactly these seats if it is the newest, else a new one; None when the venue is not theirs."""
    if await db.fetchval(sql.LOCK_VENUE, venue_id, organizer_id) is None:
        return None
    newest: int = await db.fetchval(sql.NEWEST_LAYOUT, venue_id) or 0
    if newest and await read_layout(db, venue_id, newest) == layout:
        return newest
    version = newest + 1
    await db.execute(sql.INSERT_LAYOUT, venue_id, version, layout.name, layout.seats, {})
    await db.executemany(
        sql.INSERT_SECTION,
        [
            (
                venue_id,
                version,
                section.id,
                section.name,
                section.rank,
                section.first_seat,
                [row_to_json(row) for row in section.rows],
                section_shape(section),
            )
            for section in layout.sections
        ],
    )
    return version


async def write_event(db: asyncpg.Connection, organizer_id: str, event: EventDraft, venue_id: str | None) -> str:
    event_id = new_id("evt")
    await db.execute(
        sql.INSERT_EVENT,
        event_id,
        organizer_id,
        venue_id,
        event.name,
        event.description,
        event.kind,
        event.zone,
        event.starts_at,
        event.ends_at,
        event.picture,
        list(event.performers),
        event.starts_local,
        event.ends_local,
    )
    if event.picture:
        await want(db, organizer_id, event.picture)
    return event_id


async def write_types(db: asyncpg.Connection, event_id: str, types: Mapping[str, str]) -> None:
    rows = [(event_id, type_id, name, position) for position, (type_id, name) in enumerate(types.items())]
    await db.executemany(sql.INSERT_TYPE, rows)


async def add_types(db: asyncpg.Connection, event_id: str, types: Mapping[str, str]) -> None:
    """The same, behind those that the event has."""
    await db.executemany(sql.ADD_TYPE, [(event_id, type_id, name) for type_id, name in types.items()])


async def write_sale(db: asyncpg.Connection, organizer_id: str, draft: SaleDraft, zone: str) -> CreatedSale:
    """Write the sale with all that belongs to it. Makes the draw secret, whose commitment is public from now on."""
    layout = draft.stock.layout
    venue_id, version = draft.venue_id, draft.layout_version
    if venue_id is None and (draft.venue is not None or layout is not None):
        venue_id = await write_venue(db, organizer_id, draft.venue, zone)
    if layout is not None and version is None and venue_id is not None:
        version = await write_layout(db, organizer_id, venue_id, layout)
    event_id = draft.event_id
    if draft.event is not None:
        event_id = await write_event(db, organizer_id, draft.event, venue_id)
    assert event_id is not None, "a draft has an event of its own or names one"
    await write_types(db, event_id, draft.stock.types)
    sale_id = draft.id or new_sale_id_of(draft.event.name if draft.event else "sale")
    secret, commit = new_draw()
    await db.execute(
        sql.INSERT_SALE,
        sale_id,
        organizer_id,
        event_id,
        venue_id if version is not None else None,
        version,
        draft.currency,
        layout.seats if layout is not None else 0,
        draft.person_max,
        draft.cart_ms,
        draft.stock.prices,
        room_to_json(draft.room),
        draft.window.visibility,
        draft.window.public_at,
        draft.window.lobby_at,
        draft.window.opens_at,
        draft.window.closes_at,
        secret,
        commit,
        draft.entry.rule.value,
        list(draft.entry.codes),
        draft.entry.segment or None,
        questions_to_json(draft.questions),
        zones_to_json(draft.stock.zones),
        type_rules_to_json(draft.type_rules),
        phases_to_json(draft.phases),
        products_to_json(draft.stock.products),
        days_to_json(draft.days),
        {place: list(days) for place, days in draft.admits.items()},
        unlocks_to_json(draft.unlocks),
        dues_to_json(draft.dues),
        draft.tax_identity,
    )
    pools = [
        (sale_id, pool.id, pool.name, position, pool.capacity, list(pool.draws_on))
        for position, pool in enumerate(draft.stock.pools)
    ]
    await db.executemany(sql.INSERT_POOL, pools)
    for each in draft.allocations:
        await write_allocation(db, sale_id, each, draft.stock.pools)
    await open_allocations(db, sale_id, draft.unlocks, draft.phases)
    return CreatedSale(sale_id, event_id, venue_id, version)


async def write_allocation(
    db: asyncpg.Connection, sale_id: str, allocation: AllocationDraft, pools: Iterable[PoolPlan]
) -> None:
    """Write what is withheld; of these pools it counts beside what they have sold."""
    await db.execute(
        allocation_sql.ADD_ALLOCATION,
        *(sale_id, allocation.id, allocation.name, allocation.purpose),
        *(list(allocation.seats), dict(allocation.units), allocation.release_at, allocation.staff),
    )
    await withhold_units(db, sale_id, allocation.units, pools)


async def withhold_units(
    db: asyncpg.Connection, sale_id: str, units: Mapping[str, int], pools: Iterable[PoolPlan], *, sign: int = 1
) -> None:
    """Count units as withheld in their pools and in all that these draw on, or, with a `sign` of -1, no longer."""
    taken = counted(units, pools)
    if taken:
        values = [sign * each for each in taken.values()]
        await db.execute(allocation_sql.WITHHOLD_UNITS, sale_id, list(taken), values)


async def note_opened(db: asyncpg.Connection, sale_id: str, steered: int, at: datetime) -> int | None:
    """Note when a sale opened, of which the first instant stays; answers how often it was steered by now.

    None when it was steered since `steered`, and may not have to open.
    """
    counted: int | None = await db.fetchval(sql.OPENED, sale_id, steered, at)
    return counted


def new_draw() -> tuple[bytes, str]:
    """The secret of a sale's draw, and its commitment, which is public from the first moment."""
    secret = secrets.token_bytes(SECRET_BYTES)
    return secret, hashlib.sha256(secret).hexdigest()


def sale_facts(row: Any) -> dict[str, Any]:
    """What the audit trail keeps of a sale: of the codes that open it only how many there are."""
    facts = {name: row[name] for name in _AUDITED}
    phases = [{**each, "entry_codes": len(each["entry_codes"])} for each in row["phases"]]
    entry = {"rule": row["entry"], "codes": len(row["entry_codes"])}
    if row["entry"] == EntryRule.SEGMENT.value:
        entry["segment"] = row["entry_segment"]
    unlocks = [{**each, "codes": len(each["codes"])} for each in row["unlocks"]]
    return {**facts, "entry": entry, "phases": phases, "unlocks": unlocks}


def changed(before: Any, after: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The facts of a sale that differ, as they were and as they are; that codes differ shows only in their number."""
    was, now = sale_facts(before), sale_facts(after)
    differ = [name for name in was if was[name] != now[name]]
    return {name: was[name] for name in differ}, {name: now[name] for name in differ}


def new_sale_id_of(name: str) -> str:
    """An id for a sale of an event of this name."""
    return f"{latin_id(name)[:_CHOSEN_CHARS].strip('-') or 'sale'}-{readable(_RANDOM_CHARS)}"
