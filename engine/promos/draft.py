"""What an organizer wrote about a store, checked as a whole and made ready to be stored.

Pure: the present and what is known already come in. Every mistake is found at once and named with its path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine.catalog import Findings, read_moment, read_zone
from engine.money import CURRENCIES, minor_units
from engine.promos.days import Daily, NoWindows, Once, Window, windows
from engine.promos.inputs import WEEKDAYS, PromoInput, StoreInput
from engine.segments import BUILT_IN, RuleMistake, read_rule

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ProductDraft:
    key: str
    name: str
    description: str
    picture: str
    price: int


@dataclass(frozen=True, slots=True)
class KnownProduct:
    """A product one may make a promo of: in the same source, or stored already."""

    price: int
    currency: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class PromoDraft:
    name: str
    product: str  # key in the source, or id
    price: int
    stock: int
    person_max: int
    radius_m: int
    segments: tuple[str, ...]  # names
    schedule: Mapping[str, Any]
    windows: tuple[Window, ...]
    scheduled: bool


@dataclass(frozen=True, slots=True)
class StoreDraft:
    name: str
    address: str
    zone: str
    latitude: float
    longitude: float
    currency: str
    products: tuple[ProductDraft, ...]
    segments: Mapping[str, str]
    promos: tuple[PromoDraft, ...]


def compose_store(read: StoreInput, segments: frozenset[str], now: datetime, findings: Findings) -> StoreDraft | None:
    """The store as it will be; None when anything is wrong. `segments` are the names that exist already."""
    zone = read_zone(read.zone, ("zone",), findings)
    if read.currency not in CURRENCIES:
        findings.add(("currency",), "is not a known currency; write it as EUR")
    products: dict[str, ProductDraft] = {}
    for key, product in read.products.items():
        price = _price(product.price, read.currency, ("products", key, "price"), findings)
        products[key] = ProductDraft(key, product.name or key, product.description, product.picture, price)
    for name, rule in read.segments.items():
        check_rule(rule, ("segments", name), findings)
        if name in BUILT_IN:
            findings.add(("segments", name), "is built in and cannot be changed")
    known = segments | read.segments.keys() | BUILT_IN.keys()
    promos: list[PromoDraft] = []
    for at, promo in enumerate(read.promos):
        sold = products.get(promo.product)
        stands = KnownProduct(sold.price, read.currency, zone) if sold and zone else None
        draft = compose_promo(promo, stands, known, now, findings, path=("promos", at))
        if draft is not None:
            promos.append(draft)
    if findings.paths or zone is None:
        return None
    return StoreDraft(
        read.store,
        read.address,
        zone.key,
        read.latitude,
        read.longitude,
        read.currency,
        tuple(products.values()),
        read.segments,
        tuple(promos),
    )


def compose_promo(
    read: PromoInput,
    product: KnownProduct | None,
    segments: frozenset[str],
    now: datetime,
    findings: Findings,
    *,
    path: Path = (),
) -> PromoDraft | None:
    if product is None:
        findings.add((*path, "product"), "is not a product of this store")
        return None
    price = _price(read.price, product.currency, (*path, "price"), findings)
    if findings.fine((*path, "price")) and price >= product.price:
        findings.add((*path, "price"), "is not below the regular price")
    for at, name in enumerate(read.segments):
        if name not in segments:
            findings.add((*path, "segments", at), f"is not a segment; there are {', '.join(sorted(segments))}")
    schedule = _schedule(read, product.zone, now, findings, path)
    if schedule is None:
        return None
    try:
        found = windows(schedule, product.zone.key)
    except NoWindows as wrong:
        findings.add((*path, "once" if read.once else "daily"), str(wrong))
        return None
    coming = tuple(window for window in found if window.closes_at > now)
    if not coming:
        findings.add((*path, "once" if read.once else "daily"), "is over already")
    return PromoDraft(
        read.name,
        read.product,
        price,
        read.stock,
        read.person_max,
        read.radius_m,
        tuple(dict.fromkeys(read.segments)),
        schedule_to_json(schedule),
        coming,
        not read.draft,
    )


def check_rule(text: str, path: Path, findings: Findings) -> None:
    try:
        read_rule(text)
    except RuleMistake as wrong:
        findings.add(path, str(wrong))


def _schedule(read: PromoInput, zone: ZoneInfo, now: datetime, findings: Findings, path: Path) -> Once | Daily | None:
    if (read.once is None) == (read.daily is None):
        findings.add((*path, "once"), "or daily must be there, and not both")
        return None
    if read.daily is not None:
        daily = read.daily
        days = tuple(sorted({WEEKDAYS.index(day) for day in daily.weekdays}))
        return Daily(daily.opens, daily.closes, daily.first, daily.last, days)
    assert read.once is not None, "one of the two is there"
    opens_at = read_moment(read.once.opens, (*path, "once", "opens"), zone, now, findings)
    closes_at = read_moment(read.once.closes, (*path, "once", "closes"), zone, now, findings)
    return Once(opens_at, closes_at) if opens_at and closes_at else None


def schedule_to_json(schedule: Once | Daily) -> dict[str, Any]:
    if isinstance(schedule, Once):
        return {"once": {"opens_at": schedule.opens_at.isoformat(), "closes_at": schedule.closes_at.isoformat()}}
    return {
        "daily": {
            "opens": _hhmm(schedule.opens),
            "closes": _hhmm(schedule.closes),
            "first": schedule.first_day.isoformat(),
            "last": schedule.last_day.isoformat(),
            "weekdays": [WEEKDAYS[day] for day in schedule.weekdays],
        }
    }


def _hhmm(clock: time) -> str:
    return clock.isoformat(timespec="minutes")


def _price(amount: Decimal, currency: str, path: Path, findings: Findings) -> int:
    try:
        return minor_units(amount, currency)
    except ValueError as wrong:
        findings.add(path, str(wrong))
        return 0
