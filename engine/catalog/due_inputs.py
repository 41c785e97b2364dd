"""Fees and taxes as organizers write them: `taxes: {VAT: 10}`, `fees: {Service: 1.50}`, or in full.

Guarantees: what was short is spelled out.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from engine.catalog.fields import AMOUNT, AMOUNT_DIGITS_MAX, Amount, Input, Key, Keys, Name
from engine.limits import FEES_MAX, TAXES_MAX, TICKET_TYPES_MAX
from engine.text import NoTwins

Rate = Annotated[  # in percent
    Decimal,
    Field(ge=0, le=100, max_digits=AMOUNT_DIGITS_MAX),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0, "maximum": 100}, {"type": "string", "pattern": AMOUNT}]}
    ),
]
Names = Annotated[Keys, Field(max_length=TICKET_TYPES_MAX)]


def as_tax(value: Any) -> Any:
    """`VAT: 10`, or a group."""
    return value if isinstance(value, dict) else {"rate": value}


def as_fee(value: Any) -> Any:
    """`Service: 1.50` for each ticket, or a group."""
    return value if isinstance(value, dict) else {"amount": value}


class TaxInput(Input):
    """A tax, and of what it is."""

    name: Name | None = None
    rate: Rate
    included: bool = True  # in the prices; else it is added to them
    of: Names = Field(default=[], alias="for")  # ticket types, products, fees; none: all that have no other


class FeeInput(Input):
    """What is asked besides the prices."""

    name: Name | None = None
    amount: Amount | None = None
    percent: Rate | None = None  # of what is left of the prices after coupons
    per: Literal["ticket", "order"] = "ticket"
    of: Names = Field(default=[], alias="for")  # ticket types and products; none: all
    free_too: bool = False  # also where nothing is to be paid otherwise


Tax = Annotated[TaxInput, BeforeValidator(as_tax, json_schema_input_type=Rate | TaxInput)]
Fee = Annotated[FeeInput, BeforeValidator(as_fee, json_schema_input_type=Amount | FeeInput)]
Taxes = Annotated[dict[Key, Tax], NoTwins, Field(max_length=TAXES_MAX)]
Fees = Annotated[dict[Key, Fee], NoTwins, Field(max_length=FEES_MAX)]
