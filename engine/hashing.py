"""argon2id hashes of secrets that people chose, computed in processes of their own, each one secret after the other.

Owns: the cost, and the processes, which start when there is work and end when there is none. Guarantees: the event
loop does nothing but pass lines on. Background work runs at low priority; a thread of low priority would hold the
interpreter's lock while it waits for the processor. Fails with HashingEnded when a process dies; a new one takes what
comes next.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

from engine.limits import HASHING_UNUSED_S_MAX

NICENESS = 10  # whoever holds seats or pays goes first; not more, or a machine that is never idle would never get there
KIB = 1_024
SESSION = Path("/proc/self/autogroup")
MADE_WITH = re.compile(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a hash costs whoever computes it."""

    passes: int
    memory_kib: int

    def hash(self, secret: str) -> str:
        made: bytes = argon2id.str(secret.encode(), opslimit=self.passes, memlimit=self.memory_kib * KIB)
        return made.decode().rstrip("\0")

    @staticmethod
    def verify(hashed: str, secret: str) -> bool:
        """Whether this hash is of that secret, whatever it cost; a text that is no hash is of none."""
        try:
            return bool(argon2id.verify(hashed.encode(), secret.encode()))
        except (CryptoError, ValueError):
            return False

    def made(self, hashed: str) -> bool:
        """Whether a hash cost this much."""
        found = MADE_WITH.match(hashed)
        return found is not None and (int(found[2]), int(found[1])) == (self.passes, self.memory_kib)

    def of_nobody(self) -> str:
        """What is verified where there is no hash: it costs as much as one, and no secret fits it."""
        return f"$argon2id$v=19$m={self.memory_kib},t={self.passes},p=1${'A' * 22}${'A' * 43}"


# OWASP names several that defend equally; of those this one is fast enough on the processors we measured.
HASHER = Cost(passes=3, memory_kib=12_288)


class HashingEnded(Exception):
    """The process that hashes is gone."""


class Hashing:
    """Our ends of the pipes: secrets go in as lines, answers come out as they are ready."""

    def __init__(self, *, processes: int = 1, niceness: int = NICENESS, cost: Cost = HASHER) -> None:
        self.cost = cost
        self.given = 0  # secrets that were hashed or compared since this process began
        self._processes = processes
        self._niceness = niceness
        self._at_work: dict[asyncio.subprocess.Process, int] = {}  # those that take secrets: how many each has
        self._running: dict[asyncio.subprocess.Process, asyncio.Task[None]] = {}  # what runs, and reads what it says
        self._waiting: dict[int, tuple[asyncio.subprocess.Process, asyncio.Future[Any]]] = {}
        self._numbers = itertools.count(1)
        self._starting = asyncio.Lock()
        self._unused: asyncio.TimerHandle | None = None

    @property
    def pid(self) -> int | None:
        """Of the first that takes secrets."""
        return next((process.pid for process in self._at_work), None)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    async def hash(self, secret: str) -> str:
        hashed: str = await self._ask(secret, None)
        return hashed

    async def verify(self, hashed: str, secret: str) -> bool:
        return bool(await self._ask(secret, hashed))

    async def _ask(self, secret: str, hashed: str | None) -> Any:
        self._is_used()
        self.given += 1
        process, number = await self._free(), next(self._numbers)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = process, answer
        self._at_work[process] += 1
        try:
            assert process.stdin is not None
            asked = (number, secret, hashed, self.cost.passes, self.cost.memory_kib)
            process.stdin.write(orjson.dumps(asked) + b"\n")
            return await answer
        finally:
            self._waiting.pop(number, None)
            if process in self._at_work:
                self._at_work[process] -= 1
            if not self._waiting:
                self._is_used()
                self._unused = asyncio.get_running_loop().call_later(HASHING_UNUSED_S_MAX, self.let_go)

    async def _free(self) -> asyncio.subprocess.Process:
        """The one with the least to do; another one, while all have some and there may be more."""
        async with self._starting:
            least = min(self._at_work, key=self._at_work.__getitem__, default=None)
            if least is None or (self._at_work[least] and len(self._at_work) < self._processes):
                return await self._start()
            return least

    def _is_used(self) -> None:
        if self._unused is not None:
            self._unused.cancel()

    def let_go(self) -> None:
        """Let the processes end once they have hashed what they were given."""
        self._is_used()
        at_work, self._at_work = self._at_work, {}
        for process in at_work:
            if process.stdin is not None:
                process.stdin.close()

    async def close(self) -> None:
        """End them at once; what is not hashed yet is hashed another time."""
        self.let_go()
        running = [*self._running.values()]
        for process in self._running:
            with suppress(ProcessLookupError):
                process.kill()
        await asyncio.gather(*running)

    async def _start(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "engine.hashing", str(self._niceness)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for whoever started us
        )
        self._at_work[process] = 0
        self._running[process] = asyncio.create_task(self._read(process))
        return process

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            number, answered = orjson.loads(line)
            _, answer = self._waiting.get(number, (process, None))
            if answer is not None and not answer.done():
                answer.set_result(answered)
        await process.wait()
        del self._running[process]
        self._at_work.pop(process, None)
        for given_to, answer in self._waiting.values():
            if given_to is process and not answer.done():
                answer.set_exception(HashingEnded("the process that hashes has ended"))


def step_back(niceness: int) -> None:
    """Let other processes go first. Where Linux shares out processor time by session, that is said of the session."""
    os.nice(niceness)
    with suppress(OSError):
        SESSION.write_text(str(niceness))


def main(niceness: int) -> None:
    step_back(niceness)
    for line in sys.stdin.buffer:
        number, secret, hashed, passes, memory_kib = orjson.loads(line)
        cost = Cost(passes, memory_kib)
        answer = cost.hash(secret) if hashed is None else cost.verify(hashed, secret)
        sys.stdout.buffer.write(orjson.dumps((number, answer)) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main(int(sys.argv[1]))
