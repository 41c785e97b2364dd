"""Judges whether a site works: a probe that buys, and the invariants.

Guarantees: a sale is called sound only when a purchase went through and no invariant stays broken. Reaches the stores
past the wires.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator

import asyncpg
from redis.exceptions import RedisError

from crowd.acts import Behaviour
from crowd.book import Book
from crowd.people import Ground, Person
from crowd.player import GivenUp, Player, Way
from crowd.scenarios import pay
from crowd.tally import Tally
from engine.engine import Engine
from engine.settings import Settings
from engine.stores.faults import StoreFault
from engine.verify import verify

TRY_S_MAX = 4.0
RECOVERY_S_MAX = 90.0
AGAIN_S = 0.1
FIRST_PROBE = 900_000_000  # numbers of people nobody else has
AWAY = (RedisError, StoreFault, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


class Probe:
    """Buys one unit now and then, with patience for nothing; `port` is where buyers go."""

    def __init__(self, port: int, ground: Ground, seed: int) -> None:
        self.ground = ground
        self.book = Book()
        self._port = port
        self._seed = seed
        self._numbers: Iterator[int] = itertools.count(FIRST_PROBE)

    async def buys_s(self) -> float | None:
        """Seconds until a whole purchase goes through; None when it takes too long."""
        began = time.monotonic()
        while time.monotonic() - began < RECOVERY_S_MAX:
            if await self._buys():
                return time.monotonic() - began
            await asyncio.sleep(AGAIN_S)
        return None

    async def _buys(self) -> bool:
        person = Person(next(self._numbers), self._seed, self.ground, self.book)
        player = Player(person, Way("127.0.0.1", self._port, ""), Tally())
        before = len(self.book.bought)
        try:
            async with asyncio.timeout(TRY_S_MAX):
                await player.come()
                await player.play(buys_one(person))
        except (TimeoutError, GivenUp):
            return False
        finally:
            player.go()
        return len(self.book.bought) > before


def buys_one(me: Person) -> Behaviour:
    pool = {"pool": me.ground.pools[0], "units": 1}
    if (yield me.ask("hold", hold=me.own_id("hold"), cart=False, pool=pool)):
        yield from pay(me)


async def broken_for(settings: Settings, sale: str, seconds_max: float) -> tuple[float, list[str]]:
    """How long invariants were broken, and those that still are when the time is up.

    What is on its way between the stores is no violation, so it is looked at until it fits.
    """
    began = time.monotonic()
    while True:
        left_s = seconds_max - (time.monotonic() - began)
        try:
            async with Engine.open(settings) as engine:
                found = await verify(engine, sale, grace_s=max(0.0, left_s))
        except AWAY as fault:
            if left_s <= 0:
                return time.monotonic() - began, [f"the stores do not answer: {fault}"]
            await asyncio.sleep(AGAIN_S)
        else:
            return time.monotonic() - began, [f"{sale}: {each}" for each in found]
