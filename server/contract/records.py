"""One order as its organizer reads it in full: its payment, and its movements in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

from typing_extensions import TypedDict

from engine.catalog import SaleInfo
from engine.messages import MessageView
from engine.orders import OrderRecord
from engine.reconciliation import Dispute
from server.contract.reconciliation import DisputeShape, dispute_shape
from server.contract.refunds import OfficeRefundShape, refund_shape
from server.contract.shapes import ListedOrderShape
from server.contract.stamps import in_ms, in_ms_if_any


class PaymentShape(TypedDict):
    """What was asked of a provider for an order; "by_hand": a member took it in."""

    provider: str
    reference: str  # the provider's own
    state: Literal["asked", "captured", "declined", "refund_due", "refunded"]
    amount: int
    asked_at_ms: int
    answered_at_ms: int | None


class EntryShape(TypedDict):
    account: str  # clearing, refund_due, discount, fee, tax; revenue:general, by ticket type or product
    amount: int  # what came to the account, or went from it where it is negative


class MovementShape(TypedDict):
    kind: Literal["capture", "refund", "payback", "return"]
    at_ms: int
    entries: list[EntryShape]  # they add up to nothing


class OrderLetterShape(TypedDict):
    template: str
    channel: Literal["email", "sms", "push"]
    state: Literal["queued", "sent", "unknown", "refused", "bounced", "lapsed"]
    written_at_ms: int
    ended_at_ms: int | None  # when it was sent, or given up


class OrderRecordShape(TypedDict):
    order: ListedOrderShape
    sale_name: str
    types: dict[str, str]  # names of the sale's ticket types and products, by id …
    pools: dict[str, str]  # … and of its pools
    phase: str | None  # name of that in which its cart was opened; null where there are none, or a member sold it
    list: int  # number of the price list by which it was priced
    opened_at_ms: int | None  # when its cart was; null once that is forgotten, and for what a member sold
    payment: PaymentShape | None
    movements: list[MovementShape]
    given_back: list[OfficeRefundShape]
    letters: list[OrderLetterShape]  # oldest first, as long as they are kept
    disputes: list[DisputeShape]  # the newest first


def record_shape(
    record: OrderRecord,
    order: ListedOrderShape,
    info: SaleInfo,
    letters: Sequence[MessageView],
    disputes: Sequence[Dispute],
) -> OrderRecordShape:
    asked = record.payment
    payment = (
        None
        if asked is None
        else {
            "provider": asked.provider,
            "reference": asked.reference,
            "state": asked.state,
            "amount": asked.amount,
            "asked_at_ms": in_ms(asked.asked_at),
            "answered_at_ms": in_ms_if_any(asked.answered_at),
        }
    )
    movements = [
        {
            "kind": each.kind,
            "at_ms": in_ms(each.at),
            "entries": [{"account": account, "amount": amount} for account, amount in each.entries.items()],
        }
        for each in record.movements
    ]
    return {
        "order": order,
        "sale_name": "" if info.event is None else info.event.name,
        "types": {**info.types, **{pool.id: pool.name for pool in info.product_pools}},
        "pools": {pool.id: pool.name for pool in info.pools},
        "phase": next((each.name for each in info.phases if each.id == record.phase), record.phase),
        "list": record.list,
        "opened_at_ms": in_ms_if_any(record.opened_at),
        "payment": cast("PaymentShape | None", payment),
        "movements": cast("list[MovementShape]", movements),
        "given_back": [refund_shape(each) for each in record.order.refunds],
        "letters": [letter_shape(each) for each in letters],
        "disputes": [dispute_shape(each) for each in disputes],
    }


def letter_shape(letter: MessageView) -> OrderLetterShape:
    """Not to whom it went, nor what the channel said, which might quote that."""
    return cast(
        "OrderLetterShape",
        {
            "template": letter.template,
            "channel": letter.channel,
            "state": letter.state,
            "written_at_ms": in_ms(letter.created_at),
            "ended_at_ms": in_ms_if_any(letter.done_at),
        },
    )
