"""Which PaymentIntent stands for an order: the first that is written, or none, when the order was given up before.

Owns stripe_charge. Guarantees: money is asked for by that intent alone, so that one which was made twice, or whose
making was not heard of, is never confirmed. Fails as Postgres does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from engine.limits import ASKED_S
from engine.stores.turns import take_turn

FIND = """
SELECT order_id, intent, amount, currency, decline FROM stripe_charge WHERE account = $1 AND order_id = $2
"""
KEEP = """
INSERT INTO stripe_charge (account, order_id, intent, amount, currency) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (account, order_id) DO NOTHING
"""
DECLINE = """
UPDATE stripe_charge SET decline = coalesce(decline, $3) WHERE account = $1 AND order_id = $2 RETURNING decline
"""
ASKED = """
UPDATE stripe_charge SET asked_until = coalesce(asked_until, now() + make_interval(secs => $3))
WHERE account = $1 AND order_id = $2 RETURNING asked_until
"""


@dataclass(frozen=True, slots=True)
class Kept:
    order: str
    intent: str | None  # None: given up before there was any
    amount: int  # our minor units
    currency: str
    decline: str | None = None


class StripeBook:
    """The pages of one account."""

    def __init__(self, db: asyncpg.Pool, account: str) -> None:
        self._db = db
        self._account = account

    async def find(self, order: str) -> Kept | None:
        row = await self._db.fetchrow(FIND, self._account, order)
        if row is None:
            return None
        return Kept(row["order_id"], row["intent"], row["amount"], row["currency"], row["decline"])

    async def keep(self, order: str, intent: str | None, amount: int = 0, currency: str = "XXX") -> Kept:
        """Write it down unless something is written already; answers what stands."""
        await self._db.execute(KEEP, self._account, order, intent, amount, currency)
        kept = await self.find(order)
        assert kept is not None, "rows of it stay"
        return kept

    async def declined(self, order: str, why: str) -> str:
        """Answers why it was declined: what was said first."""
        said: str = await self._db.fetchval(DECLINE, self._account, order, why)
        return said

    async def asked(self, order: str) -> datetime:
        """The buyer's bank asks the buyer something: answers until when, which does not move."""
        until: datetime = await self._db.fetchval(ASKED, self._account, order, ASKED_S)
        return until

    @asynccontextmanager
    async def locked(self, order: str) -> AsyncIterator[None]:
        """Nobody else, in any process, gives back money of this order meanwhile."""
        async with self._db.acquire() as connection, connection.transaction():
            await take_turn(connection, f"refunds of {self._account}/{order}")
            yield
