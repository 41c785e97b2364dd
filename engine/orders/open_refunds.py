"""Refunds that are not through: those that the provider does not give back, which wait for somebody, and slow ones.

Owns nothing: it reads. Guarantees: what failed comes first, with the day by which somebody has to see to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from engine.limits import REFUND_SEEN_TO_DAYS
from engine.orders.refund_model import RefundState
from engine.payments import BY_HAND

# One that is asked for at this moment is on its way, and nobody's business. Money that came late, and that no provider
# sends back, is none of an order's refunds: it has no number.
READ = """
SELECT * FROM (
SELECT r.sale_id AS sale, r.order_id AS order, o.code, r.nth, r.amount, o.currency, r.state, r.failure, r.asked_at
FROM refund r JOIN orders o ON o.sale_id = r.sale_id AND o.id = r.order_id JOIN sale_terms s ON s.id = r.sale_id
WHERE r.state <> 'done' AND s.organizer_id = $1 AND s.kind <> 'rehearsal'
    AND (r.state = 'failed' OR r.asked_at < now() - interval '1 minute')
UNION ALL
SELECT o.sale_id, o.id, o.code, 0, p.amount, o.currency, 'failed', $3, p.answered_at
FROM orders o JOIN payment p ON p.sale_id = o.sale_id AND p.order_id = o.id JOIN sale_terms s ON s.id = o.sale_id
WHERE o.state = 'refunding' AND o.revision = 0 AND o.settled_at IS NOT NULL AND s.organizer_id = $1
    AND s.kind <> 'rehearsal'
) AS open ORDER BY state = 'failed' DESC, asked_at, "order" LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class OpenRefund:
    sale: str
    order: str
    code: str
    nth: int
    amount: int
    currency: str
    state: RefundState
    failure: str | None
    asked_at: datetime

    @property
    def due_at(self) -> datetime:
        """When somebody has to have seen to it."""
        return self.asked_at + timedelta(days=REFUND_SEEN_TO_DAYS)


async def open_refunds(db: asyncpg.Pool, organizer: str, limit: int) -> list[OpenRefund]:
    rows = await db.fetch(READ, organizer, limit, BY_HAND)
    return [OpenRefund(**{**dict(row), "state": RefundState(row["state"])}) for row in rows]
