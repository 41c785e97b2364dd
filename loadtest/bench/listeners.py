"""A process full of sockets that wait for notices: opened for the buyers it is told, counted when it is asked.

Reads one JSON line at a time: {"port", "tokens"} opens sockets; {"until"} answers once so many notices came in all.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

import orjson
import uvloop

from crowd.socket_client import ClientSocket, connect

SOCKETS_PER_ADDRESS = 500
OPENING_MAX = 200


class Crowd:
    def __init__(self) -> None:
        self._sockets: list[ClientSocket] = []
        self._noticed = 0
        self._wanted = 0
        self._enough = asyncio.Event()

    async def open(self, port: int, tokens: list[str]) -> int:
        gate = asyncio.Semaphore(OPENING_MAX)

        async def one(at: int, token: str) -> None:
            async with gate:
                socket = await connect("127.0.0.1", port, f"127.0.0.{2 + at // SOCKETS_PER_ADDRESS}")
                hello = asyncio.get_running_loop().create_future()

                def answered(message: dict[str, Any]) -> None:
                    if message.get("on") == "notice":
                        self._count()
                    elif "re" in message and not hello.done():
                        hello.set_result(None)

                socket.answered = answered
                socket.send({"id": 1, "do": "hello", "buyer": token})
                await hello
                self._sockets.append(socket)

        await asyncio.gather(*(one(at, token) for at, token in enumerate(tokens)))
        return len(self._sockets)

    def _count(self) -> None:
        self._noticed += 1
        if self._noticed >= self._wanted:
            self._enough.set()

    async def until(self, wanted: int) -> float:
        """When the last of so many notices came."""
        self._wanted = wanted
        self._enough.clear()
        if self._noticed < wanted:
            await self._enough.wait()
        return time.time()


async def main() -> None:
    crowd = Crowd()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        wanted = orjson.loads(line)
        answer: float = (
            await crowd.until(wanted["until"])
            if "until" in wanted
            else await crowd.open(wanted["port"], wanted["tokens"])
        )
        sys.stdout.write(orjson.dumps(answer).decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main())
