"""What reconciliation tells others."""

from __future__ import annotations

from typing_extensions import TypedDict

from engine.outbox import Topic


class DisputeTold(TypedDict):
    sale: str
    order: str
    dispute: str  # the provider's id
    amount: int
    currency: str
    state: str  # open, won or lost


DISPUTE_OPENED = Topic(
    "dispute.opened",
    DisputeTold,
    version=1,
    told_by="reconciliation",
    meaning="A buyer's bank wants the money of an order back.",
    for_organizers=True,
)
DISPUTE_ENDED = Topic(
    "dispute.ended",
    DisputeTold,
    version=1,
    told_by="reconciliation",
    meaning="A dispute about the payment of an order was won or lost.",
    for_organizers=True,
)
