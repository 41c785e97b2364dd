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


class OrderRefunded(TypedDict):
    sale: str
    order: str
    refund: int  # its number: the revision of the order from then on
    amount: int
    currency: str
    tickets: list[str]  # that open nothing any more
    whole: bool  # nothing of what it bought is left
    movement: int | None  # of the order's, in the ledger; none where no money moves


class EventGivenBack(TypedDict):
    event: str
    cancellation: str
    sales: list[str]
    places: list[str]  # sections and pools; none: all of them
    choices: list[str]  # what buyers choose from; none: nobody is asked
    otherwise: str  # what is done for whoever does not choose, or is not asked
    choose_until: datetime | None


class OrderMoved(TypedDict):
    sale: str
    order: str
    refund: int  # by which its lines ended
    to_sale: str
    to_order: str
    amount: int  # what that order was paid with of it
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
ORDER_REFUNDED = Topic(
    "order.refunded",
    OrderRefunded,
    version=1,
    told_by="orders",
    meaning="Something of an order was given back: its tickets open nothing any more, and its money is on its way.",
    for_organizers=True,
)
EVENT_GIVEN_BACK = Topic(
    "event.given_back",
    EventGivenBack,
    version=1,
    told_by="orders",
    meaning="All that an event sold, or some of it, is given back, or its buyers choose what becomes of it.",
    for_organizers=True,
)
ORDER_MOVED = Topic(
    "order.moved",
    OrderMoved,
    version=1,
    told_by="orders",
    meaning="Lines of an order went to another one, which is paid; their refund says what else went back.",
    for_organizers=True,
)
