"""Settling: what word of a payment makes of an order, decided for a batch at once.

Pure: how the orders stand comes in as read under their locks. Guarantees: an order ends once; money that comes when
an order is not there to take it is told as late; the first word of several about one order counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from engine.orders.model import OrderState
from engine.payments import Awaited, Captured, Declined, Outcome

IN_HAND = (OrderState.PAYING, OrderState.AWAITING)  # the seats are the order's, and its money is to come
HAS_NO_MONEY = (*IN_HAND, OrderState.FAILED, OrderState.VOID)


@dataclass(frozen=True, slots=True)
class Settlement:
    """How the payment of an order went, or that its money is to come later."""

    order: str
    outcome: Outcome | Awaited


@dataclass(frozen=True, slots=True)
class Issued:
    """What an order is given as it is paid: a ticket for each of its lines that admits."""

    paid_at: datetime
    tickets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """How the order stands now. `late`: money was captured that the order does not account for."""

    state: OrderState
    late: bool = False
    issued: Issued | None = field(default=None, compare=False)  # when it was paid just now


@dataclass(frozen=True, slots=True)
class Settling:
    """What is to be written, and what each of the batch is told."""

    verdicts: list[Settled] = field(default_factory=list)
    paid: dict[str, str] = field(default_factory=dict)  # order → the provider's reference
    failed: dict[str, str] = field(default_factory=dict)  # order → why
    late: dict[str, Captured] = field(default_factory=dict)
    awaited: dict[str, Awaited] = field(default_factory=dict)
    awaited_no_more: list[str] = field(default_factory=list)


def settle(batch: Sequence[Settlement], standing: Mapping[str, tuple[OrderState, int]]) -> Settling:
    """A verdict for each of the batch, in its order; `standing` tells the state and the due of each order."""
    stands, said = dict(standing), Settling()
    for each in batch:
        state, due = stands.get(each.order, (OrderState.VOID, 0))
        after, late = state, False
        match each.outcome:
            case Captured(amount, reference) if state in IN_HAND and amount == due:
                said.paid[each.order] = reference
                after = OrderState.PAID
            case Captured() if state in HAS_NO_MONEY:
                said.late[each.order] = each.outcome
                late = True
            case Declined(reason) if state in IN_HAND:
                said.failed[each.order] = reason
                after = OrderState.FAILED
            case Awaited() if state is OrderState.PAYING:
                said.awaited[each.order] = each.outcome
                after = OrderState.AWAITING
            case _:
                pass
        if state is OrderState.AWAITING and after is not state:
            said.awaited_no_more.append(each.order)
        stands[each.order] = (after, due)
        said.verdicts.append(Settled(after, late))
    return said
