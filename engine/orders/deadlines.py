"""Deadlines: until when the money of orders is awaited, what their buyers were told to do, and when to ask next.

Owns order_awaiting. Guarantees: an order that awaits its money has a row, which is looked at until it is paid or came
to nothing, and stays then; it is written in the transaction that changes the order. Fails with its store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from engine.payments import Awaited
from engine.stores.database import as_json

ASK_EVERY_S = 900  # the provider says by itself when money came; what it could not say is found so
CALL_OFF_AGAIN_S = 60  # it may be away at the deadline

AWAIT_MONEY = """
WITH awaited AS (
    INSERT INTO order_awaiting (sale_id, order_id, until, step, look_at)
    SELECT $1, a.id, a.until, a.step::jsonb, least(a.until, now() + make_interval(secs => $5))
    FROM unnest($2::text[], $3::timestamptz[], $4::text[]) AS a (id, until, step)
)
UPDATE orders SET state = 'awaiting' WHERE sale_id = $1 AND id = ANY ($2)
"""
AWAIT_NO_MORE = "UPDATE order_awaiting SET look_at = NULL WHERE sale_id = $1 AND order_id = ANY ($2)"
READ_TO_ASK = """
SELECT a.sale_id, a.order_id AS id, a.until <= now() AS over, p.provider
FROM order_awaiting a JOIN payment p ON p.sale_id = a.sale_id AND p.order_id = a.order_id
WHERE a.look_at <= now() ORDER BY a.look_at, a.order_id LIMIT $1
"""
ASK_LATER = """
UPDATE order_awaiting SET look_at = CASE WHEN until > now() THEN least(until, now() + make_interval(secs => $3))
    ELSE now() + make_interval(secs => $4) END
WHERE sale_id = $1 AND order_id = $2 AND look_at IS NOT NULL
"""
LET_GO = """
UPDATE order_awaiting a SET until = least(a.until, now()), look_at = now() FROM payment p
WHERE a.sale_id = $1 AND a.order_id = $2 AND a.look_at IS NOT NULL AND p.sale_id = $1 AND p.order_id = $2
RETURNING p.provider
"""


async def await_money(connection: asyncpg.Connection, sale: str, awaited: Mapping[str, Awaited]) -> None:
    """These orders await their money from now on."""
    until, steps = [each.until for each in awaited.values()], [as_json(dict(each.step)) for each in awaited.values()]
    await connection.execute(AWAIT_MONEY, sale, list(awaited), until, steps, ASK_EVERY_S)


async def await_no_more(connection: asyncpg.Connection, sale: str, orders: Sequence[str]) -> None:
    """These are paid, or came to nothing."""
    await connection.execute(AWAIT_NO_MORE, sale, list(orders))


async def to_ask(db: asyncpg.Pool, at_most: int) -> Sequence[Any]:
    """Orders about which the provider is to be asked now, those first that waited longest; `over` at their deadline."""
    found: Sequence[Any] = await db.fetch(READ_TO_ASK, at_most)
    return found


async def ask_later(db: asyncpg.Pool, sale: str, order: str) -> None:
    """The provider had nothing new to say."""
    await db.execute(ASK_LATER, sale, order, ASK_EVERY_S, CALL_OFF_AGAIN_S)


async def let_go(connection: asyncpg.Connection, sale: str, order: str) -> str | None:
    """The deadline of an order is now; answers the provider that is to be told, None where no money is awaited."""
    provider: str | None = await connection.fetchval(LET_GO, sale, order)
    return provider
