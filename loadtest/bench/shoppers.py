"""A process full of shoppers on sockets: `python -m loadtest.bench.shoppers` reads orders on stdin, one JSON line each.

First line: {"host","port","tls","sale","sockets","first","address"}; answers {"ready"} once all are known. Then
{"seconds","per_s"?}: hold as fast as answers come, or `per_s` holds a second whatever the answers do; answers
{"holds","seconds","errors","ms": [...]}. Ends with its stdin.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import orjson
import uvloop

from crowd.socket_client import ClientSocket, connect
from server.processes import garbage

SEATS_EACH = 4
CONNECT_AT_ONCE = 50
SOCKETS_PER_ADDRESS = 500
TICK_S = 0.001
SETTLE_S = 2.0


class Shopper:
    """Holds four seats one by one, gives all back, and begins again: its cart stays as small as a real one."""

    __slots__ = ("_asked", "_at", "_client", "_sale", "_seats", "crowd")

    def __init__(self, client: ClientSocket, sale: str, first: int, crowd: Crowd) -> None:
        self._client = client
        self._sale = sale
        self._seats = range(first, first + SEATS_EACH)
        self._at = 0
        self._asked: dict[int, float] = {}
        self.crowd = crowd
        client.answered = self._answered

    async def hello(self) -> None:
        known = asyncio.get_running_loop().create_future()
        self._client.answered = known.set_result
        self._client.send({"id": 0, "do": "hello"})
        answer = await known
        if "ok" not in answer:
            raise ConnectionError(str(answer))
        self._client.answered = self._answered

    def act(self, due_at: float) -> bool:
        """Send what comes next; whether it was a hold."""
        self._at += 1
        self.crowd.outstanding += 1
        step = self._at % (SEATS_EACH + 1)
        if step == 0:
            self._client.send(
                {"id": self._at, "do": "release", "sale": self._sale, "release": f"r{self._at}", "cart": False}
            )
            return False
        self._asked[self._at] = due_at
        self._client.send(
            {
                "id": self._at,
                "do": "hold",
                "sale": self._sale,
                "hold": f"h{self._at}",
                "seats": [self._seats[step - 1]],
                "cart": False,
            }
        )
        return True

    def _answered(self, message: dict[str, Any]) -> None:
        if "re" not in message:
            return
        self.crowd.outstanding -= 1
        asked_at = self._asked.pop(message["re"], None)
        if "ok" not in message:
            self.crowd.refused(message)
        elif asked_at is not None:
            self.crowd.held(asked_at)
        if self.crowd.hurried:
            self.act(time.perf_counter())
        elif not self.crowd.outstanding:
            self.crowd.settled.set()


class Crowd:
    """All shoppers of this process, and what they have seen."""

    def __init__(self) -> None:
        self.shoppers: list[Shopper] = []
        self.hurried = False
        self.counting = False
        self.outstanding = 0
        self.settled = asyncio.Event()
        self.ms: list[float] = []
        self.errors: dict[str, int] = {}

    async def gather(self, wanted: dict[str, Any]) -> None:
        gate = asyncio.Semaphore(CONNECT_AT_ONCE)

        async def come(index: int) -> None:
            number = wanted["first"] + index
            local = f"127.0.{wanted['address']}.{index // SOCKETS_PER_ADDRESS + 2}"
            async with gate:
                client = await connect(wanted["host"], wanted["port"], local, tls=wanted["tls"])
                shopper = Shopper(client, wanted["sale"], number * SEATS_EACH, self)
                await shopper.hello()
                self.shoppers.append(shopper)

        await asyncio.gather(*(come(index) for index in range(wanted["sockets"])))

    def held(self, asked_at: float) -> None:
        if self.counting:
            self.ms.append((time.perf_counter() - asked_at) * 1000)

    def refused(self, message: dict[str, Any]) -> None:
        code = message["error"]["code"]
        self.errors[code] = self.errors.get(code, 0) + 1

    async def hurry(self, seconds: float) -> float:
        """As fast as answers come."""
        self.hurried = True
        for shopper in self.shoppers:
            shopper.act(time.perf_counter())
        await asyncio.sleep(seconds / 4)
        self.counting = True
        began = time.perf_counter()
        await asyncio.sleep(seconds)
        self.counting = False
        took = time.perf_counter() - began
        self.hurried = False
        await self._settled()
        return took

    async def pace(self, seconds: float, per_s: float) -> float:
        """`per_s` holds a second; latency counts from the moment a hold was due, not from when we got round to it."""
        turns = self._turns()
        began = time.perf_counter()
        sent, warm_s = 0, seconds / 4
        while (now := time.perf_counter() - began) < warm_s + seconds:
            self.counting = now >= warm_s
            while sent < now * per_s:
                sent += next(turns).act(began + sent / per_s)
            await asyncio.sleep(TICK_S)
        await self._settled()
        self.counting = False
        return seconds

    def _turns(self) -> Iterator[Shopper]:
        while True:
            yield from self.shoppers

    async def _settled(self) -> None:
        """Wait until everything is answered, so that the next run starts from rest; an answer may have been lost."""
        self.settled.clear()
        if self.outstanding:
            with suppress(TimeoutError):
                async with asyncio.timeout(SETTLE_S):
                    await self.settled.wait()


async def serve_orders() -> None:
    crowd = Crowd()
    loop = asyncio.get_running_loop()
    await crowd.gather(orjson.loads(await loop.run_in_executor(None, sys.stdin.readline)))
    garbage.settle()
    say({"ready": len(crowd.shoppers)})
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        wanted = orjson.loads(line)
        crowd.ms, crowd.errors = [], {}
        per_s = wanted.get("per_s")
        took = await (crowd.pace(wanted["seconds"], per_s) if per_s else crowd.hurry(wanted["seconds"]))
        say({"holds": len(crowd.ms), "seconds": took, "errors": crowd.errors, "ms": sample(crowd.ms)})


def sample(ms: Sequence[float]) -> list[float]:
    """Enough of the sorted times for percentiles: every hundredth of a percent."""
    ordered = sorted(ms)
    return [round(ordered[at * len(ordered) // 10_000], 3) for at in range(10_000)] if ordered else []


def say(answer: Any) -> None:
    sys.stdout.write(orjson.dumps(answer).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve_orders())
