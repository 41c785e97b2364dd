"""What an organizer sends about stores, products, segments and promos, in YAML and HTTP bodies alike.

Owns the fields, their forms and bounds, field by field. What they mean together is checked in draft.py.
"""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from engine import limits
from engine.catalog import Amount, Currency, Input, Key, Line, Name, Text, When, Zone
from engine.text import Form, NoTwins, Written

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


def _clock(value: object) -> time:
    try:
        return time.fromisoformat(str(value).strip())
    except ValueError as wrong:
        raise ValueError("is not a time of day; write it as 17:00") from wrong


def _day(value: object) -> date:
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError as wrong:
        raise ValueError("is not a day; write it as 2027-03-01") from wrong


Clock = Annotated[
    time,
    PlainValidator(_clock),
    WithJsonSchema({"type": "string", "format": "clock", "maxLength": limits.MOMENT_CHARS_MAX, "description": "17:00"}),
]
Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
RuleText = Annotated[str, Written(limits.RULE_CHARS_MAX, Form.PARAGRAPH)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class OnceInput(Input):
    """One window."""

    opens: When
    closes: When


class DailyInput(Input):
    """The same hours by the store's clock, day after day; hours that end before they start end on the next day."""

    opens: Clock
    closes: Clock
    first: Day
    last: Day
    weekdays: Annotated[list[Weekday], Field(default_factory=lambda: [*WEEKDAYS], min_length=1, max_length=7)]


class PromoInput(Input):
    """One product at a special price; `segments` are names, any of them is enough, none means everybody."""

    name: Name
    product: Key  # its name in the same source, or the id of one that exists
    price: Amount
    stock: Annotated[int, Field(ge=1, le=limits.PROMO_STOCK_MAX)]  # in each window
    person_max: Annotated[int, Field(ge=1, le=limits.PERSON_MAX_MAX)] = 1
    radius_m: Annotated[int, Field(ge=10, le=limits.RADIUS_M_MAX)] = limits.RADIUS_M_DEFAULT
    segments: Annotated[list[Name], Field(default_factory=list, max_length=limits.SEGMENTS_PER_PROMO_MAX)]
    once: OnceInput | None = None
    daily: DailyInput | None = None
    draft: bool = False


class ProductInput(Input):
    name: Name | None = None
    price: Amount
    description: Text = ""
    picture: Line = ""


class SegmentInput(Input):
    name: Name
    rule: RuleText


class RuleInput(Input):
    rule: RuleText


def _product(value: object) -> object:
    return value if isinstance(value, dict) else {"price": value}


class StoreInput(Input):
    """A store with what it sells and offers."""

    store: Name
    address: Line = ""
    zone: Zone
    latitude: Latitude
    longitude: Longitude
    currency: Currency
    products: Annotated[
        dict[Key, Annotated[ProductInput, BeforeValidator(_product)]],
        NoTwins,
        Field(default_factory=dict, max_length=limits.PRODUCTS_PER_STORE_MAX),
    ]
    segments: Annotated[dict[Name, RuleText], NoTwins, Field(default_factory=dict, max_length=limits.SEGMENTS_MAX)]
    promos: Annotated[list[PromoInput], Field(default_factory=list, max_length=limits.PROMOS_PER_SOURCE_MAX)]
