"""The words of credit: money that an organizer owes, what of it an order spends, and why some of it does not count.

Pure. Guarantees: frozen values; amounts are minor units of the credit's own currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple


class CreditKind(Enum):
    """Whose it is; the name is also its account in the ledger."""

    CREDIT = "credit"  # somebody's
    VOUCHER = "voucher"  # whoever has the code


class EntryKind(Enum):
    ISSUE = "issue"
    BONUS = "bonus"
    SPEND = "spend"
    RETURN = "return"  # of an order that came to nothing
    EXPIRE = "expire"
    REVOKE = "revoke"


class Source(Enum):
    """What money that is given as credit balances with in the ledger."""

    GIVEN = "credit_given"  # the organizer gives it away
    BONUS = "credit_bonus"
    MOVED = "moved"  # lines of an order, which end once it paid for others
    ORDER = ""  # an order's own movement says so: what was refunded


class CreditWhy(Enum):
    """Why credit does not count for a cart."""

    UNKNOWN = "unknown"
    MISTYPED = "mistyped"  # its check character says so
    EXPIRED = "expired"
    REVOKED = "revoked"
    USED_UP = "used_up"
    ELSEWHERE = "elsewhere"  # it is for other sales, or in another currency
    TOO_LITTLE = "too_little"  # the cart is below its minimum
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Credit:
    id: str
    organizer_id: str
    kind: CreditKind
    currency: str
    balance: int
    code_end: str = ""  # the last characters of a voucher's code
    expires_at: datetime | None = None  # the grace of what came back late included
    revoked: bool = False
    sales: tuple[str, ...] = ()  # in which it may be spent; none: in all
    sum_min: int = 0


class Spend(NamedTuple):
    """What an order spends of a credit. A tuple, as every order with credit makes some."""

    credit: str
    kind: str
    code_end: str
    amount: int


@dataclass(frozen=True, slots=True)
class CreditSaid:
    """What a cart is told of a credit: what it pays, or why it pays nothing."""

    credit: Credit
    used: int = 0
    why: CreditWhy | None = None

    def wire(self) -> dict[str, Any]:
        ends = self.credit.expires_at
        return {
            "id": self.credit.id,
            "kind": self.credit.kind.value,
            "code_end": self.credit.code_end,
            "balance": self.credit.balance,
            "used": self.used,
            "expires_at_ms": None if ends is None else round(ends.timestamp() * 1000),
            "why": None if self.why is None else self.why.value,
        }


@dataclass(frozen=True, slots=True)
class Restriction:
    """Where a credit may be spent, and until when."""

    expires_at: datetime | None = None
    sales: tuple[str, ...] = ()
    sum_min: int = 0


ANYWHERE = Restriction()


@dataclass(frozen=True, slots=True)
class Grant:
    """Money to be given as credit of `owner`, or as a voucher where there is none."""

    organizer_id: str
    currency: str
    amount: int
    why: str
    by: str
    request: str  # of whoever gives it: asked once more it is the same credit
    owner: str | None = None
    restriction: Restriction = ANYWHERE
    bonus: int = 0
    source: Source = Source.GIVEN
    sale: str | None = None  # with the order that it comes from
    order: str | None = None
    batch: str | None = None
    code: str | None = None  # of a voucher; None: it is drawn


@dataclass(frozen=True, slots=True)
class Granted:
    credit: str
    code: str | None  # of a voucher, told this once; None: it is somebody's, or was given before
    again: bool = False
