"""What a sale sells: seats of a layout, pools, ticket types and prices.

Pure. Guarantees of a `Stock` without findings: ids are unique, prices are minor units, pools draw on pools that exist
and without circles, and every seat has a label of its own. Of two names that give the same id neither is lost: both are
named in a mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from engine.catalog.fields import GENERAL
from engine.catalog.findings import Findings, fresh_id, take_id
from engine.catalog.inputs import SaleInput, SectionInput
from engine.catalog.layout import Layout, Section, numbered
from engine.catalog.mistakes import Path, nearest
from engine.catalog.model import PRODUCT, PoolPlan, PriceZone, Product
from engine.catalog.names import id_of, plain, shown_name
from engine.catalog.shapes import STAGE_DEPTH, place_section
from engine.catalog.zones import paint
from engine.limits import POOLS_PER_SALE_MAX, SEATS_PER_SALE_MAX, SECTIONS_PER_SALE_MAX
from engine.money import CURRENCIES, minor_units


@dataclass(frozen=True, slots=True)
class Stock:
    layout: Layout | None  # a new one, or the one that the sale named
    pools: tuple[PoolPlan, ...]
    types: Mapping[str, str]  # ticket type id → name, in order
    prices: Mapping[str, Mapping[str, int]]
    zones: Mapping[str, PriceZone] = field(default_factory=dict)
    products: tuple[Product, ...] = ()
    written: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # section or pool id → where it was written


def read_stock(read: SaleInput, stored: Layout | None, findings: Findings) -> Stock:
    if not read.sections and not read.pools and findings.fine(("sections",), ("pools",)):
        findings.add((), "nothing to sell: give sections, pools or both")
    types = read_types({key: each.name or shown_name(key) for key, each in read.ticket_types.items()}, findings)
    prices: dict[str, Mapping[str, int]] = {}
    written: dict[str, tuple[str, str]] = {}
    layout = None
    if read.layout is not None:
        layout = stored
        written = _price_stored(read, stored, types, prices, findings)
    elif read.sections:
        layout = draw_layout("", read.sections, findings)
        for key, section in read.sections.items():
            for section_id in _section_ids(key, section):
                prices[section_id] = _prices(section.price, ("sections", key, "price"), read, types, findings)
                written[section_id] = ("sections", key)
    pools = _pools(read, types, prices, findings)
    written |= {id_of(key): ("pools", key) for key in read.pools}
    products, stocked = _products(read, findings)
    zones = paint(read.zones, layout.sections if layout else (), tuple(prices), findings)
    for key, zone in read.zones.items():
        prices[id_of(key)] = _prices(zone.price, ("zones", key, "price"), read, types, findings)
    return Stock(layout, (*pools, *stocked), types, prices, zones, products, written)


def draw_layout(name: str, described: Mapping[str, SectionInput], findings: Findings) -> Layout | None:
    """Seats of these sections, each placed behind the one before unless it says where it is."""
    sections: list[Section] = []
    taken: dict[str, str] = {}
    depth = STAGE_DEPTH
    seats = 0
    for key, section in described.items():
        path: Path = ("sections", key)
        section_id = fresh_id(key, taken, path, findings)
        if not findings.fine(path):
            continue
        try:
            placed = place_section(section_id, section.name or shown_name(key), section, depth)
        except ValueError as wrong:
            findings.add(path, str(wrong))
            continue
        depth = placed.depth
        seats += sum(part.seats for part in placed.sections)
        if seats > SEATS_PER_SALE_MAX:
            break
        if section.blocks is not None:
            for part in placed.sections:
                take_id(part.id, key, taken, path, findings)
        sections += placed.sections
        for part in placed.sections:
            _check_labels(part, path, findings)
    if seats > SEATS_PER_SALE_MAX:
        findings.add(("sections",), f"have more than {SEATS_PER_SALE_MAX:,} seats, which is the most for a sale")
    if len(sections) > SECTIONS_PER_SALE_MAX:
        findings.add(("sections",), f"are {len(sections):,}; a sale has at most {SECTIONS_PER_SALE_MAX:,}")
    return numbered(name, sections)


def _section_ids(key: str, section: SectionInput) -> list[str]:
    base = id_of(key)
    return [base] if section.blocks is None else [f"{base}-{block + 1}" for block in range(section.blocks)]


def _check_labels(section: Section, path: Path, findings: Findings) -> None:
    seen: set[tuple[str, str]] = set()
    for row in section.rows:
        for position in range(row.seats):
            name = (row.label, row.label_of(position))
            if name in seen:
                findings.add(path, f"has two seats called {name[0]} {name[1]}")
                return
            seen.add(name)


# ── ticket types and prices ──


def read_types(named: Mapping[str, str], findings: Findings) -> dict[str, str]:
    """Ticket type id → name, in the order they were named."""
    types: dict[str, str] = {}
    taken: dict[str, str] = {}
    for key, name in named.items():
        types[fresh_id(key, taken, ("ticket_types", key), findings)] = name
    return types


def _prices(
    price: Mapping[str, Decimal], path: Path, read: SaleInput, types: dict[str, str], findings: Findings
) -> Mapping[str, int]:
    prices: dict[str, int] = {}
    taken: dict[str, str] = {}
    for key, amount in price.items():
        single = len(price) == 1 and key == GENERAL
        below = path if single else (*path, key)
        type_id = fresh_id(key, taken, below, findings)
        if type_id not in types:
            if read.ticket_types and type_id != GENERAL:
                findings.add(below, f"is not one of the ticket_types{nearest(type_id, types)}")
            types[type_id] = shown_name(key)
        if read.currency in CURRENCIES and findings.fine(("currency",), below):
            try:
                prices[type_id] = minor_units(amount, read.currency)
            except ValueError as wrong:
                findings.add(below, str(wrong))
    return prices


def _price_stored(
    read: SaleInput,
    stored: Layout | None,
    types: dict[str, str],
    prices: dict[str, Mapping[str, int]],
    findings: Findings,
) -> dict[str, tuple[str, str]]:
    """Prices for sections of a layout that exists already; a section without a price is not sold.

    Answers where each of them was written.
    """
    written: dict[str, tuple[str, str]] = {}
    known = {} if stored is None else {plain(section.name): section.id for section in stored.sections}
    known |= {section_id: section_id for section_id in known.values()}
    taken: dict[str, str] = {}
    for key, section in read.sections.items():
        path: Path = ("sections", key)
        section_id = known.get(id_of(key)) or known.get(plain(key), id_of(key))
        take_id(section_id, key, taken, path, findings)
        if stored is not None and section_id not in known:
            findings.add(path, f"is not a section of this layout{nearest(plain(key), known)}")
        extra = section.model_fields_set - {"price", "name", "admits"}
        if extra:
            findings.add(
                path, f"only needs a price, because the layout exists already; leave out {', '.join(sorted(extra))}"
            )
        prices[section_id] = _prices(section.price, (*path, "price"), read, types, findings)
        written[section_id] = ("sections", key)
    return written


# ── pools ──


def _pools(
    read: SaleInput, types: dict[str, str], prices: dict[str, Mapping[str, int]], findings: Findings
) -> tuple[PoolPlan, ...]:
    if len(read.pools) > POOLS_PER_SALE_MAX:
        findings.add(("pools",), f"are {len(read.pools):,}; a sale has at most {POOLS_PER_SALE_MAX:,}")
    taken = {section_id: section_id for section_id in prices}
    pools: dict[str, PoolPlan] = {}
    keys: dict[str, str] = {}
    for key, pool in read.pools.items():
        pool_id = fresh_id(key, taken, ("pools", key), findings)
        keys[pool_id] = key
        prices[pool_id] = _prices(pool.price, ("pools", key, "price"), read, types, findings)
        pools[pool_id] = PoolPlan(
            pool_id, pool.name or shown_name(key), pool.capacity, tuple(dict.fromkeys(map(id_of, pool.draws_on)))
        )
    called = {id_of(name): name for pool in read.pools.values() for name in pool.draws_on}
    for pool_id, plan in pools.items():
        _check_draws_on(plan, pools, called, ("pools", keys[pool_id], "draws_on"), findings)
    return tuple(pools.values())


def _products(read: SaleInput, findings: Findings) -> tuple[tuple[Product, ...], tuple[PoolPlan, ...]]:
    """Products, and the pools that count them."""
    products, pools, taken = [], [], dict[str, str]()
    for key, each in read.products.items():
        path: Path = ("products", key)
        product_id, price = PRODUCT + fresh_id(key, taken, path, findings), 0
        if read.currency in CURRENCIES and findings.fine(("currency",)):
            try:
                price = minor_units(each.price, read.currency)
            except ValueError as wrong:
                findings.add((*path, "price"), str(wrong))
        products.append(Product(product_id, price, each.per_person))
        pools.append(PoolPlan(product_id, each.name or shown_name(key), each.capacity))
    return tuple(products), tuple(pools)


def products_to_json(products: Iterable[Product]) -> dict[str, dict[str, int]]:
    return {each.id: {"price": each.price, "per_person": each.per_person} for each in products}


def products_from_json(stored: Mapping[str, Mapping[str, int]]) -> tuple[Product, ...]:
    return tuple(Product(each, said["price"], said["per_person"]) for each, said in sorted(stored.items()))


def _check_draws_on(
    plan: PoolPlan, pools: Mapping[str, PoolPlan], called: Mapping[str, str], path: Path, findings: Findings
) -> None:
    for other in plan.draws_on:
        if other not in pools:
            findings.add(path, f"names no pool of this sale: {called[other]}{nearest(other, pools)}")
            return
    if plan.id in _reached(plan.draws_on, pools):
        findings.add(path, "goes in a circle")
        return
    for other in plan.draws_on:
        if plan.capacity > pools[other].capacity and findings.fine((*path[:-1], "capacity")):
            findings.add((*path[:-1], "capacity"), f"is more than that of {called[other]}, on which it draws")


def _reached(first: Iterable[str], pools: Mapping[str, PoolPlan]) -> set[str]:
    reached: set[str] = set()
    ahead = list(first)
    while ahead:
        pool_id = ahead.pop()
        if pool_id not in reached and pool_id in pools:
            reached.add(pool_id)
            ahead += pools[pool_id].draws_on
    return reached
