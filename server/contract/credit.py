"""Credit and vouchers as their organizer and their owners see them: shapes, asks, and how they are made."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from engine.credit import Credit, CreditView, EntryView, Issue, Restriction
from engine.ids import ChosenId, SaleId
from engine.limits import COUPON_CHARS_MAX, COUPON_SALES_MAX, LINE_CHARS_MAX, PRICE_MINOR_MAX, VOUCHERS_PER_BATCH_MAX
from engine.messages import EmailAddress
from engine.text import Written
from server.contract.asks import MS_MAX, Ask
from server.contract.shapes import CreditKindWord
from server.contract.stamps import moment_of


class CreditShape(TypedDict):
    id: str
    kind: CreditKindWord
    code_end: Annotated[str, Field(description='The last characters of a voucher\'s code; "" of credit.')]
    currency: str
    given: Annotated[int, Field(description="What it was issued with, bonus included, in minor units.")]
    balance: int
    expires_at: datetime | None
    sales: Annotated[list[str], Field(description="In which it may be spent; none: in all.")]
    sum_min: Annotated[int, Field(description="What an order must cost at least.")]
    why: str
    issued_by: str
    issued_at: datetime
    batch: Annotated[str | None, Field(description="Of vouchers that were issued at once.")]
    revoked: bool


class CreditEntryShape(TypedDict):
    kind: Literal["issue", "bonus", "spend", "return", "expire", "revoke"]
    amount: Annotated[int, Field(description="Less than nothing: taken off.")]
    sale: str | None
    order: Annotated[str | None, Field(description="By its own id.")]
    by: Annotated[str, Field(description='Who did it; "": it came about by itself.')]
    at: datetime


class CreditHistoryShape(CreditShape):
    entries: Annotated[list[CreditEntryShape], Field(description="The newest first.")]


class CreditsShape(TypedDict):
    items: Annotated[list[CreditShape], Field(description="The newest first.")]


class IssuedShape(TypedDict):
    ids: list[str]
    codes: Annotated[
        list[str], Field(description="Of vouchers, told this once; none of credit, nor when it was issued before.")
    ]
    again: bool


class IssueBody(Ask):
    issue: ChosenId
    amount: Annotated[int, Field(strict=True, ge=1, le=PRICE_MINOR_MAX)] = Field(
        description="Of each, in minor units of the currency."
    )
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    why: Annotated[str, Written(LINE_CHARS_MAX)] = Field(description="What it is given for; its owner reads it.")
    number: Annotated[int, Field(strict=True, ge=1, le=VOUCHERS_PER_BATCH_MAX)] = Field(
        default=1, description="How many vouchers."
    )
    email: EmailAddress | None = Field(
        default=None, description="Whose it is: whoever shows that the address is theirs. None: vouchers."
    )
    expires_at_ms: Annotated[int, Field(ge=0, le=MS_MAX)] | None = None
    sales: Annotated[list[SaleId], Field(max_length=COUPON_SALES_MAX)] = Field(default_factory=list)
    sum_min: Annotated[int, Field(strict=True, ge=0, le=PRICE_MINOR_MAX)] = 0

    def engine_issue(self) -> Issue:
        rule = Restriction(moment_of(self.expires_at_ms), tuple(self.sales), self.sum_min)
        asked = (self.amount, self.currency, self.why, f"office/{self.issue}", self.number, self.email or "")
        return Issue(*asked, rule)


class FindCreditBody(Ask):
    email: EmailAddress | None = None
    code: Annotated[str, Written(COUPON_CHARS_MAX)] | None = None


class OwnCreditShape(TypedDict):
    id: str
    balance: int
    expires_at_ms: int | None


class OwnCreditsShape(TypedDict):
    currency: str
    items: Annotated[list[OwnCreditShape], Field(description="What ends first comes first.")]


def credit_shape(view: CreditView) -> CreditShape:
    credit = view.credit
    return {
        "id": credit.id,
        "kind": credit.kind.value,
        "code_end": credit.code_end,
        "currency": credit.currency,
        "given": view.given,
        "balance": credit.balance,
        "expires_at": credit.expires_at,
        "sales": list(credit.sales),
        "sum_min": credit.sum_min,
        "why": view.why,
        "issued_by": view.issued_by,
        "issued_at": view.issued_at,
        "batch": view.batch,
        "revoked": credit.revoked,
    }


def entry_shape(entry: EntryView) -> CreditEntryShape:
    return {
        "kind": entry.kind.value,
        "amount": entry.amount,
        "sale": entry.sale,
        "order": entry.order,
        "by": entry.by,
        "at": entry.at,
    }


def own_shape(credit: Credit) -> OwnCreditShape:
    ends = credit.expires_at
    return {
        "id": credit.id,
        "balance": credit.balance,
        "expires_at_ms": None if ends is None else round(ends.timestamp() * 1000),
    }
