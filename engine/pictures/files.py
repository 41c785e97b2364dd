"""Files: where pictures lie. A port, and behind it Postgres, which all hosts share, or a folder (decision 0029).

Guarantees: a name stands for the same bytes for ever, so that putting one twice changes nothing; what is not there is
None, and deleting it does no harm. Fails as the store does.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
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


class FolderFiles:
    """A folder, which every host must see: `AFORO_PICTURES_DIR`. A file is whole as soon as it has its name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, name: str, body: bytes) -> None:
        await asyncio.to_thread(self._put, self._path(name), body)

    async def get(self, name: str) -> bytes | None:
        try:
            return await asyncio.to_thread(self._path(name).read_bytes)
        except FileNotFoundError:
            return None

    async def delete(self, name: str) -> None:
        await asyncio.to_thread(self._path(name).unlink, missing_ok=True)

    def _path(self, name: str) -> Path:
        if Path(name).name != name:
            raise ValueError(f"{name!r} would lead out of the folder")
        return self._folder / name

    def _put(self, path: Path, body: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self._folder, prefix=".") as unnamed:
            unnamed.write(body)
            unnamed.flush()
            os.fsync(unnamed.fileno())
            os.fchmod(unnamed.fileno(), 0o644)
            with suppress(FileExistsError):  # the same, by its name
                os.link(unnamed.name, path)
