"""What providers' books do to orders: refunds whose money comes back, tickets of payments that are disputed.

Owns nothing of its own. Guarantees: within the caller's transaction, under the order's lock; a provider changes orders
that were paid there, and no others; what is repeated changes nothing. Fails as Postgres does.
"""

from __future__ import annotations

import asyncpg

from engine.orders.refund_model import name_of_refund
from engine.payments import RETURNED

LOCK = """
SELECT o.state, p.amount FROM orders o JOIN payment p ON p.sale_id = o.sale_id AND p.order_id = o.id
WHERE o.sale_id = $1 AND o.id = $2 AND p.provider = $3 FOR UPDATE
"""
WENT = """
SELECT nth, amount - returned - moved AS amount, came_back FROM refund
WHERE sale_id = $1 AND order_id = $2 AND way = 'provider' AND state = 'done' ORDER BY nth
"""
CAME_BACK = """
UPDATE refund SET state = 'failed', failure = $4, ended_at = now(), came_back = came_back + 1
WHERE sale_id = $1 AND order_id = $2 AND nth = $3
"""
MOVE_BACK = """
INSERT INTO ledger_movement (sale_id, order_id, nth, kind, currency, accounts, amounts)
SELECT o.sale_id, o.id, (
    SELECT max(m.nth) + 1 FROM ledger_movement m WHERE m.sale_id = o.sale_id AND m.order_id = o.id
), 'return', o.currency, ARRAY['clearing', 'refund_due'], ARRAY[$3::bigint, -$3::bigint]
FROM orders o WHERE o.sale_id = $1 AND o.id = $2
"""
IS_OWED_AGAIN = """
WITH owed AS (
    UPDATE orders SET state = 'refunding' WHERE sale_id = $1 AND id = $2 AND state = 'refunded' RETURNING id
)
UPDATE payment SET state = 'refund_due' FROM owed WHERE payment.sale_id = $1 AND payment.order_id = owed.id
"""
BLOCK = """
UPDATE ticket SET blocked_at = now() FROM payment p
WHERE ticket.sale_id = $1 AND ticket.order_id = $2 AND ticket.blocked_at IS NULL
    AND p.sale_id = ticket.sale_id AND p.order_id = ticket.order_id AND p.provider = $3
"""
DISPUTED = "UPDATE payment SET disputed = true WHERE sale_id = $1 AND order_id = $2 AND provider = $3"
DISPUTED_NO_MORE = "UPDATE payment SET disputed = false WHERE sale_id = $1 AND order_id = $2 AND disputed"
UNBLOCK = "UPDATE ticket SET blocked_at = NULL WHERE sale_id = $1 AND order_id = $2 AND blocked_at IS NOT NULL"


async def refund_returned(connection: asyncpg.Connection, provider: str, sale: str, order: str, refund: str) -> bool:
    """The money of a refund that had gone is back at the provider, and owed again; False where there is none such."""
    row = await connection.fetchrow(LOCK, sale, order, provider)
    if row is None:
        return False
    for went in await connection.fetch(WENT, sale, order):
        if (
            name_of_refund(order, went["nth"], whole=went["amount"] == row["amount"], came_back=went["came_back"])
            == refund
        ):
            await connection.execute(CAME_BACK, sale, order, went["nth"], RETURNED)
            await connection.execute(MOVE_BACK, sale, order, went["amount"])
            await connection.execute(IS_OWED_AGAIN, sale, order)
            return True
    return False


async def note_disputed(connection: asyncpg.Connection, provider: str, sale: str, order: str) -> None:
    """The buyer's bank wants the money of an order back: nothing of it is given as credit until that is over."""
    await connection.execute(DISPUTED, sale, order, provider)


async def note_disputed_no_more(connection: asyncpg.Connection, sale: str, order: str) -> None:
    await connection.execute(DISPUTED_NO_MORE, sale, order)


async def block_tickets(connection: asyncpg.Connection, provider: str, sale: str, order: str) -> None:
    """The tickets of an order open nothing until they are unblocked."""
    await connection.execute(BLOCK, sale, order, provider)


async def unblock_tickets(connection: asyncpg.Connection, sale: str, order: str) -> None:
    await connection.execute(UNBLOCK, sale, order)
