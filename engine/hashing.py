"""argon2id hashes of secrets that people chose, computed in a separate process, one after the other.

Owns: the parameters, and the process, which starts with the first secret and ends when it is not used. It runs at low
priority; a thread of low priority would hold the interpreter's lock while it waits for the processor. Fails with
HashingEnded when the process dies; the secrets are then given to a new one.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from contextlib import suppress

import orjson
from argon2 import PasswordHasher

from engine.limits import HASHING_UNUSED_S_MAX

# OWASP's first choice of parameters for argon2id with little memory: about 20 ms of one core.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
NICENESS = 10  # whoever holds seats or pays goes first; not more, or a machine that is never idle would never get there


class HashingEnded(Exception):
    """The process that hashes is gone."""


class Hashing:
    """Our end of the pipe: secrets go in as lines, hashes come out as they are ready."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._running: dict[asyncio.subprocess.Process, asyncio.Task[None]] = {}  # what runs, and reads what it says
        self._waiting: dict[int, tuple[asyncio.subprocess.Process, asyncio.Future[str]]] = {}
        self._numbers = itertools.count(1)
        self._starting = asyncio.Lock()
        self._unused: asyncio.TimerHandle | None = None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def hash(self, secret: str) -> str:
        self._is_used()
        async with self._starting:
            process = self._process or await self._start()
        number = next(self._numbers)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[number] = process, answer
        try:
            assert process.stdin is not None
            process.stdin.write(orjson.dumps((number, secret)) + b"\n")
            return await answer
        finally:
            self._waiting.pop(number, None)
            if not self._waiting:
                self._is_used()
                self._unused = asyncio.get_running_loop().call_later(HASHING_UNUSED_S_MAX, self.let_go)

    def _is_used(self) -> None:
        if self._unused is not None:
            self._unused.cancel()

    def let_go(self) -> None:
        """Let the process end once it has hashed what it was given."""
        self._is_used()
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()

    async def close(self) -> None:
        """End it at once; what is not hashed yet is hashed another time."""
        self.let_go()
        running = [*self._running.values()]
        for process in self._running:
            with suppress(ProcessLookupError):
                process.kill()
        await asyncio.gather(*running)

    async def _start(self) -> asyncio.subprocess.Process:
        process = self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "engine.hashing"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for whoever started us
        )
        self._running[process] = asyncio.create_task(self._read(process))
        return process

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            number, hashed = orjson.loads(line)
            _, answer = self._waiting.get(number, (process, None))
            if answer is not None and not answer.done():
                answer.set_result(hashed)
        await process.wait()
        del self._running[process]
        if self._process is process:
            self._process = None
        for given_to, answer in self._waiting.values():
            if given_to is process and not answer.done():
                answer.set_exception(HashingEnded("the process that hashes has ended"))


def main() -> None:
    os.nice(NICENESS)
    for line in sys.stdin.buffer:
        number, secret = orjson.loads(line)
        sys.stdout.buffer.write(orjson.dumps((number, HASHER.hash(secret))) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main()
