"""Asks and answers about orders that members of an organizer make for customers."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from typing_extensions import TypedDict

from engine.ids import ChosenId, PartId, PoolId
from engine.limits import ID_CHARS_MAX, ITEMS_PER_CHANGE_MAX, POOLS_PER_SALE_MAX, REASON_CHARS_MAX
from engine.messages import locale_of
from engine.orders import BestSeats, Contact, GivenAway, StaffOrder, Tender
from engine.text import Written
from server.contract.asks import Ask
from server.contract.carts import Best, ContactBody, ItemName, Seats, TypesOfPool, Units
from server.contract.session import Locale
from server.contract.shapes import ListedOrderShape


class StaffOrderBody(Ask):
    order: ChosenId
    seats: Seats | None = None
    best: Best | None = Field(default=None, description="Seats together, wherever they are best.")
    units: dict[PoolId, Units] | None = Field(default=None, max_length=POOLS_PER_SALE_MAX)
    type: PartId | None = Field(default=None, description="Ticket type of all that `types` does not name.")
    types: Annotated[dict[ItemName, PartId | TypesOfPool], Field(max_length=ITEMS_PER_CHANGE_MAX)] | None = None
    contact: ContactBody | None = Field(
        default=None, description="Who buys, where that is known; tickets go to the address."
    )
    tender: Literal["cash", "transfer", "invoice"] | None = Field(
        default=None, description="In what it was paid; absent where it costs nothing."
    )
    reason: Annotated[str, Written(REASON_CHARS_MAX)] | None = Field(
        default=None, description="Why it costs nothing, which makes it complimentary; no names."
    )
    allocation: PartId | None = Field(
        default=None, description="Out of which all of it comes, where members may draw on that."
    )
    whole: bool = Field(default=False, description="All that the allocation has still.")
    reference: Annotated[str, Written(ID_CHARS_MAX, chars_min=0)] = Field(
        default="", description="Of the transfer, as the bank names it, or of the invoice."
    )
    locale: Locale | None = Field(default=None, description="The language that the buyer is written to in.")

    @model_validator(mode="after")
    def each_seat_once(self) -> Self:
        if self.seats is not None and len(set(self.seats)) != len(self.seats):
            raise ValueError("a seat is named twice")
        return self

    @model_validator(mode="after")
    def is_paid_or_given_away(self) -> Self:
        if (self.tender is None) == (self.reason is None):
            raise ValueError("name either a tender or a reason")
        return self

    @model_validator(mode="after")
    def is_out_of_something(self) -> Self:
        if self.whole and (self.allocation is None or self.seats or self.best or self.units):
            raise ValueError("whole is all of an allocation: name that, and nothing besides")
        return self

    def engine_ask(self, *, over_maximum: bool, over_quota: bool) -> StaffOrder:
        return StaffOrder(
            self.order,
            Tender(self.tender) if self.tender else Tender.NONE,
            tuple(self.seats or ()),
            best=None if self.best is None else BestSeats(self.best.seats, self.best.section),
            units=self.units or {},
            type=self.type or "",
            types=self.types or {},
            contact=None if self.contact is None else Contact(**self.contact.model_dump()),
            locale=locale_of(self.locale) if self.locale else "",
            reference=self.reference,
            allocation=self.allocation,
            whole=self.whole,
            reason=self.reason or "",
            over_quota=over_quota,
            over_maximum=over_maximum,
        )


class StaffOrderAnswer(TypedDict):
    order: ListedOrderShape
    again: bool  # it had been made before


class GivenAwayShape(TypedDict):
    """What members gave away in a sale."""

    orders: int
    tickets: int
    full_price: int  # what they would have cost
    issued: int  # of them by you
    quota: int | None  # how many you may give away; null: any number


def given_away_shape(found: GivenAway, *, over_quota: bool) -> GivenAwayShape:
    return {
        "orders": found.orders,
        "tickets": found.tickets,
        "full_price": found.full_price,
        "issued": found.issued,
        "quota": None if over_quota else found.quota,
    }
