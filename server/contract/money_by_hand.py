"""What is asked and answered about money that buyers send by themselves, and that members see."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal, cast

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from engine.limits import DAY_CHARS, TOLD_CHARS_MAX
from engine.orders import AwaitedMoney
from engine.payments import Came
from engine.text import Written
from server.contract.asks import Ask
from server.contract.shapes import OrderWord
from server.contract.stamps import in_ms


def past_day(text: str) -> str:
    """A day that has begun somewhere."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError("has to be a day, as in 2026-11-29") from None
    if day > today() + timedelta(days=1):
        raise ValueError("must not lie in the future")
    return text


def today() -> date:
    return datetime.now(UTC).date()


class MoneyCameBody(Ask):
    amount: Annotated[int, Field(gt=0)] = Field(description="What came, in minor units: exactly what the order owes.")
    on: Annotated[str, Written(DAY_CHARS), AfterValidator(past_day)] | None = Field(
        default=None, description="The day on which it came, as in 2026-11-29; none: today."
    )
    note: Annotated[str, Written(TOLD_CHARS_MAX, chars_min=0)] = Field(
        default="", description="For your members, as the reference of the bank."
    )

    def came(self) -> Came:
        return Came(self.amount, today() if self.on is None else date.fromisoformat(self.on), self.note)


class MoneySaidShape(TypedDict):
    state: OrderWord  # of the order, now


class AwaitedMoneyShape(TypedDict):
    """An order whose buyer sends the money by themselves."""

    sale: str
    order: str
    code: str  # purchase code of the order
    amount: int
    currency: str
    method: Literal["transfer", "invoice"]
    reference: str  # with which the buyer is to send it
    placed_at_ms: int
    pay_by_ms: int


class AwaitedMoniesShape(TypedDict):
    items: list[AwaitedMoneyShape]  # whose time is over first comes first


def awaited_shape(money: AwaitedMoney) -> AwaitedMoneyShape:
    return {
        "sale": money.sale,
        "order": money.order,
        "code": money.code,
        "amount": money.amount,
        "currency": money.currency,
        "method": cast('Literal["transfer", "invoice"]', money.method),
        "reference": money.reference,
        "placed_at_ms": in_ms(money.placed_at),
        "pay_by_ms": in_ms(money.until),
    }
