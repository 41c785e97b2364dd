"""Shapes of flash promos, as the wire has them."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class StoreShape(TypedDict):
    id: str
    name: str
    address: str
    zone: str
    latitude: float
    longitude: float


class OfferShape(TypedDict):
    """A promo as everybody's part of it is the same."""

    id: str
    sale: str
    pool: str
    name: str
    product: str
    description: str
    picture: str
    store: StoreShape
    price: int
    regular_price: int
    currency: str
    person_max: int
    stock: int
    starts_at_ms: int
    ends_at_ms: int


class PromoShape(OfferShape):
    left: int
    distance_m: int
    state: Literal["active", "paused", "sold_out"]
