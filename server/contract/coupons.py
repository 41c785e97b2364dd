"""Coupons as their organizer sees them: shapes, asks, and how they are made of what the engine knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from engine.coupons import Batch, CodeView, CouponView, as_written, grouped, sentence
from engine.ids import MadeId, PartId, SaleId
from engine.limits import (
    CODES_PER_BATCH_MAX,
    COUPON_CHARS_MAX,
    ITEMS_PER_CHANGE_MAX,
    LINE_CHARS_MAX,
    UNITS_PER_HOLD_MAX,
)
from engine.orders import Brought, CouponReport, Sales
from engine.text import Written
from server.contract.asks import Ask
from server.contract.shapes import CartCouponShape, OwedFeeShape, OwedTaxShape


class CouponShape(TypedDict):
    id: str
    key: str
    name: Annotated[str, Field(description="As buyers and receipts read it.")]
    sale: Annotated[str | None, Field(description="Whose alone it is; null: it is yours, for all or some sales.")]
    sales: Annotated[list[str], Field(description="In which it counts; none: in all.")]
    currency: Annotated[str | None, Field(description="Of its sums.")]
    rule: Annotated[
        dict[str, Any],
        Field(description="As it would be written, in the words of `PUT`: what is absent is the default."),
    ]
    sentence: Annotated[str, Field(description="The same, in English.")]
    revision: int
    automatic: Annotated[bool, Field(description="It counts without a code.")]
    codes: Annotated[list[str], Field(description="Those that are words.")]
    drawn: Annotated[int, Field(description="How many codes were drawn in batches.")]
    uses: int
    tickets: int
    discount: Annotated[int, Field(description="What orders that count have off by it, in minor units.")]
    made_at: datetime
    ended_at: datetime | None


class CouponsShape(TypedDict):
    items: Annotated[list[CouponShape], Field(description="The newest first, those that ended last.")]


class GenerateBody(Ask):
    number: Annotated[int, Field(strict=True, ge=1, le=CODES_PER_BATCH_MAX)]
    partner: Annotated[str, Written(LINE_CHARS_MAX)] = Field(description="Whom they are for, as in reports.")


class BatchShape(TypedDict):
    id: str
    partner: str
    number: int
    used: int
    made_at: datetime
    revoked_at: datetime | None


class GeneratedShape(BatchShape):
    codes: Annotated[list[str], Field(description="Each for one use, in groups, as they are given to somebody.")]


class CodeShape(TypedDict):
    code: str
    batch: str | None
    partner: str
    uses_max: int | None
    uses: int
    revoked: bool


class CodesShape(TypedDict):
    batches: list[BatchShape]
    items: list[CodeShape]


class RevokeBody(Ask):
    """One of the two."""

    batch: MadeId | None = None
    code: Annotated[str, Written(COUPON_CHARS_MAX)] | None = None


class RevokedShape(TypedDict):
    revoked: Annotated[int, Field(description="How many codes count no more; those that are used stay as they are.")]


class SoldShape(TypedDict):
    currency: str
    orders: int
    captured: int


class BroughtShape(TypedDict):
    code: Annotated[str | None, Field(description="null: codes of a batch, or none.")]
    partner: Annotated[str | None, Field(description="Whom the batch was for.")]
    currency: str
    uses: int
    tickets: int
    discount: int
    captured: Annotated[int, Field(description="What orders with it paid.")]


class CouponReportShape(TypedDict):
    brought: Annotated[list[BroughtShape], Field(description="By code and partner, the most used first.")]
    used_first_at: datetime | None
    used_last_at: datetime | None
    days: Annotated[float, Field(description="From the first use to the last.")]
    without: Annotated[list[SoldShape], Field(description="Orders without it, in the same sales and the same time.")]
    before: Annotated[list[SoldShape], Field(description="Orders in as long a time before its first use.")]


class TriedItem(Ask):
    place: PartId | Annotated[str, Written(LINE_CHARS_MAX)] = Field(description="A section, zone, pool or product.")
    type: Annotated[str, Written(LINE_CHARS_MAX)] = Field(description="A ticket type; of a product its own id.")
    number: Annotated[int, Field(strict=True, ge=1, le=UNITS_PER_HOLD_MAX)] = 1


class TryBody(Ask):
    """A cart that could be, of the prices that count now."""

    sale: SaleId
    codes: Annotated[str, Written(COUPON_CHARS_MAX, chars_min=0)] = ""
    items: Annotated[list[TriedItem], Field(min_length=1, max_length=ITEMS_PER_CHANGE_MAX)]


class TriedShape(TypedDict):
    """What it would come to for a buyer who meets every condition that asks who they are."""

    currency: str
    prices: int
    discount: int
    coupons: list[CartCouponShape]
    fees: list[OwedFeeShape]
    taxes: list[OwedTaxShape]
    total: int


def coupon_shape(view: CouponView, segments: Mapping[str, str]) -> CouponShape:
    coupon, counted = view.coupon, view.counted
    return {
        "id": coupon.id,
        "key": coupon.key,
        "name": coupon.name,
        "sale": coupon.sale_id,
        "sales": list(coupon.rule.sales),
        "currency": coupon.rule.currency or None,
        "rule": as_written(coupon, segments),
        "sentence": sentence(coupon, segments),
        "revision": coupon.revision,
        "automatic": coupon.automatic,
        "codes": list(view.codes),
        "drawn": view.drawn,
        "uses": counted.uses,
        "tickets": counted.tickets,
        "discount": counted.money,
        "made_at": view.made_at,
        "ended_at": view.ended_at,
    }


def batch_shape(batch: Batch) -> BatchShape:
    return {
        "id": batch.id,
        "partner": batch.partner,
        "number": batch.codes,
        "used": batch.used,
        "made_at": batch.made_at,
        "revoked_at": batch.revoked_at,
    }


def code_shape(code: CodeView) -> CodeShape:
    return {
        "code": grouped(code.code),
        "batch": code.batch,
        "partner": code.partner,
        "uses_max": code.uses_max,
        "uses": code.uses,
        "revoked": code.revoked,
    }


def brought_shape(brought: Brought) -> BroughtShape:
    return {
        "code": brought.code,
        "partner": brought.partner,
        "currency": brought.currency,
        "uses": brought.uses,
        "tickets": brought.tickets,
        "discount": brought.discount,
        "captured": brought.captured,
    }


def report_shape(report: CouponReport) -> CouponReportShape:
    return {
        "brought": [brought_shape(each) for each in report.brought],
        "used_first_at": report.first,
        "used_last_at": report.last,
        "days": report.days,
        "without": sold_shapes(report.without),
        "before": sold_shapes(report.before),
    }


def sold_shapes(sales: Sequence[Sales]) -> list[SoldShape]:
    return [{"currency": each.currency, "orders": each.orders, "captured": each.captured} for each in sales]
