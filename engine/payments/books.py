"""A provider's books: what moved in an organizer's account there, entry by entry, and what buyers dispute.

Owns the words; a provider implements `Books`. Guarantees asked of it: an entry has the same id however often it is
read, and never changes; reading from `since` on, page after page, gives every entry of that time at least once; one
that can't be read is an entry of its own, `UNREAD`, and hides no other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol


class BookKind(Enum):
    CHARGE = "charge"
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"  # its money came back to the account
    DISPUTE = "dispute"  # a buyer's bank takes the money of a charge
    DISPUTE_WON = "dispute_won"  # and gives it back
    DISPUTE_LOST = "dispute_lost"  # and keeps it; no money moves any more
    FEE = "fee"  # of the provider's, for no charge in particular
    PAYOUT = "payout"  # to the organizer's bank
    PAYOUT_FAILED = "payout_failed"
    OTHER = "other"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class BookEntry:
    """What came to an account, or went from it."""

    id: str
    kind: BookKind
    amount: int  # minor units; negative: it went from the account
    currency: str
    at: datetime
    fee: int = 0  # what the provider kept besides
    sale: str | None = None
    order: str | None = None  # None: it is of none of ours
    about: str = ""  # our id of the refund, the provider's of the dispute
    why: str = ""  # it could not be read


@dataclass(frozen=True, slots=True)
class BookPage:
    entries: Sequence[BookEntry]
    following: str | None  # where the next page begins; None: this was the last


@dataclass(frozen=True, slots=True)
class NotRead:
    """The books could not be read now."""

    why: str


@dataclass(frozen=True, slots=True)
class UnknownDispute:
    """The provider knows none of this id."""


class DisputeState(Enum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class DisputeSaid:
    """How a dispute stands at the provider, with the entries of the books that are about it."""

    id: str
    state: DisputeState
    amount: int
    currency: str
    reason: str
    opened_at: datetime
    due_at: datetime | None  # by when it has to be answered there
    sale: str | None = None
    order: str | None = None
    entries: Sequence[BookEntry] = field(default=())


@dataclass(frozen=True, slots=True)
class BookNews:
    """A provider tells that its books have changed: about a dispute, or in another way. Perhaps late, or repeated."""

    provider: str
    organizer: str
    dispute: str = ""


BookListener = Callable[[BookNews], Awaitable[bool]]  # False: it is to be told again


class Books(Protocol):
    """Of one organizer, at one provider."""

    name: str  # of the provider, or the account there

    async def page(self, since: datetime, cursor: str = "") -> BookPage | NotRead:
        """What moved from `since` on, from the cursor of a page before; in no particular order."""
        ...

    async def dispute(self, dispute: str) -> DisputeSaid | UnknownDispute | NotRead: ...
