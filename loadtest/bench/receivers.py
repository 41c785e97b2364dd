"""A process full of sockets that only receive, the same for whoever sends.

Reads JSON lines. {"port", "sockets", "sale"?} opens sockets, which watch the seats of the sale where one is named.
{"rounds"} asks the server, by a message on the first socket, to send to all, each time once everybody has the last;
{"until"} waits until so many frames came in all. Both answer how large the last frame was.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import uvloop

from crowd.socket_client import ClientSocket, connect, frame
from engine.limits import MERGE_MS
from loadtest.bench.shoppers import say

SOCKETS_PER_ADDRESS = 500
OPENING_MAX = 100
FRAME_BYTES_MIN = 20  # a ping is shorter


class Receiver(asyncio.Protocol):
    """Counts what arrives; a frame comes whole, because the next is sent once all have this one."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd

    def data_received(self, data: bytes) -> None:
        if len(data) >= FRAME_BYTES_MIN:
            self._crowd.count(len(data))


class Crowd:
    def __init__(self) -> None:
        self._transports: list[asyncio.Transport] = []
        self._came = 0
        self._frame_bytes = 0
        self._wanted = 0
        self._enough = asyncio.Event()

    async def open(self, port: int, sockets: int, sale: str | None) -> int:
        gate = asyncio.Semaphore(OPENING_MAX)

        async def one(at: int) -> None:
            async with gate:
                socket = await connect("127.0.0.1", port, f"127.0.3.{2 + at // SOCKETS_PER_ADDRESS}")
                if sale is not None:
                    await watch(socket, sale)
                transport = socket.transport
                transport.set_protocol(Receiver(self))
                self._transports.append(transport)

        await asyncio.gather(*(one(at) for at in range(sockets)))
        return len(self._transports)

    def count(self, frame_bytes: int) -> None:
        self._frame_bytes = frame_bytes
        self._came += 1
        if self._came >= self._wanted:
            self._enough.set()

    async def rounds(self, rounds: int) -> int:
        trigger = frame(b"go")
        for _ in range(rounds):
            await asyncio.sleep(MERGE_MS / 1000)  # as often as a server of ours sends
            self._transports[0].write(trigger)
            await self.until(self._came + len(self._transports))
        return self._frame_bytes

    async def until(self, wanted: int) -> int:
        self._wanted = wanted
        self._enough.clear()
        if self._came < wanted:
            await self._enough.wait()
        return self._frame_bytes


async def watch(socket: ClientSocket, sale: str) -> None:
    known: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    def answered(message: dict[str, Any]) -> None:
        if message.get("re") == 2 and not known.done():
            known.set_result(message)

    socket.answered = answered
    socket.send({"id": 1, "do": "hello"})
    socket.send({"id": 2, "do": "watch", "sale": sale, "topics": ["seats"]})
    answer = await known
    if "ok" not in answer:
        raise ConnectionError(str(answer))


async def serve_orders(carry_out: Callable[[dict[str, Any]], Awaitable[Any]]) -> None:
    """Answer each line of stdin, a JSON object, by a line; until stdin ends."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        say(await carry_out(orjson.loads(line)))


async def main() -> None:
    crowd = Crowd()

    async def carry_out(wanted: dict[str, Any]) -> Any:
        if "rounds" in wanted:
            return await crowd.rounds(wanted["rounds"])
        if "until" in wanted:
            return await crowd.until(wanted["until"])
        return await crowd.open(wanted["port"], wanted["sockets"], wanted.get("sale"))

    await serve_orders(carry_out)


if __name__ == "__main__":
    uvloop.run(main())
