"""A wire between two parts that can be cut, slowed, or made to lose replies: the other side did what was asked, and the
asker never hears.

Owns its listening socket and the connections over it. In order again, it forwards as if it were not there.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

from engine.ending import end

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
CHUNK_BYTES = 1 << 16
ACCEPTED_S = 0.01


class Wire:
    """`reach` connects to the other side."""

    def __init__(self, reach: Callable[[], Awaitable[Ends]], seed: int) -> None:
        self.delay_s = 0.0
        self.lose_one_in = 0  # of the replies; 0 loses none
        self.carried = 0
        self._reach = reach
        self._chance = random.Random(seed)
        self._is_cut = False
        self._carrying: set[asyncio.Task[None]] = set()
        self._serving: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """End all connections, and refuse new ones until `mend`."""
        self._is_cut = True
        self.drop()

    def drop(self) -> None:
        """End all connections; new ones are taken."""
        for task in self._carrying:
            task.cancel()

    def mend(self) -> None:
        self._is_cut = False
        self.delay_s, self.lose_one_in = 0.0, 0

    async def close(self) -> None:
        self._is_cut = True
        await asyncio.sleep(ACCEPTED_S)  # connections that were just accepted begin, and end
        await end(self._serving)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: what `asyncio.start_server` calls."""
        serving = asyncio.current_task()
        assert serving is not None, "a connection has a task of its own"
        self._serving.add(serving)
        try:
            if not self._is_cut:
                await self._join((reader, writer), await self._reach())
        except OSError:
            pass  # nobody is there: the near end is told by the end of its connection
        finally:
            writer.transport.abort()
            self._serving.discard(serving)

    async def _join(self, near: Ends, far: Ends) -> None:
        ways = {
            asyncio.create_task(self._carry(near[0], far[1], replies=False)),
            asyncio.create_task(self._carry(far[0], near[1], replies=True)),
        }
        self._carrying |= ways
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end(ways)
            self._carrying -= ways
            far[1].transport.abort()

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, replies: bool) -> None:
        with suppress(ConnectionError):
            while data := await source.read(CHUNK_BYTES):
                if replies and self.lose_one_in and self._chance.randrange(self.lose_one_in) == 0:
                    return
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                if target.is_closing():
                    return  # the other way has ended meanwhile
                self.carried += len(data)
                target.write(data)
                await target.drain()
