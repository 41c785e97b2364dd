"""A process full of people: `python -m crowd.players` reads JSON lines on stdin and answers with JSON lines.

First line: what to play, and with whom; answers {"came"} twice a second, and {"ready"} when all are connected.
{"go": seconds} lets them act, with a {"pulse"} twice a second, and ends with {"tally", "book"}; {"stop"} ends it.
{"look"} is answered with the tally so far, and {"outage": true|false} changes the cards people use.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
import uvloop

from crowd.book import Book
from crowd.crowd import raise_files_max
from crowd.people import Ground, Person
from crowd.player import GivenUp, Player, Way
from crowd.scenarios import FIRST_VISITORS_MAX, PLAYED, Scenario
from crowd.tally import Tally
from engine.ending import end

CONNECT_AT_ONCE = 50
SOCKETS_PER_ADDRESS = 500
PULSE_S = 0.5
FINISH_S_MAX = 20.0
NEXT_VISITOR = FIRST_VISITORS_MAX  # numbers of those who come after: the same for the same seed


@dataclass(frozen=True, slots=True)
class Cast:
    """What the first line says."""

    host: str
    port: int
    scenario: str
    ground: Ground
    persons: int
    first: int
    seed: int
    haste: float
    address: int  # which 127.0.x.… to come from; -1 for the machine's own

    @classmethod
    def of_wire(cls, wire: dict[str, Any]) -> Cast:
        return cls(**{**wire, "ground": Ground.of_wire(wire["ground"])})

    def local(self, index: int) -> str:
        """A server bounds the sockets of one address, so they come from several of the loopback."""
        if self.address < 0:
            return ""
        return f"127.{self.address // 250 + 1}.{self.address % 250}.{index // SOCKETS_PER_ADDRESS + 2}"


class Players:
    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.tally = Tally()
        self.book = Book()
        self.visits = 0
        self.gave_up = 0
        self._scenario: Scenario = PLAYED[cast.scenario]
        self._players: list[Player] = []
        self._until = 0.0
        self._stopped = asyncio.Event()
        self._outage = False

    async def gather(self) -> int:
        """All are there, and known."""
        coming = iter(range(self.cast.persons))

        async def come() -> None:
            for index in coming:
                player = self._player(self.cast.first + index, index)
                await player.come()
                self._players.append(player)

        counting = asyncio.create_task(self._count_coming())
        try:
            await asyncio.gather(*(come() for _ in range(CONNECT_AT_ONCE)))
        finally:
            await end([counting])
        gc.collect()
        gc.freeze()
        return len(self._players)

    async def act(self, seconds: float) -> None:
        """Everybody acts at once; who has gone is followed by somebody new, until the time is up."""
        self._until = time.monotonic() + seconds
        acting = [asyncio.create_task(self._seat(index, player)) for index, player in enumerate(self._players)]
        pulse = asyncio.create_task(self._pulse())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._over(acting)
        self._until = 0.0
        late = {task for task in acting if not task.done()}
        if not self._scenario.once:
            for player in self._players:
                player.hurry()
        if late:
            _, late = await asyncio.wait(late, timeout=FINISH_S_MAX)
        for task in late:
            task.cancel()
        pulse.cancel()
        results = await asyncio.gather(*acting, pulse, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    def stop(self) -> None:
        """Nobody comes any more, and who is there comes to an end."""
        self._stopped.set()

    def outage(self, on: bool) -> None:
        self._outage = on
        for player in self._players:
            player.person.outage = on

    async def _over(self, acting: list[asyncio.Task[None]]) -> None:
        """Until everybody has gone, or `stop`."""
        stopped = asyncio.create_task(self._stopped.wait())
        everybody = asyncio.create_task(asyncio.wait(acting))
        try:
            await asyncio.wait((stopped, everybody), return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end((stopped, everybody))

    async def _seat(self, index: int, player: Player) -> None:
        """One seat at a computer: person after person."""
        visit = 0
        while True:
            try:
                await player.play(self._scenario.visit(player.person))
                self.visits += 1
            except GivenUp:
                self.gave_up += 1
                self.tally.fails("visit", "given_up")
            player.go()
            if self._scenario.once or time.monotonic() > self._until:
                return
            visit += 1
            player = self._players[index] = self._player(self.cast.first + index + visit * NEXT_VISITOR, index)

    def _player(self, number: int, index: int) -> Player:
        cast = self.cast
        person = Person(number, cast.seed, cast.ground, self.book, outage=self._outage)
        return Player(person, Way(cast.host, cast.port, cast.local(index), cast.haste), self.tally)

    async def _count_coming(self) -> None:
        while True:
            await asyncio.sleep(PULSE_S)
            say({"came": len(self._players)})

    async def _pulse(self) -> None:
        while True:
            await asyncio.sleep(PULSE_S)
            tally, joins = self.tally, self.tally.took.get("join")
            joined = (
                joins.count - sum(each for name, each in tally.refused.items() if name.startswith("join "))
                if joins
                else 0
            )
            pulse = {"answers": tally.answers, "visits": self.visits, "failed": tally.failed, "joined": joined}
            say({"pulse": pulse})


def say(message: dict[str, Any]) -> None:
    sys.stdout.write(orjson.dumps(message).decode() + "\n")
    sys.stdout.flush()


async def main() -> None:
    raise_files_max()
    loop = asyncio.get_running_loop()

    async def told() -> dict[str, Any]:
        line = await loop.run_in_executor(None, sys.stdin.readline)
        found: dict[str, Any] = orjson.loads(line or "{}")
        return found

    players = Players(Cast.of_wire(await told()))
    say({"ready": await players.gather()})
    acting: asyncio.Task[None] | None = None
    while (order := await told()) and "end" not in order:
        if "go" in order:
            acting = asyncio.create_task(finish(players, order["go"]))
        elif "stop" in order:
            players.stop()
        elif "look" in order:
            say({"look": {"tally": players.tally.wire(), "visits": players.visits, "gave_up": players.gave_up}})
        elif "outage" in order:
            players.outage(order["outage"])
    if acting is not None:
        acting.cancel()
        await asyncio.gather(acting, return_exceptions=True)


async def finish(players: Players, seconds: float) -> None:
    began = time.monotonic()
    try:
        await players.act(seconds)
    except Exception as fault:
        say({"fault": repr(fault)})
        raise
    say(
        {
            "tally": players.tally.wire(),
            "book": players.book.take(),
            "visits": players.visits,
            "gave_up": players.gave_up,
            "seconds": time.monotonic() - began,
            "memory_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        }
    )


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
