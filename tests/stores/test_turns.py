"""Turns: one transaction at a time, and nobody waits for another name."""

import asyncio

import asyncpg

from engine.stores.turns import take_turn
from tests.eventually import until

WAITS = """
SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
               WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted)
"""


async def test_a_turn_lasts_until_its_transaction_ends(db: asyncpg.Pool) -> None:
    order: list[str] = []

    async def second() -> None:
        async with db.acquire() as connection, connection.transaction():
            await take_turn(connection, "a")
            order.append("second")

    async with asyncio.timeout(20):
        async with db.acquire() as first, first.transaction():
            await take_turn(first, "a")
            waiting = asyncio.create_task(second())
            async with db.acquire() as other, other.transaction():
                await take_turn(other, "b")
            await until("the second waits", lambda: db.fetchval(WAITS))
            order.append("first")
        await waiting
    assert order == ["first", "second"]
