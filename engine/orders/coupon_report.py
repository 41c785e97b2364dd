"""What coupons brought: uses, what they took off, and what orders with and without them came to.

Calls Postgres only. Guarantees: money is that of the ledger; orders that are paid count, and those that were given back
do not; sums of different currencies are never added up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

# Uses of a coupon, by the code that is a word, or by the partner of a batch.
BY_FACE = """
SELECT k.partner, CASE WHEN k.batch_id IS NULL THEN c.code END AS code, o.currency, count(*) AS uses,
       sum(c.tickets)::bigint AS tickets, sum(c.discount)::bigint AS discount,
       coalesce(sum(t.captured), 0)::bigint AS captured
FROM order_coupon c JOIN orders o ON o.sale_id = c.sale_id AND o.id = c.order_id
LEFT JOIN coupon_code_used k ON k.coupon_id = c.coupon_id AND k.code = c.code
LEFT JOIN order_takings t ON t.sale_id = o.sale_id AND t.order_id = o.id
WHERE c.coupon_id = $1 AND c.live AND o.state = 'paid'
GROUP BY k.partner, CASE WHEN k.batch_id IS NULL THEN c.code END, o.currency
ORDER BY uses DESC, k.partner, code
"""
# Of the sales in which the coupon was used: orders without it, while it was used.
WITHOUT = """
SELECT o.currency, count(*) AS orders, coalesce(sum(t.captured), 0)::bigint AS captured
FROM orders o LEFT JOIN order_takings t ON t.sale_id = o.sale_id AND t.order_id = o.id
WHERE o.sale_id IN (SELECT DISTINCT c.sale_id FROM order_coupon c WHERE c.coupon_id = $1) AND o.state = 'paid'
    AND o.channel = 'online' AND o.placed_at >= $2 AND o.placed_at < $3
    AND NOT EXISTS (SELECT FROM order_coupon c WHERE c.sale_id = o.sale_id AND c.order_id = o.id AND c.coupon_id = $1)
GROUP BY o.currency ORDER BY o.currency
"""
FIRST_AND_LAST = """
SELECT min(o.placed_at) AS first, max(o.placed_at) AS last
FROM order_coupon c JOIN orders o ON o.sale_id = c.sale_id AND o.id = c.order_id
WHERE c.coupon_id = $1 AND c.live AND o.state = 'paid'
"""


@dataclass(frozen=True, slots=True)
class Brought:
    """What came by one face of a coupon, in one currency."""

    code: str | None  # None: by codes of a batch, or by none
    partner: str | None  # whom the batch was for
    currency: str
    uses: int
    tickets: int
    discount: int
    captured: int


@dataclass(frozen=True, slots=True)
class Sales:
    """Orders, and what they came to."""

    currency: str
    orders: int
    captured: int


@dataclass(frozen=True, slots=True)
class CouponReport:
    brought: tuple[Brought, ...] = ()
    first: datetime | None = None  # when it was used first, and last
    last: datetime | None = None
    without: tuple[Sales, ...] = ()  # in the same sales and the same time
    before: tuple[Sales, ...] = ()  # in the same sales, in as long a time before it was used first

    @property
    def days(self) -> float:
        """How long it was used."""
        return 0.0 if self.first is None or self.last is None else (self.last - self.first) / timedelta(days=1)


async def report_of(db: asyncpg.Pool, coupon: str) -> CouponReport:
    """What came of a coupon, beside what came without it; whose it is, the caller must know."""
    brought = tuple(Brought(**dict(row)) for row in await db.fetch(BY_FACE, coupon))
    row = await db.fetchrow(FIRST_AND_LAST, coupon)
    if row is None or row["first"] is None:
        return CouponReport(brought)
    first, last = row["first"], row["last"] + timedelta(microseconds=1)
    return CouponReport(
        brought,
        first,
        row["last"],
        await _sales(db, coupon, first, last),
        await _sales(db, coupon, first - (last - first), first),
    )


async def _sales(db: asyncpg.Pool, coupon: str, since: datetime, until: datetime) -> tuple[Sales, ...]:
    rows = await db.fetch(WITHOUT, coupon, since, until)
    return tuple(Sales(row["currency"], row["orders"], row["captured"]) for row in rows)
