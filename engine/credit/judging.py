"""Judging: how much of each credit a cart spends, and why another pays nothing.

Pure. Guarantees: no more is spent than the cart costs, nor than a credit has; what ends soonest is spent first, so that
the least is lost; the same facts give the same amounts, whatever order they come in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.credit.model import Credit, CreditSaid, CreditWhy, Spend

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ground:
    """The cart that is paid, as far as credit wants to know."""

    organizer_id: str
    sale_id: str
    currency: str
    total: int
    now: datetime
    rehearsal: bool = False


@dataclass(frozen=True, slots=True)
class Paid:
    """What credit pays of a cart."""

    said: tuple[CreditSaid, ...] = ()

    @property
    def used(self) -> int:
        return sum(each.used for each in self.said)

    @property
    def spends(self) -> tuple[Spend, ...]:
        return tuple(
            Spend(each.credit.id, each.credit.kind.value, each.credit.code_end, each.used)
            for each in self.said
            if each.used
        )


NOTHING_PAID = Paid()


def paid_by(chosen: Iterable[Credit], ground: Ground) -> Paid:
    """What each of these pays, first what ends first."""
    left = ground.total
    said = []
    for each in sorted(chosen, key=lambda credit: (credit.expires_at or NEVER, credit.id)):
        why = why_not(each, ground)
        used = 0 if why is not None else min(each.balance, left)
        left -= used
        said.append(CreditSaid(each, used, why))
    return Paid(tuple(said))


def why_not(credit: Credit, ground: Ground) -> CreditWhy | None:
    """Why it pays nothing of a cart, whatever that costs beyond its minimum."""
    if credit.organizer_id != ground.organizer_id:
        return CreditWhy.UNKNOWN
    if credit.revoked:
        return CreditWhy.REVOKED
    if credit.expires_at is not None and credit.expires_at <= ground.now:
        return CreditWhy.EXPIRED
    here = not credit.sales or ground.sale_id in credit.sales
    if ground.rehearsal or not here or credit.currency != ground.currency:
        return CreditWhy.ELSEWHERE
    if credit.balance == 0:
        return CreditWhy.USED_UP
    return CreditWhy.TOO_LITTLE if ground.total < credit.sum_min else None
