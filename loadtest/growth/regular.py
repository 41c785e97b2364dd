"""A buyer who visits one sale again and again, from the room to the tickets, and notes how long each visit took.

Behaves as a good client does: what was not answered is asked again. What others notice of a fault shows in its visits.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass

from crowd.acts import Behaviour
from crowd.book import Book
from crowd.people import GOOD_CARD, Ground, Person
from crowd.player import GivenUp, Player, Way
from crowd.scenarios import come_in, pay
from crowd.tally import Tally

FIRST_NUMBER = 800_000_000  # of people nobody else has
SECONDS_MAX = 90.0


@dataclass(frozen=True, slots=True)
class Visit:
    began_at: float  # of the monotonic clock
    ended_at: float
    bought: bool

    @property
    def seconds(self) -> float:
        return self.ended_at - self.began_at


class Payer(Person):
    """Somebody whose card is never declined."""

    def card(self) -> dict[str, str]:
        return {"number": GOOD_CARD, "expires": "12/40", "cvc": "123"}


class Regular:
    def __init__(self, way: Way, ground: Ground, seed: int, number: int) -> None:
        self.ground = ground
        self.book = Book()
        self.tally = Tally()
        self.visits: list[Visit] = []
        self._way = way
        self._seed = seed
        self._numbers = itertools.count(FIRST_NUMBER + number * 1_000_000)

    async def go_on(self) -> None:
        """Visit after visit, until cancelled."""
        while True:
            began = time.monotonic()
            bought = await self._visit()
            self.visits.append(Visit(began, time.monotonic(), bought))

    async def _visit(self) -> bool:
        person = Payer(next(self._numbers), self._seed, self.ground, self.book)
        player = Player(person, self._way, self.tally)
        before = len(self.book.bought)
        try:
            await player.come()
            await player.play(buys_a_unit(person))
        except GivenUp:
            self.tally.fails("visit", "given_up")
        finally:
            player.go()
        return len(self.book.bought) > before


def buys_a_unit(me: Person) -> Behaviour:
    if me.ground.room and not (yield from come_in(me)):
        return
    pool = {"pool": me.ground.pools[0], "units": 1}
    if (yield me.ask("hold", hold=me.own_id("hold"), cart=False, pool=pool)):
        yield from pay(me)


def between(visits: Iterable[Visit], began_at: float, ended_at: float) -> list[Visit]:
    """Those that were under way at some moment in between."""
    return [each for each in visits if each.began_at < ended_at and each.ended_at > began_at]


def longest_s(visits: Iterable[Visit]) -> float:
    return max((each.seconds for each in visits), default=0.0)


def median_s(visits: Iterable[Visit]) -> float:
    return statistics.median([each.seconds for each in visits] or [0.0])
