"""Buyers in a hurry: a process full of sockets that all want the same few seats.

`python -m tests.server.rush` reads one JSON line {"port","sale","seats","sockets","first"}, and when all are connected
says {"ready"}; at the next line they rush, and it says {"bought": [[seat, order], …], "refused": {code: times}}.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from typing import Any

import orjson
import uvloop

from crowd.socket_client import ClientSocket, connect

CONNECT_AT_ONCE = 50
TRIES_MAX = 6
AGAIN_S = 0.05
ASKS_MAX = 400
CARD = {"number": "4242424242424242", "expires": "12/40", "cvc": "123"}


class Buyer:
    """One person: takes what can be had, and pays for it - or thinks better of it and gives it back."""

    def __init__(self, client: ClientSocket, sale: str, number: int, refused: Counter[str]) -> None:
        self._client = client
        self._sale = sale
        self._number = number
        self._refused = refused
        self._random = random.Random(number)
        self._asks = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        client.answered = self._answered

    def _answered(self, message: dict[str, Any]) -> None:
        waiting = self._waiting.pop(message.get("re", -1), None)
        if waiting is not None:
            waiting.set_result(message)

    async def ask(self, do: str, **fields: Any) -> dict[str, Any] | None:
        """The answer; None when refused for good. What may be asked again is asked again, with the same id."""
        while self._asks < ASKS_MAX:
            self._asks += 1
            answer = asyncio.get_running_loop().create_future()
            self._waiting[self._asks] = answer
            self._client.send({"id": self._asks, "do": do, **fields})
            message = await answer
            if "ok" in message:
                found: dict[str, Any] = message["ok"]
                return found
            self._refused[message["error"]["code"]] += 1
            if not message["error"]["retryable"]:
                return None
            await asyncio.sleep(AGAIN_S)
        return None

    async def rush(self, seats: int) -> list[tuple[int, str]]:
        """What this buyer bought: (seat, order)."""
        for attempt in range(TRIES_MAX):
            seat = self._random.randrange(seats)
            held = await self.ask("hold", sale=self._sale, hold=f"h{attempt}", seats=[seat], cart=False)
            if held is None:
                continue
            if self._random.random() < 0.3:
                await self.ask("release", sale=self._sale, release=f"r{attempt}", cart=False)
                continue
            return await self.buy(seat)
        return []

    async def buy(self, seat: int) -> list[tuple[int, str]]:
        contact = {"name": f"Buyer {self._number}", "email": f"b{self._number}@example.org"}
        await self.ask("change", sale=self._sale, contact=contact, key=f"key of {self._number}")
        bought = await self.ask("checkout", sale=self._sale, order="mine", card=CARD)
        again = await self.ask("checkout", sale=self._sale, order="mine", card=CARD)
        if bought is None:
            return []
        assert again is not None
        assert again["order"]["id"] == bought["order"]["id"], "the same purchase again is another order"
        assert [line["seat"] for line in bought["order"]["lines"]] == [seat]
        return [(seat, bought["order"]["id"])]


async def main() -> None:
    loop = asyncio.get_running_loop()
    wanted = orjson.loads(await loop.run_in_executor(None, sys.stdin.readline))
    gate = asyncio.Semaphore(CONNECT_AT_ONCE)
    refused: Counter[str] = Counter()

    async def come(number: int) -> Buyer:
        async with gate:
            client = await connect("127.0.0.1", wanted["port"], f"127.0.3.{number % 8 + 2}")
            buyer = Buyer(client, wanted["sale"], number, refused)
            assert await buyer.ask("hello") is not None
            return buyer

    numbers = range(wanted["first"], wanted["first"] + wanted["sockets"])
    buyers = await asyncio.gather(*map(come, numbers))
    say({"ready": len(buyers)})
    await loop.run_in_executor(None, sys.stdin.readline)
    bought = await asyncio.gather(*(buyer.rush(wanted["seats"]) for buyer in buyers))
    say({"bought": [pair for pairs in bought for pair in pairs], "refused": refused})


def say(message: dict[str, Any]) -> None:
    sys.stdout.write(orjson.dumps(message).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
