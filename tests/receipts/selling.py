"""Orders by the thousand, as the database itself makes them paid."""

from __future__ import annotations

from datetime import UTC, datetime

import asyncpg

AT_ONCE = 500
PAID = (
    """INSERT INTO orders (sale_id, id, cart_id, buyer_id, state, total, currency, code)
       SELECT $1, $2 || n, 'cart_' || $2 || n, 'b' || n, 'paying', 1000 + n, 'EUR', $2 || n
       FROM generate_series($3::integer, $4) n""",
    """INSERT INTO order_line (sale_id, order_id, line, pool_id, ticket_type, price)
       SELECT $1, $2 || n, 0, 'floor', 'general', 1000 + n FROM generate_series($3::integer, $4) n""",
    """UPDATE orders SET state = 'paid', paid_at = now()
       WHERE sale_id = $1 AND id IN (SELECT $2 || n FROM generate_series($3::integer, $4) n)""",
    """INSERT INTO receipt_due (sale_id, order_id, organizer_id, paid_at)
       SELECT s.id, $2 || n, s.organizer_id, now() FROM sale s, generate_series($3::integer, $4) n WHERE s.id = $1""",
)
NUMBERS = "SELECT year, number FROM receipt WHERE organizer_id = $1 ORDER BY year, number"


async def sold(db: asyncpg.Pool, sale: str, count: int, name: str = "o") -> None:
    """So many orders of a sale were paid, and are heard of."""
    for first in range(1, count + 1, AT_ONCE):
        async with db.acquire() as connection, connection.transaction():
            await connection.execute("SET LOCAL enable_seqscan = off")  # nobody has counted these tables yet
            for statement in PAID:
                await connection.execute(statement, sale, name, first, min(count, first + AT_ONCE - 1))


async def numbers(db: asyncpg.Pool, organizer: str) -> dict[int, list[int]]:
    """The numbers that were given, by year."""
    found: dict[int, list[int]] = {}
    for row in await db.fetch(NUMBERS, organizer):
        found.setdefault(row["year"], []).append(row["number"])
    return found


def without_gap(count: int, year: int | None = None) -> dict[int, list[int]]:
    return {year or datetime.now(UTC).year: list(range(1, count + 1))}
