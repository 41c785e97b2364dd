"""What is asked and answered about giving back all that an event sold."""

from __future__ import annotations

from typing import Annotated, Literal, cast

from pydantic import Field
from typing_extensions import TypedDict

from engine.ids import ChosenId, PartId, SaleId
from engine.limits import BONUS_PERCENT_MAX, CANCELLED_PLACES_MAX, CANCELLED_SALES_MAX, REASON_CHARS_MAX
from engine.orders import Cancellation, Choice, Foreseen, Offer, Scope
from engine.text import Written
from server.contract.asks import MS_MAX, Ask
from server.contract.stamps import in_ms, in_ms_if_any, moment_of

ChoiceWord = Literal["keep", "origin", "credit", "voucher"]


class CancellationWanted(Ask):
    """All of the event; or some of its sales, sections or pools."""

    sales: Annotated[list[SaleId], Field(min_length=1, max_length=CANCELLED_SALES_MAX)] | None = Field(
        default=None, description="Of the event; absent: all of them."
    )
    places: Annotated[list[PartId], Field(max_length=CANCELLED_PLACES_MAX)] = Field(
        default_factory=list, description="Sections and pools; none: all of them."
    )
    fees: bool = Field(default=True, description="Whether what was asked besides goes back with it.")

    otherwise: ChoiceWord = Field(
        default="origin", description="What is done; or, where buyers choose, what is done for whoever does not."
    )
    choices: Annotated[list[ChoiceWord], Field(max_length=len(Choice))] = Field(
        default_factory=list, description="What buyers choose from; none: nobody is asked."
    )
    choose_until_ms: Annotated[int, Field(ge=0, le=MS_MAX)] | None = Field(
        default=None, description="Until when they may choose."
    )
    bonus_percent: Annotated[int, Field(ge=0, le=BONUS_PERCENT_MAX)] = Field(
        default=0, description="On top of what is given as credit or voucher."
    )
    credit_expires_at_ms: Annotated[int, Field(ge=0, le=MS_MAX)] | None = Field(
        default=None, description="Of credit and vouchers; none: they do not end."
    )

    def scope(self, event: str, sales: list[str], reason: str = "") -> Scope:
        offer = Offer(
            Choice(self.otherwise),
            tuple(Choice(each) for each in self.choices),
            moment_of(self.choose_until_ms),
            self.bonus_percent,
            moment_of(self.credit_expires_at_ms),
        )
        return Scope(event, tuple(sales), tuple(self.places), self.fees, reason, offer)


class CancellationBody(CancellationWanted):
    cancellation: ChosenId = Field(description="Your own id: repeating it gives nothing back twice.")
    reason: Annotated[str, Written(REASON_CHARS_MAX, chars_min=0)] = Field(default="", description="For your members.")


class ForeseenShape(TypedDict):
    """What it would do, to the cent."""

    currency: str
    orders: int
    people: int
    lines: int  # that would end
    by_provider: int  # goes back to where it came from
    by_hand: int  # members took it in, and give it back themselves
    as_credit: int  # becomes credit or vouchers, or comes back as what it was paid with
    bonus: int  # on top of that
    kept: int  # of what these orders paid
    refused: int  # orders that can't be given back so


class CancellationShape(TypedDict):
    id: str
    sales: list[str]
    places: list[str]
    fees: bool
    reason: str
    state: Literal["running", "paused", "done"]
    asked_at_ms: int
    ended_at_ms: int | None
    orders: int
    waiting: int  # of the orders, to be given back still
    refused: int  # that could not be
    amount: int  # of the refunds that were decided
    given_back: int  # of that, what is through
    failed: int  # refunds that the provider does not give back
    otherwise: ChoiceWord
    choices: list[ChoiceWord]
    choose_until_ms: int | None
    bonus_percent: int
    credit_expires_at_ms: int | None
    asked: int  # of the orders, whose buyers may choose still
    chosen: ChosenShape


class ChosenShape(TypedDict):
    """How many buyers chose what."""

    keep: int
    origin: int
    credit: int
    voucher: int


class CancellationsShape(TypedDict):
    items: list[CancellationShape]  # the newest first


def foreseen_shape(foreseen: Foreseen) -> ForeseenShape:
    by_way = {way.value: amount for way, amount in foreseen.amounts.items()}
    return {
        "currency": foreseen.currency,
        "orders": foreseen.orders,
        "people": foreseen.people,
        "lines": foreseen.lines,
        "by_provider": by_way.get("provider", 0),
        "by_hand": by_way.get("by_hand", 0),
        "as_credit": by_way.get("credit", 0) + by_way.get("voucher", 0),
        "bonus": foreseen.bonus,
        "kept": foreseen.kept,
        "refused": foreseen.refused,
    }


def cancellation_shape(found: Cancellation) -> CancellationShape:
    return {
        "id": found.id,
        "sales": list(found.sales),
        "places": list(found.places),
        "fees": found.fees,
        "reason": found.reason,
        "state": cast('Literal["running", "paused", "done"]', found.state),
        "asked_at_ms": in_ms(found.asked_at),
        "ended_at_ms": in_ms_if_any(found.ended_at),
        "orders": found.orders,
        "waiting": found.waiting,
        "refused": found.refused,
        "amount": found.amount,
        "given_back": found.given_back,
        "failed": found.failed,
        "otherwise": found.offer.otherwise.value,
        "choices": [each.value for each in found.offer.choices],
        "choose_until_ms": in_ms_if_any(found.offer.until),
        "bonus_percent": found.offer.bonus_percent,
        "credit_expires_at_ms": in_ms_if_any(found.offer.expires_at),
        "asked": found.asked,
        "chosen": cast("ChosenShape", {each.value: found.chosen.get(each, 0) for each in Choice}),
    }
