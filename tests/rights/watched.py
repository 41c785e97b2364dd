"""A running installation of which everything can be read: what it keeps, what it says, and what it asks of Redis.

Owns: the processes it starts and their folder. It logs as much as it can.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from engine.ending import end
from engine.stores import database
from engine.stores.embedded import EmbeddedStores
from engine.stores.redis import connect
from tests.rights.test_erasing import dumped
from tests.strangers.installation import Installation

CHUNK_BYTES = 1 << 20


@dataclass
class Watched(Installation):
    """`settings` are variables of the environment, beside those of every installation."""

    settings: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "AFORO_LOG_LEVEL": "debug", **self.settings}

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def stores(self) -> EmbeddedStores:
        """Where its stores are; they run already, and are not ours to start."""
        return EmbeddedStores(self.data)

    async def postgres(self) -> bytes:
        """Everything that is in any table."""
        pool = await database.connect(self.stores.database_url)
        try:
            return (await dumped(pool)).encode()
        finally:
            pool.terminate()

    async def redis(self) -> bytes:
        """Everything that Redis holds now: each key, as it would be moved to another server."""
        client = await connect(self.stores.redis_url)
        try:
            found = []
            async for key in client.scan_iter(count=1_000):
                found += [key, await client.dump(key) or b""]
            return b"\n".join(each if isinstance(each, bytes) else str(each).encode() for each in found)
        finally:
            await client.aclose()

    async def rewrite(self) -> None:
        """The append-only file is written anew, of what is there now."""
        client = await connect(self.stores.redis_url)
        try:
            before = (await client.info("persistence"))["aof_rewrites"]
            await client.execute_command("BGREWRITEAOF")
            while True:
                said = await client.info("persistence")
                if said["aof_rewrites"] > before and not said["aof_rewrite_in_progress"]:
                    return
                await asyncio.sleep(0.05)
        finally:
            await client.aclose()

    def append_only(self) -> bytes:
        return b"\n".join(path.read_bytes() for path in sorted((self.data / "valkey").rglob("*.aof")))

    def files(self) -> dict[str, bytes]:
        """Every other file of it, but for those of tables: logs, heads of the audit trail, the list of erasures."""
        tables, kept = self.data / "postgres", (path for path in self.folder.rglob("*") if path.is_file())
        return {
            str(path.relative_to(self.folder)): path.read_bytes() for path in kept if not path.is_relative_to(tables)
        }


@asynccontextmanager
async def listening(socket: Path) -> AsyncIterator[list[bytes]]:
    """Whatever anybody asks of Redis from now on, within scripts too, as MONITOR tells it."""
    reader, writer = await asyncio.open_unix_connection(str(socket))
    writer.write(b"MONITOR\r\n")
    assert (await reader.readline()).startswith(b"+OK")
    heard: list[bytes] = []

    async def hear() -> None:
        while some := await reader.read(CHUNK_BYTES):
            heard.append(some)

    hearing = asyncio.create_task(hear())
    try:
        yield heard
    finally:
        await end([hearing])
        writer.close()
