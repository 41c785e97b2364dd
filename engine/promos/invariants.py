"""What must hold of promos, checked against both stores. Reads only.

Some of what it finds may be on its way; engine/verify looks again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import asyncpg

from engine.context import Violation
from engine.promos.ledger import FIRST_DAY_BEFORE, Ledger
from engine.segments import Audience

ONE_A_DAY = 9
LEDGERS_AGREE = 10
STOCK = 11

TOLD_TWICE = "SELECT day, number, count(*) AS notices FROM notice GROUP BY day, number HAVING count(*) > 1"
# Each notice is in one batch, and each batch is made of notices: what is in none is never delivered.
LOST_NOTICES = """
WITH batched AS (SELECT b.day, n AS number, count(*) AS batches FROM notice_batch b, unnest(b.numbers) n GROUP BY 1, 2)
SELECT coalesce(n.day, b.day) AS day, count(*) FILTER (WHERE b.number IS NULL) AS lost,
       count(*) FILTER (WHERE n.number IS NULL) AS made_up, count(*) FILTER (WHERE b.batches > 1) AS twice
FROM notice n FULL JOIN batched b ON b.day = n.day AND b.number = n.number
WHERE coalesce(n.day, b.day) >= $1
GROUP BY 1 HAVING count(*) FILTER (WHERE b.number IS NULL OR n.number IS NULL OR b.batches > 1) > 0
"""
STUCK = """
SELECT count(*) FROM notice n WHERE n.state IN ('due', 'posted') AND n.day >= $1
  AND NOT EXISTS (SELECT FROM notice_batch b WHERE b.day = n.day AND b.window_n = n.window_n AND b.done_at IS NULL)
"""
WRONG_STOCK = """
SELECT w.sale_id, p.capacity, m.stock FROM promo_window w JOIN promo m ON m.id = w.promo_id
     LEFT JOIN pool_stock p ON p.sale_id = w.sale_id
WHERE w.prepared_at IS NOT NULL AND p.capacity IS DISTINCT FROM m.stock
"""


async def violations(db: asyncpg.Pool, audience: Audience, ledger: Ledger) -> list[Violation]:
    """What does not hold right now; some of it may be on its way."""
    found: list[Violation] = []
    first = (datetime.now(UTC) - FIRST_DAY_BEFORE).date()
    for row in await db.fetch(TOLD_TWICE):
        text = f"has {row['notices']} notices on {row['day']}"
        found.append(Violation(ONE_A_DAY, f"person {row['number']}", text))
    for row in await db.fetch(LOST_NOTICES, first):
        text = f"{row['lost']} notices in no batch, {row['made_up']} in batches only, {row['twice']} in several"
        found.append(Violation(ONE_A_DAY, f"day {row['day']}", text))
    stuck = await db.fetchval(STUCK, first)
    if stuck:
        found.append(Violation(ONE_A_DAY, "deliveries", f"{stuck} notices are due, and nobody will deliver them"))
    for row in await db.fetch(WRONG_STOCK):
        text = f"has a pool of {row['capacity']} for a stock of {row['stock']}"
        found.append(Violation(STOCK, f"sale {row['sale_id']}", text))
    return [*found, *await ledger_violations(audience, ledger)]


async def ledger_violations(audience: Audience, ledger: Ledger) -> list[Violation]:
    """The day ledgers of both stores, bit by bit."""
    if not await audience.ready():
        return [Violation(LEDGERS_AGREE, "audience", "is not built in Redis")]
    found: list[Violation] = []
    for day, durable in (await ledger.told(datetime.now(UTC))).items():
        live = cast("bytes | None", await audience.redis.get(audience.keys.day(day))) or b""
        missing, extra = difference(bytes(durable), live)
        if missing or extra:
            found.append(
                Violation(LEDGERS_AGREE, f"day {day}", f"{missing} notices only in Postgres, {extra} only in Redis")
            )
    return found


def difference(durable: bytes, live: bytes) -> tuple[int, int]:
    """How many bits only one of two bitmaps has."""
    size = max(len(durable), len(live))
    one = int.from_bytes(durable.ljust(size, b"\0"))
    two = int.from_bytes(live.ljust(size, b"\0"))
    return (one & ~two).bit_count(), (two & ~one).bit_count()
