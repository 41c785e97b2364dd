"""Sales as everybody may see them: the list, one sale, its layout."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from engine.catalog import Near, SaleCard, SaleInfo, Section, row_to_json, section_shape
from engine.catalog.model import SaleState
from engine.limits import ID_CHARS_MAX
from engine.refusals import Code, Refusal
from server.api.marks import Mark
from server.api.routing import Call, Paged, Search, route

FOR_EVER = "public, max-age=31536000"
A_WHILE = "public, max-age=5"
SALE = (Code.UNKNOWN_SALE,)


class EventShape(TypedDict):
    id: str
    name: str
    description: str
    kind: str
    zone: str
    starts_at: datetime
    ends_at: datetime | None
    picture: str


class VenueShape(TypedDict):
    id: str
    name: str
    address: str
    zone: str
    latitude: float | None
    longitude: float | None


class SectionName(TypedDict):
    id: str
    name: str
    rank: int
    first_seat: int
    seats: int


class PoolShape(TypedDict):
    id: str
    name: str
    capacity: int
    draws_on: list[str]


class RoomShape(TypedDict):
    shoppers_max: int
    claim_ms: int
    per_second_max: int


class SaleShape(TypedDict):
    id: str
    state: str
    event: EventShape | None
    venue: VenueShape | None
    layout_version: int | None
    lobby_at: datetime | None
    opens_at: datetime
    closes_at: datetime
    currency: str
    seats: int
    sections: list[SectionName]
    pools: list[PoolShape]
    types: dict[str, str]
    prices: dict[str, dict[str, int]]
    person_max: int
    cart_ms: int
    room: RoomShape | None
    draw_commit: str
    entry: str


class SaleCardShape(TypedDict):
    id: str
    event_id: str
    name: str
    kind: str
    zone: str
    starts_at: datetime
    picture: str
    venue_name: str
    address: str
    distance_m: float | None
    currency: str
    price_from: int | None
    stock: int
    left: int | None
    few_left: bool
    state: str
    visibility: NotRequired[str]
    lobby_at: datetime | None
    opens_at: datetime
    closes_at: datetime


class SalePageShape(TypedDict):
    items: list[SaleCardShape]
    next: str | None


class SectionOnMap(SectionName):
    rows: list[dict[str, Any]]
    outline: list[list[float]]
    label_at: list[float]


class LayoutShape(TypedDict):
    seats: int
    sections: list[SectionOnMap]


# ── shapes from views ──


def section_name(section: Section) -> SectionName:
    return {
        "id": section.id,
        "name": section.name,
        "rank": section.rank,
        "first_seat": section.first_seat,
        "seats": section.seats,
    }


def sale_shape(info: SaleInfo, state: str) -> SaleShape:
    event, venue, room, times = info.event, info.venue, info.room, info.times
    return {
        "id": info.id,
        "state": state,
        "event": None
        if event is None
        else {
            "id": event.id,
            "name": event.name,
            "description": event.description,
            "kind": event.kind,
            "zone": event.zone,
            "starts_at": event.starts_at,
            "ends_at": event.ends_at,
            "picture": event.picture,
        },
        "venue": None
        if venue is None
        else {
            "id": venue.id,
            "name": venue.name,
            "address": venue.address,
            "zone": venue.zone,
            "latitude": venue.latitude,
            "longitude": venue.longitude,
        },
        "layout_version": info.layout_version,
        "lobby_at": times.lobby_at,
        "opens_at": times.opens_at,
        "closes_at": times.closes_at,
        "currency": info.currency,
        "seats": info.seats,
        "sections": [section_name(section) for section in info.sections],
        "pools": [
            {"id": pool.id, "name": pool.name, "capacity": pool.capacity, "draws_on": list(pool.draws_on)}
            for pool in info.pools
        ],
        "types": dict(info.types),
        "prices": {part: dict(prices) for part, prices in info.prices.items()},
        "person_max": info.person_max,
        "cart_ms": info.cart_ms,
        "room": None
        if room is None
        else {
            "shoppers_max": room.shoppers_max,
            "claim_ms": room.claim_ms,
            "per_second_max": room.per_second_max,
        },
        "draw_commit": info.draw_commit,
        "entry": info.entry.value,
    }


def card_shape(card: SaleCard, mark: Mark) -> SaleCardShape:
    return {
        "id": card.id,
        "event_id": card.event_id,
        "name": card.name,
        "kind": card.kind,
        "zone": card.zone,
        "starts_at": card.starts_at,
        "picture": card.picture,
        "venue_name": card.venue_name,
        "address": card.address,
        "distance_m": card.distance_m,
        "currency": card.currency,
        "price_from": card.price_from,
        "stock": card.stock,
        "left": mark.left,
        "few_left": mark.few_left(card.stock),
        "state": mark.state,
        "lobby_at": card.times.lobby_at,
        "opens_at": card.times.opens_at,
        "closes_at": card.times.closes_at,
    }


# ── routes ──


class SalesQuery(Paged):
    near: str | None = Field(
        default=None,
        max_length=ID_CHARS_MAX,
        pattern=r"^-?[0-9]{1,2}(\.[0-9]{1,9})?,-?[0-9]{1,3}(\.[0-9]{1,9})?$",
        description="Latitude and longitude, as in 41.65,-0.88: nearest first.",
    )
    q: Search | None = Field(default=None, description="Words of event, venue or address.")

    def place(self) -> Near | None:
        if self.near is None:
            return None
        latitude, longitude = map(float, self.near.split(","))
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise Refusal(Code.INVALID, fields=[{"path": "near", "message": "is not on this planet"}])
        return Near(latitude, longitude)


@route("GET", "/api/sales", cache=A_WHILE)
async def list_sales(call: Call, query: SalesQuery) -> SalePageShape:
    """Public sales: soonest first, or nearest first."""
    page = await call.process.engine.catalog.sales(
        near=query.place(), words=query.q, after=query.after, limit=query.limit
    )
    marks = await call.process.marks.of(page.items)
    return {
        "items": [card_shape(card, mark) for card, mark in zip(page.items, marks, strict=True)],
        "next": page.next,
    }


async def info_of(call: Call) -> SaleInfo:
    sale = await call.sale(call.sale_part())
    info = await call.process.engine.catalog.sale_info(sale.id)
    if info is None:
        raise Refusal(Code.UNKNOWN_SALE)
    return info


@route("GET", "/api/sales/{sale}", cache=A_WHILE, codes=SALE)
async def read_sale(call: Call) -> SaleShape:
    """One sale: event, venue, sections, ticket types, prices, pools, times."""
    info = await info_of(call)
    return sale_shape(info, await state_of(call, info))


async def state_of(call: Call, info: SaleInfo) -> str:
    by_times: SaleState = info.times.state(datetime.now(UTC))
    if by_times in (SaleState.CLOSED, SaleState.ENDED):
        return str(by_times.value)  # a sale that is over need not be brought back for this
    try:
        return (await call.process.hubs.view(info.id)).state
    except Refusal:
        return str(by_times.value)


@route("GET", "/api/sales/{sale}/layout", cache=FOR_EVER, codes=SALE)
async def read_layout(call: Call) -> LayoutShape:
    """Sections, rows and where each seat is; never changes, so it may be kept for ever."""
    info = await info_of(call)
    return {
        "seats": info.seats,
        "sections": [
            {
                **section_name(section),
                "rows": [row_to_json(row) for row in section.rows],
                "outline": section_shape(section)["outline"],
                "label_at": section_shape(section)["label_at"],
            }
            for section in info.sections
        ],
    }
