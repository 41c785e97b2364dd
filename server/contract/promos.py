"""Stores, segments and promos as their organizer sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from server.contract.promo_shapes import StoreShape


class MadeStore(TypedDict):
    id: str
    products: dict[str, str]
    promos: list[str]


class StoresPage(TypedDict):
    items: list[StoreShape]
    next: str | None


class ProductShape(TypedDict):
    id: str
    store_id: str
    name: str
    description: str
    picture: str
    price: int
    currency: str


class ProductsPage(TypedDict):
    items: list[ProductShape]
    next: None


class SegmentShape(TypedDict):
    name: str
    rule: str
    built_in: bool


class SegmentsPage(TypedDict):
    items: list[SegmentShape]
    next: None


PROMO_STATES = ["draft", "scheduled", "active", "paused", "ended", "sold_out"]
PromoWord = Annotated[str, WithJsonSchema({"type": "string", "enum": PROMO_STATES})]


class WindowCounts(TypedDict, total=False):
    """How many; absent in a window that has not opened."""

    eligible: int
    notified: int
    live: int
    push: int
    email: int
    sms: int
    failed: int
    lapsed: int
    delivered: int
    opened: int
    viewed: int
    left: int
    in_carts: int
    bought: int
    revenue: int  # minor units


class WindowShape(TypedDict):
    number: int
    sale: str
    opens_at: datetime
    closes_at: datetime
    state: Literal["scheduled", "active", "sold_out", "paused", "ended"]
    counts: WindowCounts


class WindowDetailShape(WindowShape):
    per_minute: dict[str, dict[str, int]]  # minutes since 1970


class OwnPromoFacts(TypedDict):
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
    segments: list[str]
    state: PromoWord


class OwnPromoShape(OwnPromoFacts):
    """A promo as its organizer sees it."""

    windows: list[WindowShape]


class OwnPromoDetailShape(OwnPromoFacts):
    windows: list[WindowDetailShape]
    now_ms: int


class OwnPromosPage(TypedDict):
    items: list[OwnPromoShape]
    next: str | None


class StateShape(TypedDict):
    state: PromoWord


class PreviewShape(TypedDict):
    members: int
    consenting: int
    reachable: int
