"""Coupons as organizers write them: `coupons: {DESCONTO10: {percent: 10, for: general}}`.

Owns: the fields, their forms and bounds; what they mean together is found out by the coupons context.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from engine.catalog.due_inputs import Names, Rate
from engine.catalog.fields import Amount, Currency, Input, Key, Keys, Name, When, as_list, as_words
from engine.ids import MadeId, SaleId
from engine.limits import (
    CODES_PER_COUPON_WRITTEN_MAX,
    COUPON_CODE_CHARS_MAX,
    COUPON_CODE_CHARS_MIN,
    COUPON_SALES_MAX,
    COUPONS_PER_SALE_MAX,
    PERSON_MAX_MAX,
    TICKET_TYPES_MAX,
    UNLOCKS_PER_SALE_MAX,
)
from engine.text import NoTwins, Written

Whole = Annotated[int, Field(strict=True, ge=1, le=10_000_000)]
CODE = re.compile(r"[A-Za-z0-9-]+")


def as_code(value: str) -> str:
    if CODE.fullmatch(value) is None:
        raise ValueError("must be letters and digits, perhaps with hyphens between them")
    return value


# Hyphens are for reading; capitals make no difference.
CouponCode = Annotated[
    str,
    BeforeValidator(as_words),
    Written(COUPON_CODE_CHARS_MAX, chars_min=COUPON_CODE_CHARS_MIN),
    AfterValidator(as_code),
]


class MinimumInput(Input):
    """What a cart must come to before a coupon counts."""

    sum: Amount | None = None  # of what it costs by its list
    tickets: Whole | None = None  # tickets and products that the coupon is for


class CouponRule(Input):
    """What a coupon takes off, of what, for whom and when, and how often."""

    name: Name | None = None  # as buyers and receipts read it
    percent: Rate | None = None
    cap: Amount | None = None  # of a percentage: at most this sum of an order
    fixed: Amount | None = None
    per: Literal["ticket", "order"] = "order"  # of a fixed sum
    price: Amount | None = None  # each of them costs so much
    free: bool = False
    of: Names = Field(default=[], alias="for")  # ticket types and products; none: all
    places: Annotated[Keys, Field(max_length=TICKET_TYPES_MAX)] = []  # sections, pools, zones; none: all
    items: Whole | None = None  # of how many of an order, the dearest first
    alone: bool = False  # counts with no other
    begins: When | None = Field(default=None, alias="from")
    ends: When | None = Field(default=None, alias="until")
    minimum: MinimumInput = MinimumInput()
    segment: Name | None = None
    account: bool = False  # its buyer is signed in
    orders: Whole | None = None  # paid ones that the buyer's account has of this organizer
    uses: Whole | None = None  # in all
    per_person: Annotated[int, Field(strict=True, ge=1, le=PERSON_MAX_MAX)] | None = None
    person: Literal["buyer", "contact", "account"] = "contact"  # by what a person is known
    tickets: Whole | None = None  # in all
    money: Amount | None = None  # that it gives away in all
    unlocks: Annotated[Keys, Field(max_length=UNLOCKS_PER_SALE_MAX)] = []

    @model_validator(mode="after")
    def does_one_thing(self) -> Self:
        if sum(1 for each in (self.percent, self.fixed, self.price, self.free or None) if each is not None) > 1:
            raise ValueError("must do one thing: percent, fixed, price or free")
        return self


class CouponInput(CouponRule):
    """A coupon with the codes that buyers type: without any, its key is the code."""

    codes: Annotated[
        list[CouponCode], BeforeValidator(as_list, json_schema_input_type=CouponCode | list[CouponCode])
    ] = Field(default=[], max_length=CODES_PER_COUPON_WRITTEN_MAX)
    automatic: bool = False  # counts without a code


class CouponChange(CouponRule):
    """The rule of a coupon anew, whole; codes stay."""

    revision: Whole | None = None  # the one that was looked at


class NewCoupon(CouponInput):
    """A coupon by itself: of one sale, of several, or of all of its organizer's."""

    key: Key
    sale: SaleId | None = None  # it belongs to this one, and to no other
    sales: Annotated[list[MadeId | SaleId], Field(max_length=COUPON_SALES_MAX)] = []  # it counts in these alone
    currency: Currency | None = None  # of its sums, where it belongs to no sale


Coupons = Annotated[dict[Key, CouponInput], NoTwins, Field(max_length=COUPONS_PER_SALE_MAX)]
