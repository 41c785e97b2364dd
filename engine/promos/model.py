"""The words of promos that other parts share. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from engine.people import Point

POOL = "units"  # the one pool of a window's sale
TICKET_TYPE = "general"


@dataclass(frozen=True, slots=True)
class StoreView:
    id: str
    name: str
    address: str
    zone: str
    point: Point


@dataclass(frozen=True, slots=True)
class SoldHere:
    """What the sale of a window sells, whether it is over or not."""

    product: str
    description: str
    picture: str
    store: StoreView
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Offered:
    """A window that sells right now, as everybody's part of it is the same."""

    window: int
    promo: str
    sale: str
    name: str
    product: str
    description: str
    picture: str
    price: int
    regular: int
    currency: str
    person_max: int
    stock: int
    radius_m: int
    segments: tuple[int, ...]
    opens_at_ms: int
    closes_at_ms: int
    paused: bool
    store: StoreView

    def packed(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def unpacked(cls, packed: Mapping[str, Any]) -> Offered:
        """As any release packed it: what is not known here is left out, and what came later has a default."""
        store = {name: packed["store"][name] for name in StoreView.__slots__}
        known = {name: packed[name] for name in cls.__slots__ if name in packed}
        known["segments"] = tuple(packed["segments"])
        return cls(**{**known, "store": StoreView(**{**store, "point": Point(**store["point"])})})


@dataclass(frozen=True, slots=True)
class PromoCard:
    """A promo as one buyer sees it."""

    offered: Offered
    left: int
    distance_m: int
    state: str  # "active" | "paused" | "sold_out"
    now_ms: int


@dataclass(frozen=True, slots=True)
class WindowView:
    number: int
    sale: str
    opens_at: datetime
    closes_at: datetime
    state: str  # "scheduled" | "active" | "sold_out" | "paused" | "ended"
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PromoView:
    """A promo as its organizer sees it."""

    id: str
    name: str
    store: str
    product: str
    price: int
    regular: int
    currency: str
    stock: int
    person_max: int
    radius_m: int
    segments: tuple[str, ...]
    state: str  # "draft" | "scheduled" | "active" | "paused" | "ended" | "sold_out"
    windows: tuple[WindowView, ...]
