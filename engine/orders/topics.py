"""What orders tell others."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict

from engine.outbox import Topic


class OrderPaid(TypedDict):
    sale: str
    order: str
    buyer: str
    total: int
    currency: str
    paid_at: datetime


class OrderRefunding(TypedDict):
    sale: str
    order: str
    amount: int
    currency: str


ORDER_PAID = Topic(
    "order.paid",
    OrderPaid,
    version=1,
    told_by="orders",
    meaning="An order is paid, and its tickets are made.",
    for_organizers=True,
    private=("buyer",),
)
ORDER_REFUNDING = Topic(
    "order.refunding",
    OrderRefunding,
    version=1,
    told_by="orders",
    meaning="Money came too late for what it was to buy, and goes back.",
    for_organizers=True,
)
