"""The fields of what organizers send: their forms and bounds, one by one.

Guarantees: what was short is spelled out (a single price becomes the price of `general`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
)

from engine.catalog.layout import STAGE
from engine.catalog.local_time import Moment, parse_moment
from engine.countries import COUNTRIES, NO_COUNTRY
from engine.limits import (
    CART_MS_MAX,
    CURRENCY_CHARS_MAX,
    KEY_CHARS_MAX,
    LINE_CHARS_MAX,
    MOMENT_CHARS_MAX,
    NAME_CHARS_MAX,
    ROWS_PER_SECTION_MAX,
    TEXT_CHARS_MAX,
    TICKET_TYPES_MAX,
    ZONE_CHARS_MAX,
)
from engine.text import Form, NoTwins, Written

GENERAL = "general"
CART_MINUTES_MIN = Decimal("0.02")
AMOUNT_DIGITS_MAX = 16
COUNTRY_CHARS_MAX = 2
AMOUNT = rf"^[0-9]{{1,{AMOUNT_DIGITS_MAX}}}(\.[0-9]{{1,{AMOUNT_DIGITS_MAX}}})?$"


class Input(BaseModel):
    """Base of everything that comes from outside."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def as_words(value: object) -> object:
    """YAML reads `halls: 12` as a number; a name may look like one."""
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def as_prices(value: object) -> object:
    return value if isinstance(value, dict) else {GENERAL: value}


def as_shape(value: object) -> object:
    return {"kind": value} if isinstance(value, str) else value


def as_venue(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


def as_type(value: object) -> object:
    """`half: Half price`, or a group."""
    return value if isinstance(value, dict) else {"name": value}


def as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


def as_room(value: object) -> object:
    return {"shoppers": 0} if value is False or value == "none" else value


def as_entry(value: object) -> object:
    """`entry: contact`, `entry: {code: …}` with one code or several, or `entry: {segment: …}`."""
    if isinstance(value, dict) and set(value) == {"code"}:
        codes = value["code"]
        return {"rule": "code", "code": codes if isinstance(codes, list) else [codes]}
    if isinstance(value, dict) and set(value) == {"segment"} and value["segment"] is not None:
        return {"rule": "segment", "segment": value["segment"]}
    if value in ("open", "challenge", "contact", "account"):
        return {"rule": value}
    raise ValueError("must be open, challenge, contact, account, code with one or several, or segment with its name")


def as_focus(value: object) -> object:
    """`focus: stage`, or a point."""
    if value == "stage":
        return STAGE
    if isinstance(value, list | tuple) and len(value) == 2:
        return value
    raise ValueError("must be stage, or a point as [x, y]")


def as_country(value: str) -> str:
    """`es` as `ES`."""
    if value.upper() not in COUNTRIES:
        raise ValueError(NO_COUNTRY)
    return value.upper()


Name = Annotated[str, BeforeValidator(as_words), Written(NAME_CHARS_MAX)]
Key = Annotated[str, BeforeValidator(as_words), Written(KEY_CHARS_MAX)]
Keys = Annotated[list[Key], BeforeValidator(as_list, json_schema_input_type=Key | list[Key])]
Line = Annotated[str, Written(LINE_CHARS_MAX, chars_min=0)]  # an address, a link: may be left blank
Text = Annotated[str, Written(TEXT_CHARS_MAX, Form.PARAGRAPH, chars_min=0)]
Zone = Annotated[str, Written(ZONE_CHARS_MAX)]
Currency = Annotated[str, Written(CURRENCY_CHARS_MAX), AfterValidator(str.upper)]
Country = Annotated[str, Written(COUNTRY_CHARS_MAX), AfterValidator(as_country)]
Amount = Annotated[
    Decimal,
    Field(ge=0, max_digits=AMOUNT_DIGITS_MAX),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": AMOUNT}]}),
]
Minutes = Annotated[
    Decimal,
    Field(ge=CART_MINUTES_MIN, le=CART_MS_MAX // 60_000),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": float(CART_MINUTES_MIN), "maximum": CART_MS_MAX // 60_000},
                {"type": "string", "pattern": AMOUNT},
            ]
        }
    ),
]
Prices = Annotated[
    dict[Key, Amount],
    NoTwins,
    BeforeValidator(as_prices, json_schema_input_type=Amount | dict[Key, Amount]),
    Field(min_length=1, max_length=TICKET_TYPES_MAX),
]
When = Annotated[
    Moment,
    PlainValidator(parse_moment),
    WithJsonSchema(
        {
            "type": "string",
            "format": "moment",
            "maxLength": MOMENT_CHARS_MAX,
            "description": "2027-03-01 20:30 (local to the zone), with an offset, or 'now' or 'in 10 minutes'",
        }
    ),
]
Coordinate = Annotated[float, Field(ge=-100_000, le=100_000, allow_inf_nan=False)]
SeatRefs = Annotated[
    list[Key],
    BeforeValidator(as_list, json_schema_input_type=Key | list[Key]),
    Field(max_length=ROWS_PER_SECTION_MAX * 4),
]
