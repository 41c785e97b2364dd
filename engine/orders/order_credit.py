"""What credit pays of orders: written with an order, given back with it.

Owns order_credit. Guarantees: an order and what it spends are written together or not at all; an order without credit
costs no statement; what an order spent that comes to nothing comes back once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg

from engine.context import Violation
from engine.credit import CREDIT, Spend, give_back, spend
from engine.orders.owed import OrderCredit

PLACE_CREDIT = """
INSERT INTO order_credit (sale_id, order_id, credit_id, kind, code_end, amount)
SELECT $1, c.order_id, c.credit_id, c.kind, c.code_end, c.amount
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
     AS c (order_id, credit_id, kind, code_end, amount)
"""
MARK_LIVE = """
UPDATE order_credit SET live = $3 WHERE sale_id = $1 AND order_id = ANY($2) AND live <> $3
RETURNING order_id, credit_id, kind, code_end, amount
"""
# What orders say they spend of each credit, and what its entries say.
OFF_THEIR_ENTRIES = """
SELECT coalesce(o.credit_id, e.credit_id) AS credit, coalesce(o.order_id, e.order_id) AS order_id,
       coalesce(o.amount, 0) AS amount, coalesce(e.spent, 0) AS spent
FROM (
    SELECT c.sale_id, c.order_id, c.credit_id, c.amount - coalesce((
        SELECT sum(r.amount - r.moved) FROM refund_credit r
        WHERE r.sale_id = c.sale_id AND r.order_id = c.order_id AND r.credit_id = c.credit_id AND NOT r.granted
    ), 0) AS amount FROM order_credit c WHERE c.live
) AS o
FULL JOIN credit_of_order e ON e.credit_id = o.credit_id AND e.sale_id = o.sale_id AND e.order_id = o.order_id
WHERE coalesce(o.amount, 0) <> coalesce(e.spent, 0)
"""
# Owed by the ledger: what was given or written off, less what orders captured of it. What is spent by orders that are
# being paid is no balance any more, and in no movement yet.
OFF_THE_LEDGER = """
SELECT s.organizer_id, s.currency, s.kind, s.owed, s.moved - coalesce(l.spent, 0) - coalesce(p.paying, 0) AS by_ledger
FROM credit_standing s
LEFT JOIN (
    SELECT t.organizer_id, m.currency, e.account, sum(e.amount)::bigint AS spent
    FROM ledger_movement m JOIN sale_terms t ON t.id = m.sale_id, unnest(m.accounts, m.amounts) AS e (account, amount)
    WHERE e.account IN ('credit', 'voucher') GROUP BY t.organizer_id, m.currency, e.account
) AS l ON l.organizer_id = s.organizer_id AND l.currency = s.currency AND l.account = s.kind
LEFT JOIN (
    SELECT t.organizer_id, t.currency, c.kind, sum(c.amount)::bigint AS paying
    FROM order_credit c JOIN sale_terms t ON t.id = c.sale_id
    WHERE c.live AND NOT EXISTS (
        SELECT FROM ledger_movement m WHERE m.sale_id = c.sale_id AND m.order_id = c.order_id AND m.kind = 'capture'
    ) GROUP BY t.organizer_id, t.currency, c.kind
) AS p ON p.organizer_id = s.organizer_id AND p.currency = s.currency AND p.kind = s.kind
WHERE s.owed <> s.moved - coalesce(l.spent, 0) - coalesce(p.paying, 0)
"""


async def place_credit(
    connection: asyncpg.Connection, sale: str, placed: Iterable[tuple[str, Sequence[Spend]]]
) -> None:
    """Write what credit pays of these orders, and take it off. Done last, so that it is locked the shortest."""
    rows = [(order, each) for order, spends in placed for each in spends]
    if not rows:
        return
    await connection.execute(
        PLACE_CREDIT,
        sale,
        [order for order, _ in rows],
        [each.credit for _, each in rows],
        [each.kind for _, each in rows],
        [each.code_end for _, each in rows],
        [each.amount for _, each in rows],
    )
    await spend(connection, sale, rows)


async def give_back_credit(connection: asyncpg.Connection, sale: str, orders: Sequence[str]) -> None:
    """These orders came to nothing: what they spent may be spent again."""
    if orders:
        await give_back(connection, sale, _spent(await connection.fetch(MARK_LIVE, sale, list(orders), False)))


async def take_credit_again(connection: asyncpg.Connection, sale: str, order: str) -> bool:
    """Spend once more what an order spent; False, and nothing is done, when some of it is gone by now."""
    try:
        async with connection.transaction():
            await spend(connection, sale, _spent(await connection.fetch(MARK_LIVE, sale, [order], True)))
    except asyncpg.CheckViolationError:
        return False
    return True


async def credit_violations(db: asyncpg.Pool) -> list[Violation]:
    """Credit whose entries don't say what orders spent, or that the ledger knows otherwise."""
    orders = "order {order_id} has {amount} of it, and its entries say {spent}"
    ledger = "balances of {kind} in {currency} come to {owed}, and by the ledger {by_ledger} is owed"
    found = [
        Violation(CREDIT, f"credit {row['credit']}", orders.format(**dict(row)))
        for row in await db.fetch(OFF_THEIR_ENTRIES)
    ]
    return found + [
        Violation(CREDIT, f"organizer {row['organizer_id']}", ledger.format(**dict(row)))
        for row in await db.fetch(OFF_THE_LEDGER)
    ]


def _spent(rows: Iterable[Any]) -> list[tuple[str, Spend]]:
    return [
        (row["order_id"], Spend(row["credit_id"], row["kind"], row["code_end"], row["amount"]))
        for row in sorted(rows, key=lambda row: (row["credit_id"], row["order_id"]))
    ]


def credits_of(row: Any) -> tuple[OrderCredit, ...]:
    """Those of an order as it was read."""
    return tuple(OrderCredit(**each) for each in row["credits"] or ())


def credits_in_hand(spends: Iterable[Spend]) -> list[dict[str, Any]]:
    """The same column of an order that was just written."""
    return [{"kind": each.kind, "code_end": each.code_end, "amount": each.amount} for each in spends]
