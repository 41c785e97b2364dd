"""Order counts: paid orders become behaviour in their buyers' profiles.

Hears `order.paid`. Guarantees: each paid order is counted once into its buyer's profile, also when the profile is made
after it. Who hears of orders and who looks after new profiles take turns, so that neither misses what the other just
wrote. Fails with its store; each step may be repeated.
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from engine.limits import PROFILES_PER_COPY
from engine.orders import ORDER_PAID
from engine.outbox import Consumer, Heard, Hearer, Work

ORDERS = Hearer(
    "promos.order_counts", lambda topic: topic is ORDER_PAID, "counts paid orders into their buyers' profiles"
)
TAKE_TURNS = "SELECT pg_advisory_xact_lock(hashtextextended('promos.order_counts', 0))"
NOTE = """
INSERT INTO profile_order (sale_id, order_id, buyer_id, paid_at, counted)
SELECT o.sale_id, o.order_id, o.buyer_id, o.paid_at, false
FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) AS o (sale_id, order_id, buyer_id, paid_at)
ON CONFLICT (sale_id, order_id) DO NOTHING
"""
COUNT = """
WITH counted AS (
    UPDATE profile_order o SET counted = true
    FROM unnest($1::text[], $2::text[]) AS n (sale_id, order_id), profile p
    WHERE o.sale_id = n.sale_id AND o.order_id = n.order_id AND p.buyer_id = o.buyer_id AND NOT o.counted
    RETURNING o.buyer_id, o.paid_at
), per_buyer AS (
    SELECT buyer_id, count(*) AS orders, max(paid_at) AS last_at FROM counted GROUP BY buyer_id
)
UPDATE profile p
SET orders_count = p.orders_count + b.orders, last_order_at = greatest(p.last_order_at, b.last_at),
    changed_xid = pg_current_xact_id()
FROM per_buyer b WHERE p.buyer_id = b.buyer_id
"""
# What was bought before the profile was there.
LOOK_BACK = """
WITH fresh AS (
    SELECT number, buyer_id FROM profile WHERE NOT orders_known ORDER BY number LIMIT $1 FOR UPDATE
), counted AS (
    UPDATE profile_order o SET counted = true FROM fresh f WHERE o.buyer_id = f.buyer_id AND NOT o.counted
    RETURNING o.buyer_id, o.paid_at
), per_buyer AS (
    SELECT buyer_id, count(*) AS orders, max(paid_at) AS last_at FROM counted GROUP BY buyer_id
)
UPDATE profile p
SET orders_known = true, orders_count = p.orders_count + coalesce(b.orders, 0),
    last_order_at = greatest(p.last_order_at, b.last_at),
    changed_xid = CASE WHEN b.orders > 0 THEN pg_current_xact_id() ELSE p.changed_xid END
FROM fresh f LEFT JOIN per_buyer b ON b.buyer_id = f.buyer_id WHERE p.number = f.number
"""


class OrderCounts:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db
        self._work = Work(db, ORDERS, self._count)
        self.consumer = Consumer(ORDERS, self._work.put)

    async def step(self) -> None:
        """Count what was heard, and what new profiles had bought before."""
        await self._work.step()
        while await self._look_back() == PROFILES_PER_COPY:
            pass

    async def _count(self, connection: asyncpg.Connection, heard: Sequence[Heard]) -> None:
        paid = [ORDER_PAID.read(each.body) for each in heard]
        sales, orders = [each["sale"] for each in paid], [each["order"] for each in paid]
        await connection.execute(TAKE_TURNS)
        await connection.execute(
            NOTE, sales, orders, [each["buyer"] for each in paid], [each["paid_at"] for each in paid]
        )
        await connection.execute(COUNT, sales, orders)

    async def _look_back(self) -> int:
        async with self._db.acquire() as connection, connection.transaction():
            if not await connection.fetchval("SELECT EXISTS (SELECT FROM profile WHERE NOT orders_known)"):
                return 0
            await connection.execute(TAKE_TURNS)
            done = await connection.execute(LOOK_BACK, PROFILES_PER_COPY)
            return int(done.split()[-1])
