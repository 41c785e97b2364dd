"""By hand: what an organizer's account is, into which buyers send money by themselves, and how long they have for it.

Pure. Guarantees: what is written has an account that a buyer can be told, and a method at least; frozen values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from engine.catalog import Mistake
from engine.limits import INVOICE_DAYS_MAX, TRANSFER_DAYS_MAX
from engine.payments.later import DAY
from engine.payments.port import INVOICE, TRANSFER

MOST = {TRANSFER: TRANSFER_DAYS_MAX, INVOICE: INVOICE_DAYS_MAX}


@dataclass(frozen=True, slots=True)
class ByHand:
    """What buyers are told, and by which methods they may pay: those for which they have days."""

    holder: str
    account: str  # an IBAN, or whatever else names it
    bank: str = ""
    note: str = ""
    transfer_days: int | None = None
    invoice_days: int | None = None

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> ByHand:
        return cls(**written)

    def written(self) -> dict[str, Any]:
        return asdict(self)

    def methods(self) -> tuple[str, ...]:
        return tuple(method for method, days in self._days().items() if days is not None)

    def time_for(self, method: str) -> timedelta:
        """How long a buyer has who pays by this method, one of those that are offered."""
        return (self._days()[method] or 0) * DAY

    def step(self, method: str, reference: str) -> dict[str, str]:
        """What a buyer has to do."""
        said = {
            "kind": method,
            "holder": self.holder,
            "account": self.account,
            "bank": self.bank,
            "reference": reference,
            "note": self.note,
        }
        return {name: each for name, each in said.items() if each}

    def mistakes(self) -> list[Mistake]:
        found = [
            Mistake(f"by_hand.{path}", None, "is needed") for path in ("holder", "account") if not getattr(self, path)
        ]
        if not self.methods():
            found.append(Mistake("by_hand.transfer_days", None, "is needed, or days for an invoice"))
        for method, days in self._days().items():
            if days is not None and not 1 <= days <= MOST[method]:
                found.append(Mistake(f"by_hand.{method}_days", None, f"has to be from 1 to {MOST[method]}"))
        return found

    def _days(self) -> dict[str, int | None]:
        return {TRANSFER: self.transfer_days, INVOICE: self.invoice_days}
