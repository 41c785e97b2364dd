"""A process full of buyers on sockets: `python -m loadtest.bench.buyers` reads orders on stdin, one JSON line each.

First line: {"host","port","tls","sale","sockets","first","address"}; answers {"ready"}. Then {"seconds"}: so many
sockets at a time, each one buyer's whole way from the connection to the tickets, then the next buyer, and with "per_s"
no sooner than its turn comes; answers
{"bought","all","seconds","errors","ms": {ask: [...]}}; `all` counts the first wave too. Ends with its stdin.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from contextlib import suppress
from typing import Any

import orjson
import uvloop

from crowd.socket_client import ClientSocket, connect
from loadtest.bench.shoppers import SOCKETS_PER_ADDRESS, sample, say
from server.processes import garbage

SEATS_EACH = 2
CONTACT = {"name": "Ana Núñez", "email": "ana@example.org"}
CARD = {"number": "4242424242424242", "expires": "12/39", "cvc": "123"}
ANSWER_S_MAX = 30.0
WARM_S_MAX = 30.0


class Refused(Exception):
    """An ask was answered with an error."""


class Buyer:
    """One visit, an ask at a time."""

    def __init__(self, client: ClientSocket, sale: str, ms: dict[str, list[float]]) -> None:
        self._client = client
        self._sale = sale
        self._ms = ms
        self._asked = 0
        self._answer: asyncio.Future[dict[str, Any]] | None = None
        client.answered = self._answered
        client.lost = self._lost

    async def buy(self, first: int) -> None:
        await self._ask("hello")
        await self._ask("watch", sale=self._sale, topics=["seats", "counters"])
        await self._ask("enter", sale=self._sale)
        seats = list(range(first, first + SEATS_EACH))
        await self._ask("hold", sale=self._sale, hold="h1", seats=seats, cart=False)
        await self._ask("change", sale=self._sale, contact=CONTACT, key="correct horse battery")
        bought = await self._ask("checkout", sale=self._sale, order="one", card=CARD)
        if len(bought["order"]["tickets"]) != SEATS_EACH:
            raise Refused("tickets")

    async def _ask(self, do: str, **fields: Any) -> dict[str, Any]:
        self._asked += 1
        answer = self._answer = asyncio.get_running_loop().create_future()
        asked_at = time.perf_counter()
        self._client.send({"id": self._asked, "do": do, **fields})
        async with asyncio.timeout(ANSWER_S_MAX):
            message = await answer
        self._ms.setdefault(do, []).append((time.perf_counter() - asked_at) * 1000)
        if "ok" not in message:
            raise Refused(f"{do} {message['error']['code']}")
        ok: dict[str, Any] = message["ok"]
        return ok

    def _answered(self, message: dict[str, Any]) -> None:
        if message.get("re") == self._asked and self._answer is not None and not self._answer.done():
            self._answer.set_result(message)

    def _lost(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the server closed the socket"))


class Buyers:
    """As many buyers at a time as there are sockets, and what they have seen."""

    def __init__(self, wanted: dict[str, Any]) -> None:
        self._wanted = wanted
        self._seats = itertools.count(wanted["first"], SEATS_EACH)
        self._open = False
        self._turns = itertools.count()
        self._first_wave = asyncio.Event()
        self.bought = self.first_wave = 0
        self.ms: dict[str, list[float]] = {}
        self.errors: dict[str, int] = {}

    async def buy_for(self, seconds: float, per_s: float | None = None) -> float:
        """Count from the end of the first wave, who came at once, to the end of the last who began in time."""
        self._open = True
        pace_s = 1 / per_s if per_s else 0.0
        at = time.perf_counter()
        shopping = [asyncio.create_task(self._shop(index, at, pace_s)) for index in range(self._wanted["sockets"])]
        with suppress(TimeoutError):
            async with asyncio.timeout(WARM_S_MAX):
                await self._first_wave.wait()
        self.first_wave, self.bought, self.ms = self.bought, 0, {}
        began = time.perf_counter()
        await asyncio.sleep(seconds)
        self._open = False
        await asyncio.gather(*shopping)
        return time.perf_counter() - began

    async def _shop(self, index: int, began: float, pace_s: float) -> None:
        wanted = self._wanted
        local = f"127.0.{wanted['address']}.{index // SOCKETS_PER_ADDRESS + 2}"
        while self._open:
            if pace_s:
                await asyncio.sleep(began + next(self._turns) * pace_s - time.perf_counter())
            client = None
            try:
                client = await connect(wanted["host"], wanted["port"], local, tls=wanted["tls"])
                await Buyer(client, wanted["sale"], self.ms).buy(next(self._seats))
                self.bought += 1
                if self.bought >= wanted["sockets"]:
                    self._first_wave.set()
            except (Refused, OSError, TimeoutError) as error:
                name = str(error) or type(error).__name__
                self.errors[name] = self.errors.get(name, 0) + 1
            finally:
                if client is not None:
                    client.lost = lambda: None
                    client.close()


async def serve_orders() -> None:
    loop = asyncio.get_running_loop()
    buyers = Buyers(orjson.loads(await loop.run_in_executor(None, sys.stdin.readline)))
    garbage.settle()
    say({"ready": True})
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        buyers.errors = {}
        wanted = orjson.loads(line)
        took = await buyers.buy_for(wanted["seconds"], wanted.get("per_s"))
        ms = {do: sample(each) for do, each in buyers.ms.items()}
        all_bought = buyers.first_wave + buyers.bought
        say({"bought": buyers.bought, "all": all_bought, "seconds": took, "errors": buyers.errors, "ms": ms})


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve_orders())
