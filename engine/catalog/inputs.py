"""What an organizer sends: venues, layouts, events and sales, as YAML and HTTP bodies share them.

Owns: the fields, their forms and bounds, field by field. What fields mean together is checked in draft.py.
Guarantees: extra fields are refused; what was short is spelled out (a single price becomes the price of `general`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, StringConstraints, WithJsonSchema

from engine.catalog.local_time import Moment, parse_moment
from engine.limits import (
    CART_MS_MAX,
    CART_MS_MIN,
    PERSON_MAX_MAX,
    ROW_SEATS_MAX,
    ROWS_PER_SECTION_MAX,
    SEATS_PER_SALE_MAX,
    SHOPPERS_MAX_MAX,
    TEXT_CHARS_MAX,
    TICKET_TYPES_MAX,
)

GENERAL = "general"
CART_MINUTES_MIN = Decimal("0.02")


def _words(value: object) -> object:
    """YAML reads `halls: 12` as a number; a name may look like one."""
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def _prices(value: object) -> object:
    return value if isinstance(value, dict) else {GENERAL: value}


def _shape(value: object) -> object:
    return {"kind": value} if isinstance(value, str) else value


def _venue(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


def _list(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _room(value: object) -> object:
    return {"shoppers": 0} if value is False or value == "none" else value


def _type(value: object) -> object:
    return {} if value is None else value


Name = Annotated[str, BeforeValidator(_words), StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Key = Annotated[str, BeforeValidator(_words), StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Text = Annotated[str, StringConstraints(max_length=TEXT_CHARS_MAX)]
SaleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{2,39}$")]
Amount = Annotated[Decimal, Field(ge=0, max_digits=16)]
Prices = Annotated[
    dict[Key, Amount],
    BeforeValidator(_prices, json_schema_input_type=Amount | dict[str, Amount]),
    Field(min_length=1, max_length=TICKET_TYPES_MAX),
]
When = Annotated[
    Moment,
    PlainValidator(parse_moment),
    WithJsonSchema(
        {
            "type": "string",
            "description": "2027-03-01 20:30 (local to the zone), with an offset, or 'now' or 'in 10 minutes'",
        }
    ),
]
Coordinate = Annotated[float, Field(ge=-100_000, le=100_000, allow_inf_nan=False)]
SeatRefs = Annotated[
    list[Key],
    BeforeValidator(_list, json_schema_input_type=str | list[str]),
    Field(max_length=ROWS_PER_SECTION_MAX * 4),
]


class Input(BaseModel):
    """Base of everything that comes from outside."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class ShapeInput(Input):
    """Where a section lies on the map; without it, sections stand one behind the other in front of the stage."""

    kind: Literal["straight", "arc"] = "straight"
    at: tuple[Coordinate, Coordinate] | None = None  # middle of the first row of a straight section
    turn: Annotated[float, Field(ge=-360, le=360)] = 0.0  # degrees a straight section is turned about `at`
    centre: tuple[Coordinate, Coordinate] = (0.0, 0.0)  # of an arc
    radius: Annotated[float, Field(gt=0, le=10_000)] | None = None  # of the first row of an arc
    direction: Annotated[float, Field(ge=-360, le=360)] = 90.0  # from the centre to the middle of an arc; 90 is down
    sweep: Annotated[float, Field(gt=0, le=360)] = 360.0  # degrees that the blocks of an arc share
    seat_gap: Annotated[float, Field(gt=0, le=100)] = 1.0
    row_gap: Annotated[float, Field(gt=0, le=100)] = 1.6


class SectionInput(Input):
    """Seats by row, and what they cost."""

    name: Name | None = None
    rows: (
        Annotated[int, Field(strict=True, ge=1, le=ROWS_PER_SECTION_MAX)]
        | list[Annotated[int, Field(strict=True, ge=1, le=ROW_SEATS_MAX)]]
        | None
    ) = None
    seats: Annotated[int, Field(strict=True, ge=1, le=ROW_SEATS_MAX)] | None = None
    blocks: Annotated[int, Field(strict=True, ge=1, le=500)] | None = None
    row_labels: Literal["letters", "numbers"] | list[Key] = "letters"
    numbers: Literal["left", "right", "odd-even"] = "left"
    aisles: list[Annotated[int, Field(strict=True, ge=1, le=ROW_SEATS_MAX)]] = Field(default=[], max_length=20)
    off: SeatRefs = []
    accessible: SeatRefs = []
    shape: Annotated[ShapeInput, BeforeValidator(_shape, json_schema_input_type=str | ShapeInput)] = ShapeInput()


class PricedSection(SectionInput):
    price: Prices


class PoolInput(Input):
    """A counted stock; a unit of it also takes one of every pool it draws on."""

    name: Name | None = None
    capacity: Annotated[int, Field(strict=True, ge=1, le=10_000_000)]
    price: Prices
    draws_on: Annotated[list[Key], BeforeValidator(_list, json_schema_input_type=str | list[str])] = []


class RoomInput(Input):
    """How many shop at once; 0 shoppers means no waiting room."""

    shoppers: Annotated[int, Field(strict=True, ge=0, le=SHOPPERS_MAX_MAX)] = 500
    per_second: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 200
    claim_seconds: Annotated[int, Field(strict=True, ge=5, le=3_600)] = 60


class VenueInput(Input):
    name: Name
    address: Annotated[str, StringConstraints(max_length=500)] = ""
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None


class NewVenue(VenueInput):
    """A venue by itself."""

    zone: Key


class LayoutInput(Input):
    """A new version of a venue's seats."""

    name: Annotated[str, StringConstraints(max_length=200)] = ""
    sections: Annotated[dict[Key, SectionInput], Field(min_length=1)]


class EventText(Input):
    description: Text = ""
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]{1,30}$")] = "concert"
    picture: Annotated[str, StringConstraints(max_length=500)] = ""
    ends: When | None = None


class EventInput(EventText):
    """An event by itself; a sale may also bring its own."""

    event: Name
    starts: When
    zone: Key
    venue: str | None = None  # id of a venue
    ticket_types: Annotated[dict[Key, Name], Field(max_length=TICKET_TYPES_MAX)] = {}


class SaleInput(EventText):
    """One sale: with the event it sells, or of an event that exists already (`event_id`)."""

    id: SaleId | None = None
    event: Name | None = None
    event_id: str | None = None
    starts: When | None = None
    zone: Key | None = None
    venue: Annotated[VenueInput, BeforeValidator(_venue, json_schema_input_type=str | VenueInput)] | None = None
    venue_id: str | None = None
    layout: Annotated[int, Field(strict=True, ge=1)] | None = None
    ticket_types: Annotated[dict[Key, Name], Field(max_length=TICKET_TYPES_MAX)] = {}
    currency: Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, min_length=1, max_length=12)]
    opens: When
    closes: When | None = None
    lobby: When | None = None
    person_max: Annotated[int, Field(strict=True, ge=1, le=PERSON_MAX_MAX)] = 6
    cart_minutes: Annotated[Decimal, Field(ge=CART_MINUTES_MIN, le=CART_MS_MAX // 60_000)] = Decimal(30)
    room: Annotated[RoomInput, BeforeValidator(_room, json_schema_input_type=RoomInput | Literal[False])] = RoomInput()
    visibility: Literal["public", "hidden", "public_from"] = "public"
    public_from: When | None = None
    sections: dict[Key, PricedSection] = {}
    pools: dict[Key, PoolInput] = {}


class SaleChange(Input):
    """What may change once a sale exists; what is absent stays. Times are those of the event's zone."""

    opens: When | None = None
    closes: When | None = None
    lobby: When | None = None
    person_max: Annotated[int, Field(strict=True, ge=1, le=PERSON_MAX_MAX)] | None = None
    cart_minutes: Annotated[Decimal, Field(ge=CART_MINUTES_MIN, le=CART_MS_MAX // 60_000)] | None = None
    room: Annotated[RoomInput, BeforeValidator(_room, json_schema_input_type=RoomInput | Literal[False])] | None = None
    visibility: Literal["public", "hidden", "public_from"] | None = None
    public_from: When | None = None


KNOWN_FIELDS: tuple[tuple[tuple[str, ...], type[Input]], ...] = (
    (("sections", "*", "shape"), ShapeInput),
    (("sections", "*"), PricedSection),
    (("pools", "*"), PoolInput),
    (("room",), RoomInput),
    (("venue",), VenueInput),
)


def fields_at(path: tuple[Any, ...], top: type[Input]) -> list[str]:
    """The fields one may write below `path`: what an unknown one is compared with."""
    for pattern, model in KNOWN_FIELDS:
        if len(pattern) == len(path) and all(want in ("*", have) for want, have in zip(pattern, path, strict=True)):
            return list(model.model_fields)
    return list(top.model_fields) if not path else []


assert SEATS_PER_SALE_MAX >= ROW_SEATS_MAX
assert CART_MINUTES_MIN * 60_000 >= CART_MS_MIN
