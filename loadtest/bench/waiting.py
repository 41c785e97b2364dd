"""A process full of sockets that only wait, as people in a waiting room do: they answer pings and hear news.

Reads JSON lines. {"port", "sockets", "address"} opens them, each somebody new; {"join"} lets all watch the room of that
sale and take a place in it; {"news"} answers how many events came so far.
"""

from __future__ import annotations

import asyncio
from typing import Any

import uvloop

from crowd.socket_client import ClientSocket, connect
from loadtest.bench.receivers import OPENING_MAX, SOCKETS_PER_ADDRESS, serve_orders


class Crowd:
    def __init__(self) -> None:
        self._sockets: list[ClientSocket] = []
        self._gate = asyncio.Semaphore(OPENING_MAX)
        self.news = 0

    async def open(self, port: int, sockets: int, address: int) -> int:
        async def one(at: int) -> None:
            async with self._gate:
                socket = await connect("127.0.0.1", port, f"127.0.{address}.{2 + at // SOCKETS_PER_ADDRESS}")
                self._sockets.append(socket)
                await self._ask(socket, {"do": "hello"})

        await asyncio.gather(*(one(at) for at in range(sockets)))
        return len(self._sockets)

    async def join(self, sale: str) -> int:
        async def one(socket: ClientSocket) -> None:
            async with self._gate:
                await self._ask(socket, {"do": "watch", "sale": sale, "topics": ["room"]})
                await self._ask(socket, {"do": "join", "sale": sale})

        await asyncio.gather(*map(one, self._sockets))
        return len(self._sockets)

    async def _ask(self, socket: ClientSocket, ask: dict[str, Any]) -> None:
        known: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

        def answered(message: dict[str, Any]) -> None:
            if "re" not in message:
                self.news += 1
            elif not known.done():
                known.set_result(message)

        socket.answered = answered
        socket.send({"id": 1, **ask})
        answer = await known
        if "ok" not in answer:
            raise ConnectionError(str(answer))


async def main() -> None:
    crowd = Crowd()

    async def carry_out(wanted: dict[str, Any]) -> int:
        if "join" in wanted:
            return await crowd.join(wanted["join"])
        if "news" in wanted:
            return crowd.news
        return await crowd.open(wanted["port"], wanted["sockets"], wanted["address"])

    await serve_orders(carry_out)


if __name__ == "__main__":
    uvloop.run(main())
