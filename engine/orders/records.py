"""OrderRecord: one order as those read it who answer for it, with its payment and its movements in the ledger.

Owns nothing: it reads. Whose sale it is, and who may read it, the caller must know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from engine.orders.order_view import OrderView

# Without a number it was priced by the first list, of releases that knew no other.
READ_FACTS = """
SELECT o.phase, coalesce(o.price_list, 1) AS list, c.opened_at,
       p.provider, p.reference, p.state, p.amount, p.asked_at, p.answered_at
FROM orders o
LEFT JOIN cart c ON c.sale_id = o.sale_id AND c.id = o.cart_id
LEFT JOIN payment p ON p.sale_id = o.sale_id AND p.order_id = o.id
WHERE o.sale_id = $1 AND o.id = $2
"""
READ_MOVEMENTS = """
SELECT kind, accounts, amounts, at FROM ledger_movement WHERE sale_id = $1 AND order_id = $2 ORDER BY nth
"""


@dataclass(frozen=True, slots=True)
class AskedPayment:
    """What was asked of a provider, or what a member took in by hand."""

    provider: str
    reference: str  # the provider's own
    state: str
    amount: int
    asked_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Movement:
    """Entries that add up to nothing: what came to each account, or went from it where it is negative."""

    kind: str
    at: datetime
    entries: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OrderRecord:
    order: OrderView
    phase: str | None  # of the sale, in which its cart was opened
    list: int  # number of the price list by which it was priced
    opened_at: datetime | None  # its cart; None once that is forgotten, and for what a member sold
    payment: AskedPayment | None
    movements: Sequence[Movement]


async def read_record(db: asyncpg.Pool, order: OrderView) -> OrderRecord | None:
    """What else is known of an order; None when it is gone meanwhile."""
    facts = await db.fetchrow(READ_FACTS, order.sale, order.id)
    if facts is None:
        return None
    asked = None
    if facts["provider"] is not None:
        names = ("provider", "reference", "state", "amount", "asked_at", "answered_at")
        asked = AskedPayment(*(facts[name] for name in names))
    moved = [
        Movement(row["kind"], row["at"], dict(zip(row["accounts"], row["amounts"], strict=True)))
        for row in await db.fetch(READ_MOVEMENTS, order.sale, order.id)
    ]
    return OrderRecord(order, facts["phase"], facts["list"], facts["opened_at"], asked, moved)
