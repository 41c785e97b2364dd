"""The words of refunds: how money goes back, and how a refund stands.

Pure. Guarantees: frozen values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any


class Way(Enum):
    """How money goes back."""

    PROVIDER = "provider"  # to where it came from
    BY_HAND = "by_hand"  # a member gives it back, as a member took it in
    CREDIT = "credit"  # it is credit of whoever bought
    VOUCHER = "voucher"  # it is a voucher, whose code the page of the order tells
    MOVE = "move"  # none of it does: it went to another order


@dataclass(frozen=True, slots=True)
class AsCredit:
    """Money is to be given back as credit, or as a voucher, instead of to where it came from."""

    voucher: bool = False
    bonus_percent: int = 0  # of it, on top
    expires_at: datetime | None = None

    @property
    def way(self) -> Way:
        return Way.VOUCHER if self.voucher else Way.CREDIT

    def bonus_of(self, money: int) -> int:
        """Half up."""
        return (2 * money * self.bonus_percent + 100) // 200


class RefundState(Enum):
    DUE = "due"  # decided; the provider is asked until it has given it back
    DONE = "done"
    FAILED = "failed"  # the provider does not give it back: somebody has to see to it


@dataclass(frozen=True, slots=True)
class Refunding:
    """A refund as it stands."""

    nth: int
    request: str
    amount: int
    way: Way
    ended: tuple[int, ...]  # lines of the order that are nobody's any more
    fees: bool
    reason: str
    state: RefundState
    failure: str | None
    asked_at: datetime
    ended_at: datetime | None
    movement: int | None = None  # of the order, in the ledger
    returned: int = 0  # of the amount: credit that the order had spent, which is there again
    bonus: int = 0  # on top, where it was given as credit
    moved: int = 0  # of the amount: what went to another order
    code: str | None = None  # of the voucher that it was given as, for whoever may see it …
    told: tuple[tuple[str, int], ...] = ()  # … and of those that a move had paid with, and what came back to them

    @property
    def money(self) -> int:
        """What goes back in its way."""
        return self.amount - self.returned - self.moved

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Refunding:
        return cls(
            *(row["nth"], row["request"], row["amount"], Way(row["way"]), tuple(row["ended"]), row["fees"]),
            *(row["reason"], RefundState(row["state"]), row["failure"], _instant(row["asked_at"])),
            None if row["ended_at"] is None else _instant(row["ended_at"]),
            *(row["movement"], row["returned"], row["bonus"], row["moved"]),
        )

    def wire(self) -> dict[str, Any]:
        return {
            "nth": self.nth,
            "amount": self.amount,
            "way": self.way.value,
            "returned": self.returned,
            "bonus": self.bonus,
            "moved": self.moved,
            "lines": list(self.ended),
            "fees": self.fees,
            "state": self.state.value,
            "asked_at_ms": round(self.asked_at.timestamp() * 1000),
            "ended_at_ms": None if self.ended_at is None else round(self.ended_at.timestamp() * 1000),
        }


def name_of_refund(order: str, nth: int, *, whole: bool, came_back: int) -> str:
    """By which the provider knows it. All in one goes by the name under which every release asks for it; what came back
    is asked for anew.
    """
    name = f"{order}:all" if whole else f"{order}:{nth}"
    return f"{name}:again{came_back}" if came_back else name


def name_of_late(order: str) -> str:
    """By which the provider knows what goes back of money that came late: all of it."""
    return name_of_refund(order, 0, whole=True, came_back=0)


def _instant(at: datetime | str) -> datetime:
    """As Postgres has it in a row of its own, or within JSON."""
    return datetime.fromisoformat(at) if isinstance(at, str) else at
