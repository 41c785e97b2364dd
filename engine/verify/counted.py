"""Whether each paid order of a sale is counted once into the person who bought, or on its way there."""

from __future__ import annotations

import asyncpg

from engine.context import Violation

COUNTED_ONCE = 12
# Orders that nobody may have counted yet: told and not read, or read and not done.
UNCOUNTED = """
SELECT o.id FROM orders o JOIN sale s ON s.id = o.sale_id
JOIN outbox_cursor c ON c.consumer = 'promos.order_counts' AND o.paid_at >= c.started_at
WHERE o.sale_id = $1 AND o.state = 'paid' AND s.kind <> 'rehearsal'
  AND NOT EXISTS (SELECT FROM profile_order p WHERE p.sale_id = o.sale_id AND p.order_id = o.id)
"""
LOST_COUNTS = """
SELECT o.id FROM orders o JOIN outbox_cursor c ON c.consumer = 'promos.order_counts'
WHERE o.sale_id = $1 AND o.id = ANY ($2)
  AND NOT EXISTS (SELECT FROM profile_order p WHERE p.sale_id = o.sale_id AND p.order_id = o.id)
  AND NOT EXISTS (SELECT FROM outbox_work w WHERE w.consumer = c.consumer AND w.subject = o.id)
  AND NOT EXISTS (SELECT FROM outbox_told t WHERE t.id > c.id_after AND t.topic = 'order.paid' AND t.subject = o.id)
"""
# Imports bring counts of their own.
WRONG_COUNTS = """
SELECT p.number, p.orders_count, n.orders
FROM (SELECT DISTINCT buyer_id FROM profile_order WHERE sale_id = $1) b
JOIN profile p ON p.buyer_id = b.buyer_id AND p.reference IS NULL
CROSS JOIN LATERAL (SELECT count(*) AS orders FROM profile_order o WHERE o.buyer_id = b.buyer_id AND o.counted) n
WHERE p.orders_count <> n.orders
"""

# What an import says of orders is its own.
WRONG_RELATIONS = """
SELECT r.number, r.organizer_id, r.orders_count, n.orders
FROM (SELECT DISTINCT buyer_id, organizer_id FROM profile_order WHERE sale_id = $1 AND related) b
JOIN profile p ON p.buyer_id = b.buyer_id AND p.reference IS NULL
JOIN relation r ON r.organizer_id = b.organizer_id AND r.number = p.number AND r.reference IS NULL
CROSS JOIN LATERAL (SELECT count(*) AS orders FROM profile_order o
                    WHERE o.buyer_id = b.buyer_id AND o.organizer_id = b.organizer_id AND o.related) n
WHERE r.orders_count <> n.orders
"""


async def count_violations(connection: asyncpg.Connection, sale: str) -> list[Violation]:
    """Paid orders that nobody counts, or will count."""
    uncounted = [row["id"] for row in await connection.fetch(UNCOUNTED, sale)]
    lost = await connection.fetch(LOST_COUNTS, sale, uncounted) if uncounted else []
    found = [
        Violation(COUNTED_ONCE, f"order {row['id']}", "is paid, and neither counted nor on its way to be")
        for row in lost
    ]
    for row in await connection.fetch(WRONG_COUNTS, sale):
        text = f"says {row['orders_count']} orders, and {row['orders']} were counted into it"
        found.append(Violation(COUNTED_ONCE, f"person {row['number']}", text))
    for row in await connection.fetch(WRONG_RELATIONS, sale):
        text = f"says {row['orders_count']} orders of {row['organizer_id']}, and {row['orders']} were taken into that"
        found.append(Violation(COUNTED_ONCE, f"relation of person {row['number']}", text))
    return found
