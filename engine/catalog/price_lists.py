"""Price lists: what a sale asks for its places, changed while it is on sale.

Guarantees: prices never change in place: a change is a list of its own, numbered without gaps, of every place the sale
sells; it begins so far ahead, by the clock that opens carts, that every process knows it before a cart can need it.
Fails as its stores do; what is wrong is named, and nothing is stored then.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import asyncpg

from engine.audit import Act, write
from engine.catalog import sql, writing
from engine.catalog.change import Places
from engine.catalog.draft import read_input
from engine.catalog.draft_stock import products_from_json
from engine.catalog.dues import Priced, dues_from_json, dues_to_json, read_dues
from engine.catalog.event_inputs import PricesInput
from engine.catalog.fields import GENERAL
from engine.catalog.findings import Findings
from engine.catalog.inputs import SaleInput
from engine.catalog.layout import Section
from engine.catalog.mistakes import Lines, Mistake, Path, nearest
from engine.catalog.model import Dues, PriceZone
from engine.catalog.names import id_of, plain
from engine.catalog.reading import pool_of, sections_of
from engine.catalog.zones import paint, zones_from_json, zones_to_json
from engine.limits import PRICE_CHANGE_MS_MAX, PRICE_LIST_AHEAD_MS, PRICE_LISTS_PER_SALE_MAX, TICKET_TYPES_MAX
from engine.money import minor_units
from engine.refusals import Code, RefusalError, Refused
from engine.stores.office import Office
from engine.stores.standing import has_had

CHANGED_SINCE = "carts_by_price_list"  # the step after which nothing runs that knows the first list only
COUPONS_SINCE = "coupons_are_given_back"  # … that fails an order and keeps its uses of coupons
DUES_SINCE = "prices_with_dues"  # the step after which nothing runs that asks for prices alone
OLDER_RUNS = "have to wait while an older release may run beside this one: `aforo db apply --contract` ends that"

ClockOf = Callable[[str], Awaitable[int | Refused]]
Tell = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ListedPrices:
    """A price list with its history."""

    number: int
    valid_from_ms: int  # 0: from the beginning
    prices: Mapping[str, Mapping[str, int]]
    made_at: datetime
    made_by: str  # "" for the first one, which came with the sale
    zones: Mapping[str, PriceZone]
    dues: Dues


@dataclass(frozen=True, slots=True)
class Whole:
    """What a list asks, and for what."""

    prices: Mapping[str, Mapping[str, int]]
    zones: Mapping[str, PriceZone]
    dues: Dues


@dataclass(frozen=True, slots=True)
class Sold:
    """What a sale may ask prices for: its places and ticket types, by id, and its currency."""

    places: Mapping[str, str]  # section or pool id → name, those on sale
    types: Mapping[str, str]
    currency: str
    sections: Sequence[Section]
    products: Sequence[str]


class PriceLists:
    """The price lists of all sales of events."""

    def __init__(self, db: asyncpg.Pool, office: Office, clock_of: ClockOf, tell: Tell) -> None:
        """`clock_of(sale)` is the clock that opens its carts; `tell(sale)` brings its live side along."""
        self.ahead_ms = PRICE_LIST_AHEAD_MS  # less in tests, where no other process runs
        self._db = db
        self._office = office
        self._clock_of = clock_of
        self._tell = tell

    async def of(self, organizer_id: str, sale_id: str) -> list[ListedPrices] | Refused:
        """All lists of an organizer's sale, the newest first."""
        async with self._office.reading(organizer_id) as db:
            row = await db.fetchrow(sql.PRICED_SALE, sale_id, organizer_id)
            return Refused(Code.UNKNOWN_SALE) if row is None else await _listed(db, row)

    async def change(
        self, by: Act, sale_id: str, body: Any, lines: Lines | None = None
    ) -> ListedPrices | Refused | list[Mistake]:
        """A new list, whole; the one there is when nothing differs. Carts that are open keep theirs.

        With `preview` what it would be, and nothing is written. `lines` are those of a file that the body comes from.
        """
        findings = Findings(lines or {})
        read = read_input(PricesInput, body, findings)
        if read is None:
            return findings.listed()
        if not await has_had(self._db, CHANGED_SINCE):
            findings.add(("prices",), OLDER_RUNS)
            return findings.listed()
        await find_too_early(self._db, read, findings)
        if findings.paths:
            return findings.listed()
        async with self._office.transaction(by) as connection:
            row = await connection.fetchrow(sql.LOCK_PRICED_SALE, sale_id, by.organizer_id)
            if row is None:
                return Refused(Code.UNKNOWN_SALE)
            if row["over"]:
                return Refused(Code.SALE_CLOSED)
            lists = await _listed(connection, row)
            if read.list is not None and read.list != lists[0].number:
                return Refused(Code.CHANGED_MEANWHILE)
            sold = await _sold(connection, row)
            types = _types(read, sold, findings)
            known = replace(sold, types={**sold.types, **types})
            asked = _whole(read, known, lists[0], findings)
            if len(lists) >= PRICE_LISTS_PER_SALE_MAX:
                findings.add(("prices",), f"have changed {PRICE_LISTS_PER_SALE_MAX - 1} times, which is the most")
            if findings.paths:
                return findings.listed()
            if asked == Whole(lists[0].prices, lists[0].zones, lists[0].dues):
                return lists[0]
            if read.preview:
                return await self._next(by, sale_id, lists[0], asked)
            made = await self._write(connection, by, sale_id, lists[0], asked)
            if isinstance(made, Refused):
                return made
            await writing.add_types(connection, row["event_id"], types)
        await self._tell(sale_id)
        return made

    async def _next(self, by: Act, sale_id: str, newest: ListedPrices, asked: Whole) -> ListedPrices | Refused:
        """The list that comes after the newest, were it made now."""
        now_ms = await self._clock_of(sale_id)
        if isinstance(now_ms, Refused):
            return now_ms
        from_ms = max(now_ms + self.ahead_ms, newest.valid_from_ms + 1)
        made_at = datetime.fromtimestamp(now_ms / 1000, UTC)
        return ListedPrices(newest.number + 1, from_ms, asked.prices, made_at, by.actor, asked.zones, asked.dues)

    async def _write(
        self,
        connection: asyncpg.Connection,
        by: Act,
        sale_id: str,
        newest: ListedPrices,
        asked: Whole,
    ) -> ListedPrices | Refused:
        began, prices, zones = time.monotonic(), asked.prices, asked.zones
        made = await self._next(by, sale_id, newest, asked)
        if isinstance(made, Refused):
            return made
        number, from_ms = made.number, made.valid_from_ms
        stored = zones_to_json(zones), dues_to_json(asked.dues)
        made_at = await connection.fetchval(sql.INSERT_PRICE_LIST, sale_id, number, from_ms, prices, by.actor, *stored)
        places = {**newest.prices, **prices}
        differ = [place for place in places if prices.get(place) != newest.prices.get(place)]
        before = {"list": newest.number, "prices": {place: newest.prices.get(place) for place in differ}}
        after = {"list": number, "prices": {place: prices.get(place) for place in differ}, "from_ms": from_ms}
        if zones != newest.zones:
            before["zones"], after["zones"] = (
                {each: sum(seats for _, seats in zone.runs) for each, zone in its.items()}
                for its in (newest.zones, zones)
            )
        if asked.dues != newest.dues:
            before["dues"], after["dues"] = dues_to_json(newest.dues), dues_to_json(asked.dues)
        await write(connection, by, "sale.prices", sale_id, before=before, after=after)
        if (time.monotonic() - began) * 1000 > PRICE_CHANGE_MS_MAX:
            # It might be there too late for a cart that opens then.
            raise RefusalError(Code.BUSY)
        return replace(made, made_at=made_at)


async def find_too_early(db: asyncpg.Pool, read: SaleInput | PricesInput, findings: Findings) -> None:
    """Add what a release that may run beside this one would not ask for, or not know of."""
    if read.zones and not await has_had(db, CHANGED_SINCE):
        findings.add(("zones",), OLDER_RUNS)
    if isinstance(read, SaleInput) and read.coupons:
        await find_coupons_too_early(db, ("coupons",), findings)
    dues = [name for name, said in (("taxes", read.taxes), ("fees", read.fees)) if said]
    if dues and not await has_had(db, DUES_SINCE):
        findings.add((dues[0],), OLDER_RUNS)


async def find_coupons_too_early(db: asyncpg.Pool, path: Path, findings: Findings) -> None:
    if not await has_had(db, COUPONS_SINCE):
        findings.add(path, OLDER_RUNS)


async def _listed(db: asyncpg.Connection, sale: Any) -> list[ListedPrices]:
    """Newest first; the prices that the sale began with come last."""
    rows = await db.fetch(sql.READ_PRICE_LISTS, sale["id"])
    later = [
        ListedPrices(**{**row, "zones": zones_from_json(row["zones"]), "dues": dues_from_json(row["dues"])})
        for row in reversed(rows)
    ]
    zones, dues = zones_from_json(sale["zones"]), dues_from_json(sale["dues"])
    return [*later, ListedPrices(1, 0, sale["prices"], sale["created_at"], "", zones, dues)]


async def ever_sold(
    db: asyncpg.Connection, sale_id: str, first: Mapping[str, Mapping[str, int]]
) -> dict[str, dict[str, int]]:
    """The ticket types of each place in any list, the `first` one included, at their newest prices."""
    found = {place: dict(prices) for place, prices in first.items()}
    for row in await db.fetch(sql.READ_PRICE_LISTS, sale_id):
        for place, prices in row["prices"].items():
            found[place] = found.get(place, {}) | prices
    return found


async def on_sale(db: asyncpg.Connection, sale: Any, sections: Sequence[Section] | None = None) -> dict[str, str]:
    """Sections and pools, id → name: only what has had a price from the first. `sections` are all, where known."""
    sections = await sections_of(db, sale) if sections is None else sections
    places = {section.id: section.name for section in sections}
    places |= {row["id"]: row["name"] for row in await db.fetch(sql.READ_POOLS, sale["id"])}
    return {each: name for each, name in places.items() if each in sale["prices"]}


async def dated_places(db: asyncpg.Connection, sale: Any) -> Places:
    """What may admit to days: not what is sold beside tickets."""
    pools = [pool_of(row) for row in await db.fetch(sql.READ_POOLS, sale["id"])]
    beside = {pool.id for pool in pools if not pool.admits}
    on = await on_sale(db, sale)
    return Places(on.keys() - beside, [pool for pool in pools if pool.admits])


async def _sold(db: asyncpg.Connection, sale: Any) -> Sold:
    sections = await sections_of(db, sale)
    types = {row["id"]: row["name"] for row in await db.fetch(sql.READ_TYPES, sale["event_id"])}
    products = [each.id for each in products_from_json(sale["products"])]
    return Sold(await on_sale(db, sale, sections), types, sale["currency"], sections, products)


# ── what the body says. Pure ──


def _types(read: PricesInput, sold: Sold, findings: Findings) -> dict[str, str]:
    """Ticket types that are new."""
    types: dict[str, str] = {}
    for key, name in read.ticket_types.items():
        made = id_of(key)
        if not made:
            findings.add(("ticket_types", key), "needs a name with letters or digits in it")
        elif made in types:
            findings.add(("ticket_types", key), f"has the same id as another one, which is {made}")
        elif made not in sold.types:
            types[made] = name
    if len(sold.types) + len(types) > TICKET_TYPES_MAX:
        findings.add(("ticket_types",), f"would be more than {TICKET_TYPES_MAX}")
    return types


def _whole(read: PricesInput, sold: Sold, newest: ListedPrices, findings: Findings) -> Whole:
    """All prices. Zones that are painted anew bring their own, those that stay are named among the others."""
    dues, painted = _dues(read, sold, newest.dues, findings), newest.zones
    if read.zones is None:
        places = {**sold.places, **{each: zone.name for each, zone in painted.items()}}
        return Whole(_prices(read, replace(sold, places=places), findings), painted, dues)
    zones = paint(read.zones, sold.sections, tuple(sold.places), findings)
    prices = _prices(read, sold, findings)
    for key, zone in read.zones.items():
        prices[id_of(key)] = _amounts(zone.price, ("zones", key, "price"), sold, findings)
    return Whole(prices, zones, dues)


def _dues(read: PricesInput, sold: Sold, before: Dues, findings: Findings) -> Dues:
    """Fees and taxes: both stay where neither is said, as a tax may be that of a fee."""
    if read.taxes is None and read.fees is None:
        return before
    missing = next((name for name in ("taxes", "fees") if getattr(read, name) is None), None)
    if missing is not None and (before.fees if missing == "fees" else before.taxes or before.tax):
        findings.add((missing,), "are missing: taxes and fees are written together; an empty group takes them out")
    return read_dues(read.taxes or {}, read.fees or {}, Priced(sold.types, sold.products, sold.currency), findings)


def _prices(read: PricesInput, sold: Sold, findings: Findings) -> dict[str, dict[str, int]]:
    """A price of one type at least for each place of the sale."""
    prices: dict[str, dict[str, int]] = {}
    for key, asked in read.prices.items():
        path = ("prices", key)
        place = _known(key, sold.places)
        if place is None:
            findings.add(path, f"is not a section or pool of this sale{nearest(plain(key), _words(sold.places))}")
            continue
        if place in prices:
            findings.add(path, f"is {sold.places[place]}, which has its prices already")
            continue
        prices[place] = _amounts(asked, path, sold, findings)
    missing = [name for place, name in sold.places.items() if place not in prices]
    if missing:
        findings.add(("prices",), f"name all that is sold, and lack {', '.join(missing[:5])}")
    return prices


def _amounts(asked: Mapping[str, Decimal], path: Path, sold: Sold, findings: Findings) -> dict[str, int]:
    prices: dict[str, int] = {}
    for kind, amount in asked.items():
        below = path if len(asked) == 1 and kind == GENERAL else (*path, kind)
        type_id = _known(kind, sold.types)
        if type_id is None:
            findings.add(below, f"is not one of the ticket types{nearest(plain(kind), _words(sold.types))}")
            continue
        try:
            prices[type_id] = minor_units(amount, sold.currency)
        except ValueError as wrong:
            findings.add(below, str(wrong))
    return prices


def _known(key: str, names: Mapping[str, str]) -> str | None:
    """The id that a key means: itself, one made of it, or that of the name it is."""
    if key in names:
        return key
    if id_of(key) in names:
        return id_of(key)
    return next((each for each, name in names.items() if plain(name) == plain(key)), None)


def _words(names: Mapping[str, str]) -> Sequence[str]:
    return [*names, *map(plain, names.values())]
