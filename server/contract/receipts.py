"""Receipts of an organizer, and who it is to the law."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, cast
from zoneinfo import available_timezones

from pydantic import Field, StringConstraints, field_validator
from typing_extensions import TypedDict

from engine.limits import (
    LINE_CHARS_MAX,
    NAME_CHARS_MAX,
    POSTAL_CODE_CHARS_MAX,
    RECEIPT_NOTE_CHARS_MAX,
    RECEIPT_PREFIX_CHARS_MAX,
    TAX_ID_CHARS_MAX,
    ZONE_CHARS_MAX,
)
from engine.receipts import LegalIdentity, ListedReceipt, MonthOfReceipts
from engine.text import Form, Written
from server.contract.asks import Ask
from server.contract.routes import Paged, Query

Month = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
OF_MONTH = "As 2026-11, by the calendar of your time zone; without it this month."
CURSOR = "-"


class IdentityBody(Ask):
    name: Annotated[str, Written(NAME_CHARS_MAX)] = Field(description="As it is registered.")
    tax_id: Annotated[str, Written(TAX_ID_CHARS_MAX)] = Field(
        description="Checked where we are sure how: ES, PT and BR."
    )
    address: Annotated[str, Written(LINE_CHARS_MAX, Form.PARAGRAPH)] = Field(
        description="Street and number, in as many lines as it takes."
    )
    postal_code: Annotated[str, Written(POSTAL_CODE_CHARS_MAX, chars_min=0)] = ""
    city: Annotated[str, Written(NAME_CHARS_MAX)]
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = Field(description="ISO 3166, as in ES.")
    note: Annotated[str, Written(RECEIPT_NOTE_CHARS_MAX, Form.PARAGRAPH, chars_min=0)] = Field(
        default="", description="Printed on receipts."
    )
    prefix: Annotated[str, StringConstraints(pattern=rf"^[A-Za-z0-9/-]{{0,{RECEIPT_PREFIX_CHARS_MAX}}}$")] = Field(
        default="", description="Before the year in the number of a receipt, as `A-` in A-2026-000123."
    )
    zone: Annotated[str, Written(ZONE_CHARS_MAX)] = Field(
        default="UTC", description="By whose calendar a year ends, as in Europe/Madrid."
    )

    @field_validator("zone")
    @classmethod
    def is_a_zone(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError("is not a time zone; one looks like Europe/Madrid")
        return zone

    def identity(self) -> LegalIdentity:
        return LegalIdentity(**self.model_dump())


class IdentityShape(TypedDict):
    name: str
    tax_id: str
    address: str
    postal_code: str
    city: str
    country: str
    note: str
    prefix: str
    zone: str
    complete: Annotated[bool, Field(description="false: nothing was written, and receipts carry the organizer's name.")]


class MonthQuery(Paged):
    month: Month | None = Field(default=None, description=OF_MONTH)

    def number_after(self) -> tuple[int, int] | None:
        """The year and number that the page begins after; None when that is no such place."""
        if self.after is None:
            return 0, 0
        year, _, number = self.after.partition(CURSOR)
        is_place = all(each.isascii() and each.isdigit() and len(each) < 10 for each in (year, number))
        return (int(year), int(number)) if is_place else None


class MonthExportQuery(Query):
    month: Month | None = Field(default=None, description=OF_MONTH)


class ListedReceiptShape(TypedDict):
    number: str
    kind: Literal["receipt", "credit_note"]
    issued_at: datetime
    sale: str
    order: str
    code: Annotated[str, Field(description="Purchase code of the order.")]
    currency: str
    total: Annotated[int, Field(description="Below zero on a credit note.")]
    tax: Annotated[int, Field(description="Of the total.")]


class ReceiptSumShape(TypedDict):
    currency: str
    receipts: int
    total: int
    tax: int


class MonthShape(TypedDict):
    """Receipts of a month, by number."""

    month: str
    zone: str
    sums: list[ReceiptSumShape]
    gapless: Annotated[bool, Field(description="Whether the numbers of the month follow one another.")]
    items: list[ListedReceiptShape]
    next: str | None


def identity_shape(identity: LegalIdentity) -> IdentityShape:
    return {
        "name": identity.name,
        "tax_id": identity.tax_id,
        "address": identity.address,
        "postal_code": identity.postal_code,
        "city": identity.city,
        "country": identity.country,
        "note": identity.note,
        "prefix": identity.prefix,
        "zone": identity.zone,
        "complete": identity.complete,
    }


def month_shape(month: MonthOfReceipts, limit: int) -> MonthShape:
    shown = month.items[:limit]
    return {
        "month": month.month,
        "zone": month.zone,
        "sums": [
            {"currency": each.currency, "receipts": each.receipts, "total": each.total, "tax": each.tax}
            for each in month.sums
        ],
        "gapless": month.gapless,
        "items": [listed_shape(each) for each in shown],
        "next": CURSOR.join(map(str, shown[-1].at)) if len(month.items) > limit else None,
    }


def listed_shape(receipt: ListedReceipt) -> ListedReceiptShape:
    return {
        "number": receipt.number,
        "kind": cast('Literal["receipt", "credit_note"]', receipt.kind),
        "issued_at": receipt.issued_at,
        "sale": receipt.sale,
        "order": receipt.order,
        "code": receipt.code,
        "currency": receipt.currency,
        "total": receipt.total,
        "tax": receipt.tax,
    }
