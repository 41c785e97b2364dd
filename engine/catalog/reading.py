"""Reading the catalog: plans for the engine, pages for people.

Calls Postgres only. Answers None for what does not exist; a cursor that is not ours starts from the beginning.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import asyncpg
import orjson

from engine.access import ANYWHERE, Reach, organizer_of
from engine.catalog import sql
from engine.catalog.days import admits_from_json, days_from_json
from engine.catalog.draft_stock import products_from_json
from engine.catalog.dues import dues_from_json
from engine.catalog.entry import entry_of, segments_named
from engine.catalog.layout import Layout, Section, section_from_json
from engine.catalog.model import (
    EventStatus,
    PoolPlan,
    PriceList,
    RoomPlan,
    RowPlan,
    SaleKind,
    SalePlan,
    SectionPlan,
    hidden_types,
)
from engine.catalog.names import plain
from engine.catalog.phases import phases_from_json
from engine.catalog.questions import questions_from_json
from engine.catalog.remoteness import remoteness
from engine.catalog.ticket_types import parted, type_rules_from_json
from engine.catalog.unlocks import unlocks_from_json, unseen_types
from engine.catalog.views import EventView, HeldEvent, SaleCard, SaleInfo, SalePage, Times, VenueView, lowest
from engine.catalog.zones import runs_of, zones_from_json
from engine.limits import PAGE_ITEMS_MAX
from engine.pictures import shown_of


@dataclass(frozen=True, slots=True)
class Near:
    latitude: float
    longitude: float


async def read_layout(db: asyncpg.Pool | asyncpg.Connection, venue_id: str, version: int) -> Layout | None:
    name = await db.fetchval(sql.READ_LAYOUT, venue_id, version)
    if name is None:
        return None
    return Layout(name, tuple(map(section_from_json, await db.fetch(sql.READ_SECTIONS, venue_id, version))))


async def read_plan(db: asyncpg.Pool, sale_id: str) -> SalePlan | None:
    """All the engine needs to run the sale. Sections without a price are not for sale."""
    row = await db.fetchrow(sql.READ_SALE, sale_id)
    if row is None:
        return None
    sections, newest = await sections_of(db, row), await db.fetchrow(sql.NEWEST_PRICE_LIST, sale_id)
    pools, stock = await _stock(db, sale_id)
    return SalePlan(
        id=row["id"],
        organizer_id=row["organizer_id"],
        currency=row["currency"],
        seats=row["seats"],
        # A third of a second for the largest layouts: others go on meanwhile.
        sections=await asyncio.to_thread(lambda: tuple(map(section_plan, sections))) if sections else (),
        pools=pools,
        prices=row["prices"],
        person_max=row["person_max"],
        cart_ms=row["cart_ms"],
        room=room_from_json(row["room"]),
        lobby_at=row["lobby_at"],
        opens_at=row["opens_at"],
        closes_at=row["closes_at"],
        draw_secret=row["draw_secret"],
        draw_commit=row["draw_commit"],
        kind=SaleKind(row["kind"]),
        off_seats=_off_seats(sections, row["prices"]),
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
        paused=row["paused"],
        entry=entry_of(row),
        withheld=tuple(stock["withheld"]),
        stock=stock["number"],
        list=newest["number"],
        list_from_ms=newest["valid_from_ms"],
        companions=companions_of(sections),
        phases=phases_from_json(row["phases"]),
        products=products_from_json(row["products"]),
        unlocks=unlocks_from_json(row["unlocks"]),
        hidden=hidden_types(type_rules_from_json(row["type_rules"])),
        draws={each: tuple(seats) for each, seats in stock["draws"].items()},
    )


def companions_of(sections: Iterable[Section]) -> dict[int, int]:
    """The seat of each companion, and the accessible seat that it is sold with."""
    return {seat: space for section in sections for row in section.rows for seat, space in row.spaces.items()}


async def segments_of_sales(db: asyncpg.Pool, sales: Collection[str]) -> dict[str, tuple[str, frozenset[str]]]:
    """Whose each of these sales is, and for which segments it is, or one of its phases."""
    rows = await db.fetch(sql.ENTRIES, list(sales))
    return {
        row["id"]: (row["organizer_id"], segments_named(entry_of(row), phases_from_json(row["phases"]))) for row in rows
    }


async def read_lists(db: asyncpg.Pool | asyncpg.Connection, sale: Any) -> tuple[PriceList, ...]:
    """The price lists of a sale, by number."""
    rows = await db.fetch(sql.READ_PRICE_LISTS, sale["id"])
    later = [
        PriceList(
            row["number"],
            row["valid_from_ms"],
            row["prices"],
            zones_from_json(row["zones"]),
            dues_from_json(row["dues"]),
        )
        for row in rows
    ]
    first = PriceList(1, 0, sale["prices"], zones_from_json(sale["zones"]), dues_from_json(sale["dues"]))
    return (first, *later)


async def read_sale(db: asyncpg.Pool, sale_id: str) -> SaleInfo | None:
    row = await db.fetchrow(sql.READ_SALE, sale_id)
    if row is None:
        return None
    event = None if row["event_id"] is None else await db.fetchrow(sql.READ_EVENT, row["event_id"])
    venue_id = row["venue_id"] or (event["venue_id"] if event else None)
    venue = None if venue_id is None else await db.fetchrow(sql.READ_VENUE, venue_id)
    types = [] if event is None else await db.fetch(sql.READ_TYPES, event["id"])
    sections, lists = await sections_of(db, row), await read_lists(db, row)
    pools, stock = await _stock(db, sale_id)
    pools, numbers, product_pools = parted(pools)
    units = sum(pool.capacity for pool in pools if not pool.draws_on)
    return SaleInfo(
        id=row["id"],
        organizer=organizer_of(await db.fetchrow(sql.READ_ORGANIZER, row["organizer_id"])),
        event=None if event is None else event_view(event),
        venue=None if venue is None else VenueView(**dict(venue)),
        layout_version=row["layout_version"],
        currency=row["currency"],
        seats=row["seats"],
        stock=row["seats"] - len(_off_seats(sections, row["prices"])) - len(stock["withheld"]) + units,
        sections=tuple(sections),
        pools=pools,
        types={kind["id"]: kind["name"] for kind in types},
        lists=lists,
        person_max=row["person_max"],
        cart_ms=row["cart_ms"],
        room=room_from_json(row["room"]),
        times=times_of(row),
        draw_commit=row["draw_commit"],
        entry=entry_of(row),
        questions=questions_from_json(row["questions"]),
        tax_identity=row["tax_identity"],
        type_numbers=numbers,
        type_rules=type_rules_from_json(row["type_rules"]),
        phases=phases_from_json(row["phases"]),
        products=products_from_json(row["products"]),
        product_pools=product_pools,
        days=days_from_json(row["days"]),
        admits=admits_from_json(row["admits"]),
        unlocks=unlocks_from_json(row["unlocks"]),
        draws={each: tuple(runs_of(sorted(seats))) for each, seats in stock["draws"].items()},
        kind=SaleKind(row["kind"]),
    )


def event_view(row: asyncpg.Record) -> EventView:
    return EventView(
        id=row["id"],
        name=row["name"],
        description=row["description"],
        kind=row["kind"],
        zone=row["zone"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        picture=row["picture"],
        performers=tuple(row["performers"]),
        shown=shown_of(row),
        status=EventStatus(row["status"]),
        revision=row["revision"],
        starts_local=row["starts_local"],
        moved_from=row["moved_from"],
        series_id=row["series_id"],
        series_name=row["series_name"] or "",
    )


async def read_events(db: asyncpg.Pool, sales: Sequence[str]) -> dict[str, HeldEvent]:
    """The events that these sales sell; a sale without one is left out."""
    rows = await db.fetch(sql.EVENTS_OF, sales)
    return {
        row["sale_id"]: HeldEvent(
            event_view(row),
            None if row["venue_id"] is None else VenueView(**{key: row[f"venue_{key}"] for key in VenueView.__slots__}),
        )
        for row in rows
    }


async def list_sales(
    db: asyncpg.Pool | asyncpg.Connection,
    *,
    near: Near | None = None,
    words: str | None = None,
    after: str | None = None,
    limit: int = 50,
    organizer_id: str | None = None,
    reach: Reach = ANYWHERE,
) -> SalePage:
    """Public sales, soonest or nearest first; with an organizer, theirs within reach, newest first."""
    sought = like_words(words)
    key, last = read_cursor(after)
    limit = max(1, min(limit, PAGE_ITEMS_MAX))
    rows = await db.fetch(
        sql.LIST_SALES,
        near.latitude if near else None,
        near.longitude if near else None,
        sought,
        key,
        last,
        limit + 1,
        organizer_id,
        None if reach.everything else sorted(reach.events),
        sorted(reach.venues),
    )
    following = as_cursor(rows[limit - 1]) if len(rows) > limit else None
    return SalePage(tuple(map(sale_card, rows[:limit])), following)


def room_to_json(room: RoomPlan | None) -> dict[str, int] | None:
    if room is None:
        return None
    return {"shoppers_max": room.shoppers_max, "claim_ms": room.claim_ms, "per_second_max": room.per_second_max}


def room_from_json(packed: Mapping[str, int] | None) -> RoomPlan | None:
    return None if packed is None else RoomPlan(**packed)


def times_of(row: Mapping[str, Any]) -> Times:
    return Times(**{key: row[key] for key in Times.__slots__})


async def sections_of(db: asyncpg.Pool | asyncpg.Connection, sale: Mapping[str, Any]) -> list[Section]:
    if sale["layout_version"] is None:
        return []
    return [
        section_from_json(row) for row in await db.fetch(sql.READ_SECTIONS, sale["venue_id"], sale["layout_version"])
    ]


async def _stock(db: asyncpg.Pool, sale_id: str) -> tuple[tuple[PoolPlan, ...], asyncpg.Record]:
    """Pools, and what is withheld of the seats, as of one moment."""
    stock = await db.fetchrow(sql.READ_STOCK, sale_id)
    assert stock is not None, "it is one row"
    return tuple(map(pool_of, stock["pools"])), stock


async def stock_number(db: asyncpg.Pool, sale_id: str) -> int:
    """The number of the newest change of what a sale has to sell; those that are still asked count not yet."""
    number: int = await db.fetchval(sql.STOCK_NUMBER, sale_id)
    return number


def pool_of(row: Mapping[str, Any]) -> PoolPlan:
    return PoolPlan(row["id"], row["name"], row["capacity"], tuple(row["draws_on"]), row["withheld"])


def section_plan(section: Section) -> SectionPlan:
    remote = iter(remoteness(section))
    rows = tuple(
        RowPlan(row.label, row.first_seat, row.seats, tuple(islice(remote, row.seats)), row.accessible, row.companions)
        for row in section.rows
    )
    return SectionPlan(section.id, section.name, section.rank, rows)


def _off_seats(sections: list[Section], prices: Mapping[str, Any]) -> tuple[int, ...]:
    off: list[int] = []
    for section in sections:
        if section.id in prices:
            off += Layout("", (section,)).off_seats
        else:
            off += range(section.first_seat, section.first_seat + section.seats)
    return tuple(off)


def sale_card(row: asyncpg.Record) -> SaleCard:
    unseen = unseen_types(type_rules_from_json(row["type_rules"]), phases_from_json(row["phases"]))
    prices = lowest(row["prices"], [kind for kind in row["types"] if kind not in unseen], unseen)
    return SaleCard(
        id=row["id"],
        event_id=row["event_id"],
        name=row["name"],
        kind=row["kind"],
        zone=row["zone"],
        starts_at=row["starts_at"],
        picture=row["picture"],
        shown=shown_of(row),
        venue_name=row["venue_name"] or "",
        address=row["address"] or "",
        latitude=row["latitude"],
        longitude=row["longitude"],
        distance_m=row["distance_m"],
        currency=row["currency"],
        price_from=prices.standard,
        concession_from=prices.concession,
        stock=row["seats"] + row["units"],
        times=times_of(row),
        status=EventStatus(row["status"]),
        moved_from=row["moved_from"],
        series_id=row["series_id"],
    )


def like_words(words: str | None) -> str | None:
    """As a pattern for what is compared in small letters without accents; None when there are none."""
    return _like(plain(words)) if words and words.strip() else None


def _like(words: str) -> str:
    return words.strip()[:200].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def as_cursor(row: asyncpg.Record) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([row["sort_key"], row["id"]])).decode().rstrip("=")


def read_cursor(after: str | None) -> tuple[float | None, str | None]:
    if not after:
        return None, None
    try:
        key, last = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        return float(key), str(last)
    except (ValueError, TypeError, binascii.Error):
        return None, None
