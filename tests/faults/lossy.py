"""A proxy before a store that loses replies: what was asked is done, and the asker never hears."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

CHUNK_BYTES = 1 << 16
# A client that can never connect shows nothing.
GREETING_REPLIES = 6


class Lossy:
    """Forwards between a socket of its own and a store's. While `losing`, one reply in `one_in` is kept back, and its
    connection cut."""

    def __init__(self, store: Path, path: Path, one_in: int, seed: int) -> None:
        self.losing = False
        self.lost = 0
        self.path = path
        self._store = store
        self._one_in = one_in
        self._chance = random.Random(seed)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_store, to_store = await asyncio.open_unix_connection(self._store)
        ways = (
            asyncio.create_task(self._carry(reader, to_store, replies=False)),
            asyncio.create_task(self._carry(from_store, writer, replies=True)),
        )
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            writer.close()
            to_store.close()

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, replies: bool) -> None:
        spared = GREETING_REPLIES
        while data := await source.read(CHUNK_BYTES):
            spared -= 1
            if replies and self.losing and spared < 0 and self._chance.randrange(self._one_in) == 0:
                self.lost += 1
                return
            target.write(data)
            await target.drain()


@asynccontextmanager
async def lossy(store: Path, path: Path, *, one_in: int, seed: int) -> AsyncIterator[Lossy]:
    proxy = Lossy(store, path, one_in, seed)
    server = await asyncio.start_unix_server(proxy.serve, path)
    try:
        yield proxy
    finally:
        server.close()
        path.unlink(missing_ok=True)
