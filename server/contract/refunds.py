"""What is asked and answered about giving money back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, Self, cast

from pydantic import Field, model_validator
from typing_extensions import TypedDict

from engine.ids import ChosenId
from engine.limits import BONUS_PERCENT_MAX, ITEMS_PER_CHANGE_MAX, OWN_REFUND_HOURS_MAX, REASON_CHARS_MAX
from engine.orders import AsCredit, OpenRefund, OwnRefundRule, RefundAsk, Refunding, RefundPlan
from engine.text import Written
from server.contract.asks import MS_MAX, Ask
from server.contract.shapes import RefundShape
from server.contract.stamps import in_ms, moment_of

Lines = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1, max_length=ITEMS_PER_CHANGE_MAX)]


class RefundWanted(Ask):
    """Some lines of an order, or a sum; neither: all that is left of it."""

    lines: Lines | None = Field(default=None, description="By their place in the order, from 0; they end.")
    amount: Annotated[int, Field(gt=0)] | None = Field(
        default=None, description="A sum in minor units, which leaves every line as it is."
    )
    fees: bool = Field(default=True, description="Whether what was asked besides these lines goes back with them.")
    give_as: Literal["origin", "credit", "voucher"] = Field(
        default="origin",
        description="Money goes back to where it came from, or is credit of whoever bought, or a voucher. "
        "What credit had paid comes back as that credit.",
    )
    bonus_percent: Annotated[int, Field(ge=0, le=BONUS_PERCENT_MAX)] = Field(
        default=0, description="On top of what is given as credit or voucher."
    )
    expires_at_ms: Annotated[int, Field(ge=0, le=MS_MAX)] | None = Field(
        default=None, description="Of the credit or voucher; none: it does not end."
    )

    @model_validator(mode="after")
    def is_one_or_the_other(self) -> Self:
        if self.lines is not None and self.amount is not None:
            raise ValueError("name either lines or an amount")
        if self.lines is not None and len(set(self.lines)) != len(self.lines):
            raise ValueError("a line is named twice")
        if self.give_as == "origin" and (self.bonus_percent or self.expires_at_ms is not None):
            raise ValueError("only credit has a bonus, and an end")
        if self.expires_at_ms is not None and self.expires_at_ms <= in_ms(datetime.now(UTC)):
            raise ValueError("expires_at_ms must lie in the future")
        return self

    def engine_ask(self, order: str, request: str = "", reason: str = "") -> RefundAsk:
        return RefundAsk(order, request, tuple(self.lines or ()), self.amount, self.fees, reason, self.as_credit())

    def as_credit(self) -> AsCredit | None:
        if self.give_as == "origin":
            return None
        return AsCredit(self.give_as == "voucher", self.bonus_percent, moment_of(self.expires_at_ms))


class RefundBody(RefundWanted):
    refund: ChosenId = Field(description="Your own id: repeating it gives nothing back twice.")
    reason: Annotated[str, Written(REASON_CHARS_MAX, chars_min=0)] = Field(default="", description="For your members.")


class OwnRefundRuleBody(Ask):
    """Whether buyers give tickets back by themselves, and how."""

    hours: Annotated[int, Field(ge=0, le=OWN_REFUND_HOURS_MAX)] | None = Field(
        description="Until so many before the event starts; null: they don't."
    )
    fees: bool = Field(default=False, description="Whether what was asked besides tickets goes back with them.")
    give_as: Literal["origin", "credit", "voucher"] = "origin"

    def rule(self) -> OwnRefundRule | None:
        return None if self.hours is None else OwnRefundRule(self.hours, self.fees, self.give_as)


class OwnRefundRuleShape(TypedDict):
    hours: int | None  # before the event starts; null: buyers give nothing back by themselves
    fees: bool
    give_as: Literal["origin", "credit", "voucher"]


class OwnRefundWanted(Ask):
    """Tickets, and what was bought with them, by their place in the order."""

    lines: Lines

    @model_validator(mode="after")
    def are_named_once(self) -> Self:
        if len(set(self.lines)) != len(self.lines):
            raise ValueError("a line is named twice")
        return self


class OwnRefundBody(OwnRefundWanted):
    refund: ChosenId = Field(description="Your own id: repeating it gives nothing back twice.")


class RefundAgainBody(Ask):
    by_hand: bool = Field(
        default=False, description="A member gave it back in another way; else the provider is asked once more."
    )


class RefundPlanShape(TypedDict):
    """What a refund would do, before it is asked for."""

    amount: int
    tax: int  # of the amount
    lines: list[int]  # that would end
    way: Literal["provider", "by_hand", "credit", "voucher"]
    returned: int  # of the amount: credit that the order had spent, which would be there again
    bonus: int  # on top of what would be given as credit
    whole: bool  # nothing of what it bought would be left
    left: int  # of what was paid, afterwards
    currency: str


class OfficeRefundShape(RefundShape):
    reason: str
    failure: str | None  # why the provider does not give it back


class OpenRefundShape(TypedDict):
    """A refund that is not through."""

    sale: str
    order: str
    code: str  # purchase code of the order
    refund: int  # its number, of the order's
    amount: int
    currency: str
    state: Literal["due", "failed"]
    failure: str | None
    asked_at_ms: int
    due_at_ms: int  # by when somebody has to have seen to it


class OpenRefundsShape(TypedDict):
    items: list[OpenRefundShape]  # what failed first, the oldest first


def open_shape(refund: OpenRefund) -> OpenRefundShape:
    return {
        "sale": refund.sale,
        "order": refund.order,
        "code": refund.code,
        "refund": refund.nth,
        "amount": refund.amount,
        "currency": refund.currency,
        "state": cast('Literal["due", "failed"]', refund.state.value),
        "failure": refund.failure,
        "asked_at_ms": in_ms(refund.asked_at),
        "due_at_ms": in_ms(refund.due_at),
    }


def plan_shape(plan: RefundPlan) -> RefundPlanShape:
    return {
        "amount": plan.amount,
        "tax": sum(part.tax for part in plan.parts),
        "lines": list(plan.ended),
        "way": cast('Literal["provider", "by_hand", "credit", "voucher"]', plan.seen_as.value),
        "returned": plan.amount - plan.moved - plan.money,
        "bonus": plan.bonus,
        "whole": plan.whole,
        "left": plan.owner.left - plan.amount,
        "currency": plan.owner.currency,
    }


def refund_shape(refund: Refunding) -> OfficeRefundShape:
    return cast("OfficeRefundShape", {**refund.wire(), "reason": refund.reason, "failure": refund.failure})


def rule_shape(rule: OwnRefundRule | None) -> OwnRefundRuleShape:
    if rule is None:
        return {"hours": None, "fees": False, "give_as": "origin"}
    give_as = cast('Literal["origin", "credit", "voucher"]', rule.give_as)
    return {"hours": rule.hours, "fees": rule.fees, "give_as": give_as}
