"""What sales have sold, what is being paid and what awaits its money, as Postgres knows it.

A rebuild of Redis starts from this, and a sale stays there as long as Redis has to be told of its orders.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

import asyncpg

from engine.onsale.model import FreedOrder, PayingOrder, SoldFacts, SoldOrder

READ_SOLD = """
SELECT o.id, o.buyer_id, o.cart_id, o.state, o.total - o.given_back AS revenue, o.issuer,
       (extract(epoch FROM o.cart_until) * 1000)::bigint AS cart_until_ms,
       (SELECT (extract(epoch FROM c.opened_at) * 1000)::bigint FROM cart c
        WHERE c.sale_id = o.sale_id AND c.id = o.cart_id) AS opened_at_ms,
       (SELECT c.unlocked FROM cart c WHERE c.sale_id = o.sale_id AND c.id = o.cart_id) AS unlocked,
       coalesce(array_agg(l.seat ORDER BY l.seat) FILTER (WHERE l.seat IS NOT NULL), '{}') AS seats,
       coalesce(array_agg(l.pool_id) FILTER (WHERE l.pool_id IS NOT NULL), '{}')
       || coalesce(array_agg(t.id) FILTER (WHERE t.id IS NOT NULL), '{}') AS units
FROM orders o LEFT JOIN order_line l ON l.sale_id = o.sale_id AND l.order_id = o.id AND l.live
LEFT JOIN pool_stock t ON t.sale_id = l.sale_id AND t.id = 'type:' || l.ticket_type
WHERE o.sale_id = $1 AND (o.state IN ('paid', 'paying', 'awaiting') OR o.revision > 0 AND o.total > o.given_back)
GROUP BY o.sale_id, o.id
"""
# All that they gave back, in whatever steps.
READ_FREED = """
SELECT o.id, o.buyer_id, o.revision, o.total - o.given_back AS revenue, bool_or(l.live) AS keeps,
       coalesce(array_agg(l.seat ORDER BY l.seat) FILTER (WHERE NOT l.live AND l.seat IS NOT NULL), '{}') AS seats,
       coalesce(array_agg(l.pool_id) FILTER (WHERE NOT l.live AND l.pool_id IS NOT NULL), '{}') AS units,
       coalesce(array_agg(l.ticket_type) FILTER (WHERE NOT l.live), '{}') AS types
FROM orders o JOIN order_line l ON l.sale_id = o.sale_id AND l.order_id = o.id
WHERE o.sale_id = $1 AND o.revision > 0 GROUP BY o.sale_id, o.id
"""

READ_IN_VAIN = """
SELECT o.id FROM order_awaiting a JOIN orders o ON o.sale_id = a.sale_id AND o.id = a.order_id
WHERE a.sale_id = $1 AND o.state NOT IN ('paying', 'awaiting', 'paid')
"""
READ_UNSETTLED_SALES = "SELECT DISTINCT sale_id FROM orders WHERE settled_at IS NULL AND sale_id = ANY ($1::text[])"


async def sold_facts(db: asyncpg.Pool, sale_id: str) -> SoldFacts:
    """Every order with live lines: paid and awaited ones own them, paying ones keep their cart locked. What is left of
    the money of one that gave all of it back is counted with the paid ones.
    """
    rows = await db.fetch(READ_SOLD, sale_id)
    return SoldFacts(
        paid=tuple(paid_order(row) for row in rows if row["state"] not in ("paying", "awaiting")),
        paying=tuple(paying_order(row) for row in rows if row["state"] == "paying"),
        freed=tuple(freed_order(row) for row in await db.fetch(READ_FREED, sale_id)),
        awaiting=tuple(paid_order(row) for row in rows if row["state"] == "awaiting"),
        in_vain=tuple(row["id"] for row in await db.fetch(READ_IN_VAIN, sale_id)),
    )


async def unsettled_sales(db: asyncpg.Pool | asyncpg.Connection, sale_ids: Collection[str]) -> Collection[str]:
    """Which of these sales have orders that Redis has not been told of yet."""
    return {row["sale_id"] for row in await db.fetch(READ_UNSETTLED_SALES, list(sale_ids))}


def paid_order(row: Any) -> SoldOrder:
    return SoldOrder(
        *(row["id"], row["buyer_id"], row["revenue"], tuple(row["seats"]), Counter(row["units"])),
        by_staff=row["issuer"] is not None,
    )


def freed_order(row: Any) -> FreedOrder:
    return FreedOrder(
        *(row["id"], row["buyer_id"], row["revision"], row["revenue"], row["keeps"], tuple(row["seats"])),
        *(Counter(row["units"]), Counter(row["types"])),
    )


def paying_order(row: Any) -> PayingOrder:
    seats, units = tuple(row["seats"]), Counter(row["units"])
    return PayingOrder(
        *(row["id"], row["buyer_id"], row["cart_id"], seats, units),
        cart_until_ms=row["cart_until_ms"] or 0,
        opened_at_ms=row["opened_at_ms"] or 0,
        unlocked=tuple(row["unlocked"] or ()),
    )
