"""A crowd of synthetic buyers: starts the processes that play them, lets them act, gathers what they went through.

Owns those processes: they end with the context. Fails with CrowdFault when one of them ends early.
"""

from __future__ import annotations

import asyncio
import math
import os
import resource
import secrets
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import orjson

from crowd.book import Book
from crowd.people import Ground
from crowd.tally import Tally
from engine.limits import FILES_RESERVED

ROOT = Path(__file__).parents[1]
LINE_BYTES_MAX = 2**28
READY_S_MAX = 120.0
CONNECTS_PER_S_MIN = 50  # slower than that, something is wrong
TELL_EVERY_S = 5.0
LOOK_S_MAX = 60.0


Tell = Callable[[str], None]


class CrowdFault(Exception):
    """A process of the crowd went wrong."""


@dataclass(frozen=True, slots=True)
class CrowdPlan:
    """What is to be played."""

    host: str
    port: int
    scenario: str
    ground: Ground
    persons: int
    seed: int
    haste: float = 0.0
    processes: int = 2


@dataclass(slots=True)
class Outcome:
    """What all processes together went through."""

    tally: Tally = field(default_factory=Tally)
    book: Book = field(default_factory=Book)
    visits: int = 0
    gave_up: int = 0
    seconds: float = 0.0
    memory_kib: int = 0  # of the client processes, at their highest


class Crowd:
    """The people of a plan, in processes that run."""

    def __init__(self, processes: list[Process]) -> None:
        self._processes = processes
        self._pulses: list[dict[str, Any]] = [{"answers": 0, "failed": {}, "joined": 0} for _ in processes]
        self._looks: list[asyncio.Future[dict[str, Any]] | None] = [None] * len(processes)

    @property
    def answers(self) -> int:
        """How many answers have come so far, as of half a second ago."""
        return sum(pulse["answers"] for pulse in self._pulses)

    @property
    def joined(self) -> int:
        """How many were given a place so far, as of half a second ago."""
        return sum(pulse["joined"] for pulse in self._pulses)

    @property
    def failed(self) -> Counter[str]:
        """What has failed so far, as of half a second ago."""
        found: Counter[str] = Counter()
        for pulse in self._pulses:
            found.update(pulse["failed"])
        return found

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self._processes]

    async def act(self, seconds: float) -> Outcome:
        await self._tell_all({"go": seconds})
        outcome = Outcome()
        for told in await asyncio.gather(*(self._result(at) for at in range(len(self._processes)))):
            outcome.tally.add(told["tally"])
            outcome.book.add(told["book"])
            outcome.visits += told["visits"]
            outcome.gave_up += told["gave_up"]
            outcome.memory_kib += told["memory_kib"]
            outcome.seconds = max(outcome.seconds, told["seconds"])
        return outcome

    async def look(self) -> Outcome:
        """What all went through so far, without their books; while `act` runs."""
        loop = asyncio.get_running_loop()
        looks: list[asyncio.Future[dict[str, Any]]] = [loop.create_future() for _ in self._processes]
        self._looks = [*looks]
        await self._tell_all({"look": True})
        outcome = Outcome()
        async with asyncio.timeout(LOOK_S_MAX):
            for told in await asyncio.gather(*looks):
                outcome.tally.add(told["tally"])
                outcome.visits += told["visits"]
                outcome.gave_up += told["gave_up"]
        return outcome

    async def stop(self) -> None:
        """End `act` before its time."""
        await self._tell_all({"stop": True})

    async def outage(self, on: bool) -> None:
        """Whether the payment provider can be reached with the cards people use from now on."""
        await self._tell_all({"outage": on})

    async def _tell_all(self, line: dict[str, Any]) -> None:
        await asyncio.gather(*(tell(process, line) for process in self._processes))

    async def _result(self, at: int) -> dict[str, Any]:
        while True:
            told = await heard(self._processes[at])
            if "pulse" in told:
                self._pulses[at] = told["pulse"]
            elif "look" in told:
                asked, self._looks[at] = self._looks[at], None
                if asked is not None and not asked.done():
                    asked.set_result(told["look"])
            elif "fault" in told:
                raise CrowdFault(told["fault"])
            else:
                return told


async def all_came(processes: list[Process], persons: int, say: Tell) -> None:
    """Until everybody is connected, telling now and then how many are."""
    came = [0] * len(processes)
    told_at = time.monotonic()

    async def hear(at: int) -> None:
        nonlocal told_at
        while "ready" not in (told := await heard(processes[at])):
            came[at] = told["came"]
            if time.monotonic() - told_at >= TELL_EVERY_S:
                told_at = time.monotonic()
                say(f"{sum(came):,} of {persons:,} are connected")

    try:
        async with asyncio.timeout(READY_S_MAX + persons / CONNECTS_PER_S_MIN):
            await asyncio.gather(*(hear(at) for at in range(len(processes))))
    except TimeoutError as error:
        raise CrowdFault(f"only {sum(came):,} of {persons:,} could connect") from error


def say_nothing(_: str) -> None:
    """For callers that show progress in other ways."""


@asynccontextmanager
async def gathered(plan: CrowdPlan, say: Tell = say_nothing) -> AsyncIterator[Crowd]:
    """Everybody is connected and known."""
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "crowd.players",
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=PIPE,
            stdout=PIPE,
            limit=LINE_BYTES_MAX,
            start_new_session=True,  # Ctrl-C is for us; they end with us, also when we are killed
        )
        for _ in range(plan.processes)
    ]
    try:
        addresses = secrets.randbelow(20_000)
        each, more = divmod(plan.persons, plan.processes)
        first = 0
        for at, process in enumerate(processes):
            persons = each + (at < more)
            await tell(process, cast_line(plan, persons, first, addresses + at if is_loopback(plan.host) else -1))
            first += persons
        await all_came(processes, plan.persons, say)
        yield Crowd(processes)
    finally:
        for process in processes:
            if process.returncode is None:
                process.kill()
            await process.wait()


def cast_line(plan: CrowdPlan, persons: int, first: int, address: int) -> dict[str, Any]:
    return {
        "host": plan.host,
        "port": plan.port,
        "scenario": plan.scenario,
        "ground": plan.ground.wire(),
        "persons": persons,
        "first": first,
        "seed": plan.seed,
        "haste": plan.haste,
        "address": address,
    }


def is_loopback(host: str) -> bool:
    """Whether the whole of 127.0.0.0/8 may be used to come from."""
    try:
        return ip_address(host).is_loopback and ":" not in host
    except ValueError:
        return False


async def tell(process: Process, line: dict[str, Any]) -> None:
    assert process.stdin is not None, "it was asked for"
    process.stdin.write(orjson.dumps(line) + b"\n")
    await process.stdin.drain()


async def heard(process: Process) -> dict[str, Any]:
    assert process.stdout is not None, "it was asked for"
    line = await process.stdout.readline()
    if not line:
        raise CrowdFault("a process of the crowd ended early; its last words are above")
    found: dict[str, Any] = orjson.loads(line)
    return found


# ── how many sockets a process may hold: said before anything is started ──


class TooManySockets(Exception):
    """The message says what would do."""


def raise_files_max() -> int:
    """Raise the limit of open files of this process as far as allowed, and say where it is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard not in (soft, resource.RLIM_INFINITY):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return hard
    return soft


def processes_for(sockets: int, files_max: int) -> int:
    """So many processes hold so many sockets. Pure."""
    return math.ceil(sockets / max(1, files_max - FILES_RESERVED))


def check_files(sockets: int, processes: int, files_max: int) -> None:
    """Raises TooManySockets when the people of one process would not fit."""
    needed = processes_for(sockets, files_max)
    if processes < needed:
        raise TooManySockets(
            f"{sockets:,} sockets in {processes} client processes are more than the {files_max:,} open files of each: "
            f"use --processes {needed}, or raise the hard limit (ulimit -Hn)"
        )
