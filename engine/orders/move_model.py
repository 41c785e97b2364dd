"""The words of moves: lines of an order that go to a purchase elsewhere, and how far that is.

Pure. Guarantees: frozen values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from engine.orders.model import CartRef
from engine.orders.refund_model import AsCredit


class MoveState(Enum):
    OPEN = "open"  # the lines count for a cart, or for its order that is not paid yet
    DONE = "done"  # that order is paid, and the lines have ended
    UNDONE = "undone"  # it came to nothing; the lines are as they were


class Rest(Enum):
    """How what the new order does not spend goes back."""

    BACK = "back"  # to where it came from
    CREDIT = "credit"  # as credit of whoever bought
    VOUCHER = "voucher"

    @property
    def as_credit(self) -> AsCredit | None:
        return None if self is Rest.BACK else AsCredit(voucher=self is Rest.VOUCHER)


@dataclass(frozen=True, slots=True)
class MoveAsk:
    """Let lines of an order count for a cart, and end once it is bought. Repeating `request` is harmless."""

    order: str
    request: str
    cart: CartRef  # where the buyer shops, in another sale or in the same
    lines: tuple[int, ...] = ()  # none: all that are left
    fees: bool = True  # whether what was asked besides these lines counts too
    rest: Rest = Rest.BACK
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """A move as it stands."""

    id: str
    organizer: str
    sale: str
    order: str
    request: str
    lines: tuple[int, ...]
    fees: bool
    amount: int  # what these lines count for
    currency: str
    reason: str
    rest: Rest
    credit: str | None  # the voucher that stands for them; None: they cost nothing
    to: CartRef
    state: MoveState
    asked_kind: str
    asked_by: str
    begun_at: datetime
    ended_at: datetime | None
    to_order: str | None  # that it paid for
    refund: int | None  # of the order, by which its lines ended

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Move:
        return cls(
            *(row["id"], row["organizer_id"], row["sale_id"], row["order_id"], row["request"], tuple(row["lines"])),
            *(row["fees"], row["amount"], row["currency"], row["reason"], Rest(row["rest"]), row["credit_id"]),
            CartRef(row["to_sale"], row["to_cart"], row["to_buyer"]),
            *(MoveState(row["state"]), row["asked_kind"], row["asked_by"], row["begun_at"], row["ended_at"]),
            *(row["to_order"], row["refund"]),
        )


def voucher_name(move: str) -> str:
    """By which the code of its voucher, and the refund that ends its lines, are known."""
    return f"move {move}"
