"""The words of reconciliation: a run, a disagreement, a dispute.

Pure. Guarantees: frozen values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from engine.payments import DisputeState


class DisagreementKind(Enum):
    """Where a provider's books and ours differ."""

    UNKNOWN_CHARGE = "unknown_charge"  # it has money that no order of ours has paid there
    MISSING_CHARGE = "missing_charge"  # an order is paid, and it has no money for it
    AMOUNT_DIFFERS = "amount_differs"
    CURRENCY_DIFFERS = "currency_differs"
    MISSING_REFUND = "missing_refund"  # it gave back less than we say
    UNKNOWN_REFUND = "unknown_refund"  # it gave back more than we know
    UNREAD = "unread"  # an entry of its books can't be read


@dataclass(frozen=True, slots=True)
class Found:
    """A disagreement, as comparing finds it."""

    kind: DisagreementKind
    subject: str  # id of the order, or of the entry
    facts: Mapping[str, Any]
    sale: str | None = None
    order: str | None = None


@dataclass(frozen=True, slots=True)
class Disagreement:
    id: str
    provider: str
    kind: DisagreementKind
    subject: str
    sale: str | None
    order: str | None
    code: str | None  # that opens the order, where there is one
    facts: Mapping[str, Any]
    open: bool
    opened_at: datetime
    due_at: datetime
    resolved_at: datetime | None
    by_member: bool  # who resolved it; else a later run found it gone
    reason: str

    @classmethod
    def read(cls, row: Any) -> Disagreement:
        return cls(
            *(row["id"], row["provider"], DisagreementKind(row["kind"]), row["subject"], row["sale_id"]),
            *(row["order_id"], row["code"], row["facts"], row["state"] == "open", row["opened_at"], row["due_at"]),
            *(row["resolved_at"], row["resolved_kind"] not in (None, "itself"), row["reason"]),
        )


@dataclass(frozen=True, slots=True)
class Dispute:
    provider: str
    id: str
    sale: str | None
    order: str | None
    code: str | None
    amount: int
    currency: str
    reason: str
    state: DisputeState
    blocks: bool
    opened_at: datetime
    due_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def read(cls, row: Any) -> Dispute:
        return cls(
            *(row["provider"], row["id"], row["sale_id"], row["order_id"], row["code"], row["amount"]),
            *(row["currency"], row["reason"], DisputeState(row["state"]), row["blocks"], row["opened_at"]),
            *(row["due_at"], row["answered_at"], row["ended_at"]),
        )


@dataclass(frozen=True, slots=True)
class Run:
    """Comparing an organizer's money with its providers' books, once from beginning to end."""

    id: str
    organizer: str
    since: datetime
    state: str  # waiting | running | done
    entries: int
    compared: int
    found: int
    settled: int
    unreached: tuple[str, ...]
    asked_at: datetime
    ended_at: datetime | None
    place: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def done(self) -> bool:
        return self.state == "done"

    @classmethod
    def read(cls, row: Any) -> Run:
        return cls(
            *(row["id"], row["organizer_id"], row["since"], row["state"], row["entries"], row["compared"]),
            *(row["found"], row["settled"], tuple(row["unreached"]), row["asked_at"], row["ended_at"], row["place"]),
        )


@dataclass(frozen=True, slots=True)
class Counts:
    """What a step of a run came to."""

    entries: int = 0
    compared: int = 0
    found: int = 0
    settled: int = 0
