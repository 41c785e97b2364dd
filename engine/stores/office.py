"""The office's connections: what an organizer asks and changes runs as a role that sees that organizer's rows alone.

Owns a few connections, and the role and organizer of each transaction on them. Guarantees: before a write begins,
whoever acts was found to be allowed still, in the same transaction; a statement that forgets to ask for the organizer
finds and changes no other's rows; role and organizer end with their transaction, whatever ends it. Fails as Postgres
does, and with InsufficientPrivilegeError on another organizer's rows and on tables the office has no business with.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

import asyncpg

FoundT = TypeVar("FoundT")

ROLE = "aforo_office"
# For one transaction: Postgres itself forgets both at its end.
WORK_FOR = "SELECT set_config('role', $1, true), set_config('aforo.organizer', $2, true)"


class Acting(Protocol):
    """Whoever acts, as far as this module asks."""

    @property
    def organizer_id(self) -> str: ...


Recheck = Callable[[asyncpg.Connection, Any], Awaitable[None]]


async def nobody_is_asked(_: asyncpg.Connection, __: Acting) -> None:
    """Stands in where those who act are the installation's own."""


class Office:
    def __init__(self, pool: asyncpg.Pool, recheck: Recheck = nobody_is_asked) -> None:
        """`recheck(connection, by)` raises unless `by` may still act, and keeps that so until the transaction ends."""
        self._pool = pool
        self._recheck = recheck

    @asynccontextmanager
    async def transaction(self, by: Acting) -> AsyncIterator[asyncpg.Connection]:
        """A transaction that writes for the organizer of an act, once its actor was found to be allowed still."""
        async with self._pool.acquire() as connection, connection.transaction():
            await self._recheck(connection, by)
            await connection.execute(WORK_FOR, ROLE, by.organizer_id)
            yield connection

    @asynccontextmanager
    async def holding(
        self, by: Acting, hold: Callable[[asyncpg.Connection], Awaitable[FoundT]]
    ) -> AsyncIterator[tuple[asyncpg.Connection, FoundT]]:
        """The same, once `hold` has locked what the office itself can't touch, such as a person; with what it found."""
        async with self._pool.acquire() as connection, connection.transaction():
            await self._recheck(connection, by)
            found = await hold(connection)
            await connection.execute(WORK_FOR, ROLE, by.organizer_id)
            yield connection, found

    @asynccontextmanager
    async def reading(self, organizer: str) -> AsyncIterator[asyncpg.Connection]:
        """A transaction that reads what an organizer may see."""
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await connection.execute(WORK_FOR, ROLE, organizer)
            yield connection

    async def fetch(self, organizer: str, query: str, *values: object) -> list[asyncpg.Record]:
        async with self.reading(organizer) as connection:
            rows: list[asyncpg.Record] = await connection.fetch(query, *values)
            return rows

    async def fetchrow(self, organizer: str, query: str, *values: object) -> asyncpg.Record | None:
        async with self.reading(organizer) as connection:
            return await connection.fetchrow(query, *values)
