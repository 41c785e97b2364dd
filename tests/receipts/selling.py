"""Orders by the thousand, as the database itself makes them paid."""

from __future__ import annotations

from datetime import UTC, datetime

import asyncpg

PAID = (
    """INSERT INTO orders (sale_id, id, cart_id, buyer_id, state, total, currency, code)
       SELECT $1, $2 || n, 'cart_' || $2 || n, 'b' || n, 'paying', 1000 + n, 'EUR', $2 || n
       FROM generate_series(1, $3) n""",
    """INSERT INTO order_line (sale_id, order_id, line, pool_id, ticket_type, price)
       SELECT $1, $2 || n, 0, 'floor', 'general', 1000 + n FROM generate_series(1, $3) n""",
    """UPDATE orders SET state = 'paid', paid_at = now()
       WHERE sale_id = $1 AND id LIKE $2 || '%' AND state = 'paying' AND $3 > 0""",
    """INSERT INTO receipt_due (sale_id, order_id, organizer_id, paid_at)
       SELECT o.sale_id, o.id, s.organizer_id, o.paid_at FROM orders o JOIN sale s ON s.id = o.sale_id
       WHERE o.sale_id = $1 AND o.id LIKE $2 || '%' AND $3 > 0""",
)
NUMBERS = "SELECT year, number FROM receipt WHERE organizer_id = $1 ORDER BY year, number"


async def sold(db: asyncpg.Pool, sale: str, count: int, name: str = "o") -> None:
    """So many orders of a sale were paid, and are heard of."""
    async with db.acquire() as connection, connection.transaction():
        for statement in PAID:
            await connection.execute(statement, sale, name, count)


async def numbers(db: asyncpg.Pool, organizer: str) -> dict[int, list[int]]:
    """The numbers that were given, by year."""
    found: dict[int, list[int]] = {}
    for row in await db.fetch(NUMBERS, organizer):
        found.setdefault(row["year"], []).append(row["number"])
    return found


def without_gap(count: int, year: int | None = None) -> dict[int, list[int]]:
    return {year or datetime.now(UTC).year: list(range(1, count + 1))}
