"""Press: draws the tickets of letters in a process of its own, at low priority: whoever holds seats or pays goes first.

Owns the process, which starts with the first ticket and ends when its input does, also when whoever started it is
killed. Fails with PressEnded when it dies; the next ticket starts another.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson

from engine.hashing import step_back
from server.pages.ticket_paper import tickets_pdf

NICENESS = 5  # before the hashing of keys, which nobody waits for
ANSWER_BYTES_MAX = 1 << 25


class PressEnded(Exception):
    """The process that draws is gone."""


class NotDrawn(Exception):
    """An order that can't be drawn."""


class Press:
    """Our ends of the pipes: a line for each order goes in, its document comes out."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[bytes | None]] = {}
        self._numbers = itertools.count(1)
        self._starting = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def tickets(self, data: Mapping[str, Any]) -> bytes | None:
        """As `tickets_pdf` draws them."""
        async with self._starting:
            process = self._process or await self._start()
        number, answer = next(self._numbers), asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            assert process.stdin is not None
            process.stdin.write(orjson.dumps((number, data)) + b"\n")
            drawn: bytes | None = await answer
            return drawn
        finally:
            self._waiting.pop(number, None)

    async def close(self) -> None:
        """End it at once; what is not drawn yet is drawn another time."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
        if self._reading is not None:
            await self._reading

    async def _start(self) -> asyncio.subprocess.Process:
        process = self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server.pages.press"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=ANSWER_BYTES_MAX,
            start_new_session=True,  # Ctrl-C is for whoever started us
        )
        self._reading = asyncio.create_task(self._read(process), name="press")
        return process

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            number, drawn, fault = orjson.loads(line)
            answer = self._waiting.get(number)
            if answer is None or answer.done():
                continue
            if fault:
                answer.set_exception(NotDrawn(fault))
            else:
                answer.set_result(None if drawn is None else b64decode(drawn))
        await process.wait()
        self._process = None
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(PressEnded("the process that draws tickets has ended"))


def drawn_of(data: Mapping[str, Any]) -> tuple[str | None, str]:
    """The document for a line of text, and what went wrong: that is one order's alone."""
    try:
        drawn = tickets_pdf(data)
    except (LookupError, TypeError, AttributeError, ArithmeticError) as fault:
        return None, repr(fault)
    return None if drawn is None else b64encode(drawn).decode(), ""


def main() -> None:
    step_back(NICENESS)
    for line in sys.stdin.buffer:
        number, data = orjson.loads(line)
        sys.stdout.buffer.write(orjson.dumps((number, *drawn_of(data))) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main()
