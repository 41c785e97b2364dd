"""What an organizer sends to change an event or a sale, its prices and stock, to copy it, and to make dates of it.

Owns: the fields, their forms and bounds, field by field; what they mean together is found out where they are used.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from engine.catalog.coupon_inputs import Coupons
from engine.catalog.due_inputs import Fees, Taxes
from engine.catalog.fields import Input, Key, Line, Minutes, Name, Prices, Text, When, as_room
from engine.catalog.inputs import (
    PLACES_PER_SALE_MAX,
    Admits,
    AllocationPart,
    Days,
    EntryField,
    Phases,
    Questions,
    RoomInput,
    Unlocks,
    ZoneInput,
)
from engine.limits import (
    DATES_AT_ONCE_MAX,
    PERFORMERS_MAX,
    PERSON_MAX_MAX,
    TICKET_TYPES_MAX,
    ZONES_PER_SALE_MAX,
)
from engine.text import NoTwins

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Day = Annotated[date, Field(description="A day of the event's own calendar, such as 2027-03-01.")]


def _one_or_more(value: object) -> object:
    return value if isinstance(value, list) else [value]


class EventChange(Input):
    """What may be put right about an event; what is absent stays. Its date only before a sale of it has opened."""

    event: Name | None = None
    description: Text | None = None
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]{1,30}$")] | None = None
    picture: Line | None = None
    performers: Annotated[list[Name], Field(max_length=PERFORMERS_MAX)] | None = None
    starts: When | None = None
    ends: When | None = None


class SaleChange(Input):
    """What may change once a sale exists; what is absent stays. Times are those of the event's zone."""

    opens: When | None = None
    closes: When | None = None
    lobby: When | None = None
    person_max: Annotated[int, Field(strict=True, ge=1, le=PERSON_MAX_MAX)] | None = None
    cart_minutes: Minutes | None = None
    tax_identity: Annotated[bool, Field(strict=True)] | None = None
    room: Annotated[RoomInput, BeforeValidator(as_room, json_schema_input_type=RoomInput | Literal[False])] | None = (
        None
    )
    entry: EntryField | None = None
    visibility: Literal["public", "hidden", "public_from"] | None = None
    public_from: When | None = None
    questions: Questions | None = None  # all of them anew
    phases: Phases | None = None  # all of them anew
    days: Days | None = None  # all of them anew; those that something admits to stay
    admits: Admits | None = None  # days by section or pool, all of them anew, until the sale opens
    unlocks: Unlocks | None = None  # all of them anew; codes that one doesn't say stay
    coupons: Coupons | None = None  # all of them anew; those that are not named end


class EventDate(Input):
    """The new date. Without `ends` an event that had an end lasts as long as before."""

    starts: When
    ends: When | None = None


class EventPostpone(Input):
    keep_selling: bool = False  # its sales go on, though nobody knows the date


class EventSchedule(EventDate):
    resume: bool = True  # the sales that its postponement paused go on


class SaleReopen(Input):
    closes: When | None = None


class SaleClone(Input):
    starts: When
    ends: When | None = None
    preview: bool = False


class DateRule(Input):
    """Every so many weeks on these days at this time, or every day."""

    every: Annotated[
        Annotated[list[Weekday], Field(min_length=1, max_length=7)] | Literal["day"],
        BeforeValidator(lambda value: value if value == "day" else _one_or_more(value)),
    ]
    at: ClockTime
    start: Day = Field(alias="from")
    until: Day
    weeks: Annotated[int, Field(strict=True, ge=1, le=52)] = 1  # 2: every second week
    skip: Annotated[list[Day], Field(max_length=DATES_AT_ONCE_MAX)] = Field(default=[], alias="except")


class DatesInput(Input):
    """More dates of an event: a list of starts, or a rule."""

    dates: list[When] = Field(default=[], max_length=DATES_AT_ONCE_MAX)
    rule: DateRule | None = None
    series: Name | None = None  # the name of the series, where the event is of none yet; default: that of the event


class PricesInput(Input):
    """All prices of a sale anew: of every section, pool and zone that it sells, by ticket type."""

    prices: Annotated[dict[Key, Prices], NoTwins, Field(min_length=1, max_length=PLACES_PER_SALE_MAX)]
    # Painted anew, with their prices; without it zones stay, and their prices are among the others.
    zones: Annotated[dict[Key, ZoneInput], NoTwins, Field(max_length=ZONES_PER_SALE_MAX)] | None = None
    ticket_types: Annotated[dict[Key, Name], NoTwins] = Field(default={}, max_length=TICKET_TYPES_MAX)  # the new ones
    # Anew, all of them; without them they stay.
    taxes: Taxes | None = None
    fees: Fees | None = None
    list: Annotated[int, Field(strict=True, ge=1)] | None = None  # the one that was looked at
    preview: Annotated[bool, Field(strict=True)] = False  # nothing is written


class PoolChange(Input):
    """How many units a pool is to have."""

    capacity: Annotated[int, Field(strict=True, ge=0, le=10_000_000)]


class AllocationInput(AllocationPart):
    """One by itself."""

    name: Name
