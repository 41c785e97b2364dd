"""Order counts: paid orders become behaviour of the persons who bought.

Hears `order.paid`. Guarantees: each paid order is counted once into its buyer's person, and once into the relation to
the organizer it was bought of, also when the person is made after it. Counting orders and counting for new persons take
turns (an advisory lock), so that neither misses what the other just wrote. Fails with its store; each step may be
repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from engine.limits import PERSONS_PER_WRITE
from engine.outbox import Consumer, Heard, Hearer, Work
from engine.people import sql
from engine.stores.turns import take_turn

# By name, since the topic is declared on a higher floor. The cursor keeps its old name, from when promos owned it.
HEARD = "order.paid"
ORDERS = Hearer(
    "promos.order_counts", lambda topic: topic.name == HEARD, "counts paid orders into the persons who bought"
)


class Paid(TypedDict):
    """What is used of the body."""

    sale: str
    order: str
    buyer: str
    paid_at: datetime


PAID = TypeAdapter(Paid)


class OrderCounts:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db
        self._work = Work(db, ORDERS, self._count)
        self.consumer = Consumer(ORDERS, self._work.put)

    async def step(self) -> None:
        """Count what was heard, and what new persons had bought before; then all of it into relations."""
        await self._work.step()
        while await self._look_back() == PERSONS_PER_WRITE:
            pass
        while await self._db.fetchval(sql.RELATE, PERSONS_PER_WRITE) == PERSONS_PER_WRITE:
            pass

    async def due_s(self) -> float | None:
        """Seconds until something heard is to be tried again; None when nothing is. New persons are committed."""
        return await self._work.due_s()

    async def _count(self, connection: asyncpg.Connection, heard: Sequence[Heard]) -> None:
        paid = [PAID.validate_python(each.body) for each in heard]
        sales, orders = [each["sale"] for each in paid], [each["order"] for each in paid]
        await take_turn(connection, ORDERS.name)
        buyers, paid_at = [each["buyer"] for each in paid], [each["paid_at"] for each in paid]
        await connection.execute(sql.NOTE, sales, orders, buyers, paid_at, [each.organizer for each in heard])
        await connection.execute(sql.COUNT, sales, orders)

    async def _look_back(self) -> int:
        async with self._db.acquire() as connection, connection.transaction():
            if not await connection.fetchval(sql.HAS_NEW):
                return 0
            await take_turn(connection, ORDERS.name)
            done = await connection.execute(sql.LOOK_BACK, PERSONS_PER_WRITE)
            return int(done.split()[-1])
