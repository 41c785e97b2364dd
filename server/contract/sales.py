"""Sales as everybody may see them, and their cards in lists: shapes, and how they are made of what the engine knows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NotRequired, cast

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from engine.catalog import EventView, Near, PriceList, SaleInfo, Section, VenueView, shown_to_all
from engine.catalog.model import EventStatus
from engine.limits import ID_CHARS_MAX
from engine.pictures import Shown
from engine.refusals import Code, RefusalError
from server.contract.live import StateWord
from server.contract.organizers import OrganizerShape, organizer_shape
from server.contract.phases import EntryWord, PhaseShape, phases_shape
from server.contract.prices import DuesShape, ZoneShape, dues_shape, zones_shape
from server.contract.routes import Paged, Query, Search
from server.contract.shapes import QuestionShape
from server.contract.ticket_types import DayShape, ProductShape, TypeLimits, days_shape, products_shape, type_limits

Visibility = Annotated[str, WithJsonSchema({"type": "string", "enum": ["public", "hidden", "public_from"]})]
StatusWord = Annotated[str, WithJsonSchema({"type": "string", "enum": [status.value for status in EventStatus]})]
Point = tuple[float, float]
PICTURE_ADDRESS = "/pictures/"


class PictureSize(TypedDict):
    """A picture in one width: at an address whose content never changes."""

    address: str
    width: int
    height: int


class SeriesName(TypedDict):
    """What an event is one date of."""

    id: str
    name: str


class EventShape(TypedDict):
    id: str
    name: str
    description: str
    kind: str
    zone: str
    starts_at: datetime
    ends_at: datetime | None
    picture: Annotated[str, Field(description="The address that its organizer gave.")]
    pictures: Annotated[
        list[PictureSize], Field(description="As served from here, narrow to wide; once it was fetched.")
    ]
    performers: list[str]
    status: StatusWord
    moved_from: Annotated[datetime | None, Field(description="The date before, of an event that was moved.")]
    revision: Annotated[int, Field(description="How often what is announced of it has changed.")]
    series: SeriesName | None


class VenueShape(TypedDict):
    id: str
    name: str
    address: str
    zone: str
    latitude: float | None
    longitude: float | None
    country: Annotated[str | None, Field(description="ISO 3166, two letters.")]


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


class PaymentShape(TypedDict):
    """How sums are paid, from and up to which; null: without a bound."""

    amount_from: int | None
    amount_up_to: int | None
    payment_methods: list[str]
    payment_key: NotRequired[str]
    payment_script: NotRequired[str]


class SaleShape(TypedDict):
    id: str
    state: StateWord
    event: EventShape | None
    venue: VenueShape | None
    layout_version: int | None
    lobby_at: datetime | None
    opens_at: datetime
    closes_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    currency: str
    seats: int
    stock: int
    sections: list[SectionName]
    pools: list[PoolShape]
    products: Annotated[list[ProductShape], Field(description="What is sold beside tickets.")]
    days: list[DayShape]
    admits: Annotated[dict[str, list[str]], Field(description="Days by section or pool; others admit to the event.")]
    types: dict[str, str]
    type_limits: Annotated[
        dict[str, TypeLimits],
        Field(description="What is said of ticket types beside their names."),
    ]
    prices: dict[str, dict[str, int]]
    zones: Annotated[list[ZoneShape], Field(description="Of that price list: their prices count, not their section's.")]
    dues: Annotated[DuesShape, Field(description="Of that price list: fees and taxes.")]
    list: Annotated[int, Field(description="Number of the price list that they are of.")]
    person_max: int
    cart_ms: int
    room: RoomShape | None
    draw_commit: str
    entry: Annotated[EntryWord, Field(description="Who may join now: as the phase says that is entered.")]
    phases: list[PhaseShape]
    codes: bool  # that show more of it
    questions: list[QuestionShape]
    tax_identity: NotRequired[bool]  # whether its buyers may have receipts made out to a company
    payment_methods: NotRequired[list[str]]  # by which it can be paid, in the order in which they should be shown
    organizer: OrganizerShape
    payment_key: NotRequired[str]  # publishable key of the account it is paid into, for the page of its provider
    payment_script: NotRequired[str]  # address of that provider's program, which collects what is paid with
    payments: NotRequired[list[PaymentShape]]  # where it depends on the sum: the first of them that takes it


class SaleCardShape(TypedDict):
    id: str
    event_id: str
    name: str
    kind: str
    zone: str
    starts_at: datetime
    picture: Annotated[str, Field(description="The address that its organizer gave.")]
    pictures: Annotated[
        list[PictureSize], Field(description="As served from here, narrow to wide; once it was fetched.")
    ]
    venue_name: str
    address: str
    distance_m: float | None
    currency: str
    price_from: int | None
    concession_from: int | None
    stock: int
    left: int | None
    few_left: bool
    state: StateWord
    status: StatusWord
    moved_from: datetime | None
    series_id: str | None
    visibility: NotRequired[Visibility]
    lobby_at: datetime | None
    opens_at: datetime
    closes_at: datetime


class SeriesShape(TypedDict):
    """A series: the dates to come that are listed, soonest first, each with its sale."""

    id: str
    name: str
    description: str
    dates: list[SaleCardShape]


class SalePageShape(TypedDict):
    items: list[SaleCardShape]
    next: str | None


class RowShape(TypedDict):
    """A run of seats: docs/layouts.md says where each is, and what is meant by what is absent."""

    label: str
    first_seat: int
    seats: int
    x: float
    y: float
    angle: NotRequired[float]
    curve: NotRequired[float]
    pitch: NotRequired[float]
    number: NotRequired[int]
    step: NotRequired[int]
    labels: NotRequired[list[str]]
    accessible: NotRequired[list[int]]
    companions: NotRequired[list[int]]
    off: NotRequired[list[int]]


class SectionOnMap(SectionName):
    rows: list[RowShape]
    outline: list[Point]
    label_at: Point
    focus: NotRequired[Point]


class LayoutShape(TypedDict):
    seats: int
    sections: list[SectionOnMap]


# ── shapes from views ──


def picture_sizes(shown: Shown | None) -> list[PictureSize]:
    sizes = () if shown is None else shown.sizes
    return [{"address": PICTURE_ADDRESS + size.name, "width": size.width, "height": size.height} for size in sizes]


def section_name(section: Section) -> SectionName:
    return {
        "id": section.id,
        "name": section.name,
        "rank": section.rank,
        "first_seat": section.first_seat,
        "seats": section.seats,
    }


def event_shape(event: EventView) -> EventShape:
    return {
        "id": event.id,
        "name": event.name,
        "description": event.description,
        "kind": event.kind,
        "zone": event.zone,
        "starts_at": event.starts_at,
        "ends_at": event.ends_at,
        "picture": event.picture,
        "pictures": picture_sizes(event.shown),
        "performers": list(event.performers),
        "status": event.status.value,
        "moved_from": event.moved_from if event.status is EventStatus.MOVED else None,
        "revision": event.revision,
        "series": None if event.series_id is None else {"id": event.series_id, "name": event.series_name},
    }


def priced_by(info: SaleInfo, list_number: int | None) -> PriceList:
    """The list of now, or the one asked for, which begins within seconds where it has not begun."""
    found = [each for each in info.lists if each.number == list_number]
    if list_number is not None and not found:
        raise RefusalError(Code.INVALID, fields=[{"path": "list", "message": "is no price list of this sale"}])
    return found[0] if found else info.list_now


def venue_shape(venue: VenueView) -> VenueShape:
    return {
        "id": venue.id,
        "name": venue.name,
        "address": venue.address,
        "zone": venue.zone,
        "latitude": venue.latitude,
        "longitude": venue.longitude,
        "country": venue.country,
    }


def sale_shape(info: SaleInfo, state: str, list_number: int | None = None, *, whole: bool = False) -> SaleShape:
    """As everybody may read it; the `whole` is for its organizer."""
    info = info if whole else shown_to_all(info)
    priced = priced_by(info, list_number)
    event, venue, room, times = info.event, info.venue, info.room, info.times
    return {
        "id": info.id,
        "state": state,
        "event": None if event is None else event_shape(event),
        "venue": None if venue is None else venue_shape(venue),
        "layout_version": info.layout_version,
        "lobby_at": times.lobby_at,
        "opens_at": times.opens_at,
        "closes_at": times.closes_at,
        "opened_at": times.opened_at,
        "closed_at": times.closed_at,
        "currency": info.currency,
        "seats": info.seats,
        "stock": info.stock,
        "sections": [section_name(section) for section in info.sections],
        "pools": [
            {"id": pool.id, "name": pool.name, "capacity": pool.capacity, "draws_on": list(pool.draws_on)}
            for pool in info.pools
        ],
        "products": products_shape(info),
        "days": days_shape(info.days),
        "admits": {place: [*days] for place, days in info.admits.items()},
        "types": dict(info.types),
        "type_limits": type_limits(info),
        "prices": {part: dict(prices) for part, prices in priced.prices.items()},
        "zones": zones_shape(priced.zones),
        "dues": dues_shape(priced.dues),
        "list": priced.number,
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
        "entry": info.entry_now.rule.value,
        "phases": phases_shape(info.phases),
        "codes": bool(info.unlocks),
        "questions": [cast("QuestionShape", each.wire()) for each in info.questions],
        "tax_identity": info.tax_identity,
        "organizer": organizer_shape(info.organizer),
    }


# ── what making answers ──


class Made(TypedDict):
    id: str


class MadeLayout(TypedDict):
    venue: str
    version: int


class MadeSale(TypedDict):
    id: str
    event_id: str
    venue_id: str | None
    layout_version: int | None


# ── what lists are asked, and steering answers ──


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
            raise RefusalError(Code.INVALID, fields=[{"path": "near", "message": "is not on this planet"}])
        return Near(latitude, longitude)


class SaleQuery(Query):
    list: int | None = Field(default=None, ge=1, description="With the prices of this list, such as that of a cart.")


class TakingsQuery(Query):
    parts: bool = Field(default=False, description="With what the ledger says of it.")


class SwitchesShape(TypedDict):
    opened_at: datetime | None
    closed_at: datetime | None
    paused: bool


class OrganizerSalesQuery(Paged):
    q: Search | None = None
