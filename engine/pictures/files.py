"""Files: where pictures lie. A port, and what is behind it here: Postgres, which all hosts share (decision 0029).

Guarantees: a name stands for the same bytes for ever, so that putting one twice changes nothing; what is not there is
None, and deleting it does no harm. Fails as the store does.
"""

from __future__ import annotations

from typing import Protocol

import asyncpg

from engine.pictures import sql


class Files(Protocol):
    async def put(self, name: str, body: bytes) -> None: ...

    async def get(self, name: str) -> bytes | None: ...

    async def delete(self, name: str) -> None: ...


class PostgresFiles:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db

    async def put(self, name: str, body: bytes) -> None:
        await self._db.execute(sql.PUT_FILE, name, body)

    async def get(self, name: str) -> bytes | None:
        body: bytes | None = await self._db.fetchval(sql.GET_FILE, name)
        return body

    async def delete(self, name: str) -> None:
        await self._db.execute(sql.DELETE_FILE, name)
