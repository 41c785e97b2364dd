"""Who has a live socket, and notices on their way to it.

Owns the presence of persons in Redis: which server process holds a socket of which person. A process that is not
heard of for `SILENT_MS` has none. Derived and approximate: a notice that no socket takes goes by other channels.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from typing import cast

from engine.segments import Audience
from engine.stores.listening import listen
from engine.stores.scripts import pack, unpack

SILENT_MS = 15_000


@dataclass(frozen=True, slots=True)
class LiveNotices:
    """Notices of one window for sockets of one process."""

    window: int
    day: date
    numbers: tuple[int, ...]


class Live:
    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self._keys = audience.keys

    # ── a server process says ──

    async def beat(self, process: str) -> None:
        """The process is there; to be said every few seconds."""
        await self._audience.redis.zadd(self._keys.processes, {process: int(time.time() * 1000)})

    async def came(self, process: str, numbers: Collection[int]) -> None:
        """These persons have a socket here."""
        if numbers:
            fields = [part for number in numbers for part in (str(number), process)]
            await self._audience.redis.execute_command("HSET", self._keys.live, *fields)

    async def went(self, process: str, numbers: Collection[int]) -> None:
        """The last socket of these persons closed here; another process may have one by now."""
        found = await self.find(list(numbers))
        mine = [str(number) for number, at in found.items() if at == process]
        if mine:
            await self._audience.redis.hdel(self._keys.live, *mine)

    async def stopped(self, process: str) -> None:
        await self._audience.redis.zrem(self._keys.processes, process)

    async def notices(self, process: str) -> AsyncGenerator[LiveNotices]:
        """What is to be written to sockets of this process, from now on."""
        async with aclosing(listen(self._audience.redis, self._keys.notices(process))) as messages:
            async for message in messages:
                if message is not None:
                    window, day, numbers, *_ = unpack(message)
                    yield LiveNotices(window, date.fromordinal(day), tuple(numbers))

    async def offered(self) -> AsyncGenerator[None]:
        """Each time what is on offer may have changed."""
        async with aclosing(listen(self._audience.redis, self._keys.feed)) as messages:
            async for _ in messages:
                yield None

    # ── a deliverer asks ──

    async def find(self, numbers: Sequence[int]) -> dict[int, str]:
        """Those of the persons that have a socket somewhere, and the process that holds it."""
        since = int(time.time() * 1000) - SILENT_MS
        alive = cast("list[bytes]", await self._audience.redis.zrangebyscore(self._keys.processes, since, "+inf"))
        if not alive or not numbers:
            return {}
        wanted = [str(number) for number in numbers]
        at = cast("list[bytes | None]", await self._audience.redis.hmget(self._keys.live, wanted))
        known = set(alive)
        return {
            number: process.decode()
            for number, process in zip(numbers, at, strict=True)
            if process is not None and process in known
        }

    async def tell(self, window: int, day: date, found: Mapping[int, str]) -> None:
        """Hand notices to the processes that `find` found."""
        by_process: dict[str, list[int]] = {}
        for number, process in found.items():
            by_process.setdefault(process, []).append(number)
        for process, some in by_process.items():
            await self._audience.redis.spublish(self._keys.notices(process), pack((window, day.toordinal(), some)))
