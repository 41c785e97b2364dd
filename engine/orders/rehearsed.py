"""Orders of rehearsals, which are deleted with them.

Guarantees: those of any other sale are never deleted. Fails as Postgres does.
"""

from __future__ import annotations

import asyncpg

from engine.limits import ROWS_PER_DELETE_MAX
from engine.orders import sql
from engine.payments import forget_charges

FORGOTTEN_MAX = 1_000_000_000


class NotARehearsal(Exception):
    """Orders of a real sale are never deleted."""


class Rehearsed:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db

    async def paying(self, sale: str) -> int:
        """Orders of a sale whose money is still on its way."""
        count: int = await self._db.fetchval(sql.COUNT_PAYING, sale)
        return count

    async def forget(self, sale: str, connection: asyncpg.Connection) -> None:
        """Delete all orders and carts of a rehearsal, within the caller's transaction; any other sale stays."""
        await self._must_be_rehearsal(sale, connection)
        await self._forget_charges(sale, connection, FORGOTTEN_MAX)
        for statement in sql.FORGET_SALE:
            await connection.execute(statement, sale, FORGOTTEN_MAX)

    async def forget_some(self, sale: str) -> bool:
        """Delete some of them, in a transaction of its own; whether there were any."""
        async with self._db.acquire() as connection, connection.transaction():
            await self._must_be_rehearsal(sale, connection)
            if await self._forget_charges(sale, connection, ROWS_PER_DELETE_MAX):
                return True
            for statement in sql.FORGET_SALE:
                if await connection.execute(statement, sale, ROWS_PER_DELETE_MAX) != "DELETE 0":
                    return True
        return False

    @staticmethod
    async def _forget_charges(sale: str, connection: asyncpg.Connection, at_most: int) -> bool:
        played = [row["id"] for row in await connection.fetch(sql.PLAYED, sale, at_most)]
        await forget_charges(connection, played)
        return bool(played)

    async def _must_be_rehearsal(self, sale: str, connection: asyncpg.Connection) -> None:
        if not await connection.fetchval(sql.IS_REHEARSAL, sale):
            raise NotARehearsal(sale)
