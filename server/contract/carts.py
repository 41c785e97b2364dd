"""Asks and answers about a cart: enter, hold, release, and what the buyer writes into it."""

from __future__ import annotations

from typing import Annotated, NotRequired, Self

from pydantic import Field, StringConstraints, model_validator
from typing_extensions import TypedDict

from engine.ids import PART_ID, POOL_ID, ChosenId, PartId, PoolId, SaleId
from engine.limits import (
    AMOUNT_MAX,
    ANSWER_CHARS_MAX,
    ANSWERS_PER_CHANGE_MAX,
    COUPON_CHARS_MAX,
    EMAIL_CHARS_MAX,
    ENTRY_CODE_CHARS_MAX,
    ITEMS_PER_CHANGE_MAX,
    NAME_CHARS_MAX,
    ORDER_KEY_CHARS_MAX,
    ORDER_KEY_CHARS_MIN,
    PHONE_CHARS_MAX,
    POOLS_PER_SALE_MAX,
    SEATS_PER_HOLD_MAX,
    UNITS_PER_HOLD_MAX,
)
from engine.links import Source
from engine.onsale.model import BestHold, PoolHold, SeatsHold
from engine.orders import CartChange, Contact
from engine.text import Form, Written
from server.contract.asks import Ask, Seat
from server.contract.persons import Where
from server.contract.rooms import PlaceBody
from server.contract.shapes import CartShape
from server.contract.tax_identity import TaxIdentityBody

Units = Annotated[int, Field(ge=1, le=UNITS_PER_HOLD_MAX)]


Seats = Annotated[list[Seat], Field(min_length=1, max_length=SEATS_PER_HOLD_MAX)]


class EnterAsk(PlaceBody):
    sale: SaleId


class CartAsk(Ask):
    sale: SaleId


class Best(Ask):
    seats: int = Field(ge=1, le=SEATS_PER_HOLD_MAX)
    section: PartId | None = None


class PoolUnits(Ask):
    pool: PoolId
    units: Units


class HoldBody(Ask):
    hold: ChosenId
    seats: Seats | None = None
    best: Best | None = None
    pool: PoolUnits | None = None
    position: Where | None = Field(default=None, description="Where the buyer is: asked of promos only.")
    cart: bool = Field(default=True, description="Whether the answer carries the cart as well.")

    @model_validator(mode="after")
    def one_thing(self) -> Self:
        if (self.seats is None) + (self.best is None) + (self.pool is None) != 2:
            raise ValueError("exactly one of seats, best and pool is needed")
        if self.seats is not None and len(set(self.seats)) != len(self.seats):
            raise ValueError("a seat is named twice")
        return self

    def engine_ask(self, buyer: str) -> SeatsHold | BestHold | PoolHold:
        if self.seats is not None:
            return SeatsHold(buyer, self.hold, tuple(self.seats))
        if self.best is not None:
            return BestHold(buyer, self.hold, self.best.seats, self.best.section)
        assert self.pool is not None, "the validator lets one through"
        return PoolHold(buyer, self.hold, self.pool.pool, self.pool.units)


class HoldAsk(HoldBody):
    sale: SaleId


class HoldAnswer(TypedDict):
    seats: list[int]
    units: dict[str, int]
    deadline_at_ms: int
    now_ms: int
    again: bool
    cart: NotRequired[CartShape]


class ReleaseBody(Ask):
    release: ChosenId
    seats: Seats | None = None
    units: dict[PoolId, Units] | None = Field(default=None, max_length=POOLS_PER_SALE_MAX)
    cart: bool = Field(default=True, description="Whether the answer carries the cart as well.")


class ReleaseAsk(ReleaseBody):
    sale: SaleId


class ReleaseAnswer(TypedDict):
    seats: list[int]
    units: dict[str, int]
    again: bool
    cart: NotRequired[CartShape]


class ContactBody(Ask):
    name: Annotated[str, Written(NAME_CHARS_MAX, chars_min=0)] = ""
    email: Annotated[str, Written(EMAIL_CHARS_MAX, chars_min=0)] = ""
    phone: Annotated[str, Written(PHONE_CHARS_MAX, chars_min=0)] = ""


ItemName = Annotated[str, StringConstraints(pattern=rf"^(seat:[0-9]{{1,6}}|pool:{POOL_ID.pattern})$")]


TypesOfPool = Annotated[dict[PartId, Annotated[int, Field(ge=0, le=UNITS_PER_HOLD_MAX)]], Field(max_length=100)]


AnswerName = Annotated[
    str,
    StringConstraints(pattern=rf"^{PART_ID.pattern}(\.(seat:[0-9]{{1,6}}|pool:{PART_ID.pattern}:[0-9]{{1,6}}))?$"),
]


class ChangeBody(Ask):
    contact: ContactBody | None = None
    key: Annotated[str, Written(ORDER_KEY_CHARS_MAX, Form.EXACT, chars_min=ORDER_KEY_CHARS_MIN)] | None = Field(
        default=None, description="What the buyer will open the order with."
    )
    types: (
        Annotated[
            dict[ItemName, PartId | TypesOfPool],
            Field(max_length=ITEMS_PER_CHANGE_MAX),
        ]
        | None
    ) = None
    amounts: (
        Annotated[dict[ItemName, Annotated[int, Field(ge=0, le=AMOUNT_MAX)]], Field(max_length=ITEMS_PER_CHANGE_MAX)]
        | None
    ) = Field(
        default=None,
        description="What is paid for each ticket of an item, in minor units, where its type lets buyers pay more.",
    )
    coupon: Annotated[str, Written(COUPON_CHARS_MAX, chars_min=0)] | None = Field(
        default=None,
        description="Codes of coupons, three at most, one after the other: those that the cart has from now on; empty "
        "takes them out.",
    )
    code: Annotated[str, Written(ENTRY_CODE_CHARS_MAX)] | None = Field(
        default=None,
        description="One that shows the cart more of the sale, or that of a coupon, which is added to those it has; "
        "capitals and spaces make no difference.",
    )

    voucher: Annotated[str, Written(COUPON_CHARS_MAX, chars_min=0)] | None = Field(
        default=None,
        repr=False,
        description="The code of one more voucher that the cart is to be paid with; empty takes all out.",
    )
    own_credit: bool | None = Field(
        default=None, description="Whether the cart is to be paid with what its buyer has as credit."
    )

    answers: (
        Annotated[
            dict[AnswerName, Annotated[str, Written(ANSWER_CHARS_MAX, Form.PARAGRAPH, chars_min=0)]],
            Field(max_length=ANSWERS_PER_CHANGE_MAX),
        ]
        | None
    ) = Field(
        default=None,
        repr=False,
        description="Answers by question, or by question and ticket, as in `meal.seat:12`; an empty one takes out what "
        "was there. A consent is answered with its words.",
    )

    tax_identity: TaxIdentityBody | None = Field(
        default=None,
        repr=False,
        description="Whom the receipt is made out to, in a sale that has it (`tax_identity`); with nothing in it, the "
        "buyer alone.",
    )

    def engine_change(self, source: Source | None, code_mark: str | None = None) -> CartChange:
        """`code_mark`: what is kept of the code."""
        contact = None if self.contact is None else Contact(**self.contact.model_dump())
        return CartChange(
            contact=contact,
            key=self.key,
            types=self.types,
            coupon=self.coupon,
            amounts=self.amounts,
            answers=self.answers,
            source=source,
            code=code_mark,
            typed=self.code,
            voucher=self.voucher,
            own_credit=self.own_credit,
            tax_identity=None if self.tax_identity is None else self.tax_identity.identity(),
        )


class ChangeAsk(ChangeBody):
    sale: SaleId
