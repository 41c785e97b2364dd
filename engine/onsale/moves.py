"""Moves: which sales somebody did something in lately, noted in Redis by whoever asked, read by the jobs that follow.

Guarantees: nobody waits for a note. It is a hint only: one that is lost, or was never written, is found by the keeper's
sweep. A process notes the same sale once in NOTE_EVERY_S, and the keeper stays with a sale for longer than that.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from engine import limits
from engine.ending import end
from engine.onsale.calls import Clock
from engine.onsale.rounds import is_no_answer
from engine.stores.keys import moves_key
from engine.stores.redis import RedisClient
from engine.stores.scripts import call, pack, script

log = logging.getLogger(__name__)

NOTE_EVERY_S = 5.0
AGAIN_AFTER_S = 0.5
MOVES_AFTER_NOTE_S = 3 * NOTE_EVERY_S
FORGET_AFTER_MS = limits.ENDED_CART_KEPT_MS + 60_000  # how a cart ended is told until then


class Moves:
    """One per process."""

    def __init__(self, client: RedisClient, clock: Clock | None = None) -> None:
        self._client = client
        self._clock = clock
        self._noted_at: dict[str, float] = {}
        self._waiting: set[str] = set()
        self._noting: asyncio.Task[None] | None = None
        self._again: asyncio.TimerHandle | None = None
        self._read_to = 0.0
        self._last_read: set[tuple[bytes, float]] = set()

    # ── whoever asks something of a sale ──

    def note(self, sale_id: str) -> None:
        """Something was done in this sale."""
        now = self._clock() / 1000 if self._clock else time.monotonic()
        if now - self._noted_at.get(sale_id, -NOTE_EVERY_S) < NOTE_EVERY_S:
            return
        if len(self._noted_at) >= limits.SALES_NOTED_MAX:
            self._noted_at.clear()
        self._noted_at[sale_id] = now
        self._waiting.add(sale_id)
        self._begin()

    def _begin(self) -> None:
        if self._waiting and self._noting is None:
            self._noting = asyncio.create_task(self._write(), name="notes of moves")

    async def _write(self) -> None:
        try:
            while self._waiting:
                sales, self._waiting = self._waiting, set()
                arguments = (pack([*sales]), FORGET_AFTER_MS)
                try:
                    await call(self._client, script("stores/moves_note"), [moves_key()], arguments)
                except Exception as error:  # nobody waits for the answer; the sweep finds what stays unnoted
                    if not is_no_answer(error):
                        log.exception("moves of %d sales could not be noted", len(sales))
                        return
                    self._waiting |= sales
                    self._again = asyncio.get_running_loop().call_later(AGAIN_AFTER_S, self._begin)
                    return
        finally:
            self._noting = None

    async def drained(self) -> None:
        """Wait until all is noted, or Redis did not answer."""
        if self._noting is not None:
            await asyncio.wait([self._noting])

    async def close(self) -> None:
        if self._again is not None:
            self._again.cancel()
        await end([self._noting])

    # ── jobs ──

    async def news(self) -> list[str]:
        """Sales noted since the last time; those that this process notes just now among them."""
        await self.drained()
        asked: Any = self._client.zrange(moves_key(), int(self._read_to), "+inf", byscore=True, withscores=True)
        found: list[tuple[bytes, float]] = await asked
        news = [sale.decode() for sale, at in found if (sale, at) not in self._last_read]
        if found:
            self._read_to = found[-1][1]
            self._last_read = {(sale, at) for sale, at in found if at == self._read_to}
        return news

    async def lately(self, within_ms: int) -> list[str]:
        """Sales noted within such a time."""
        await self.drained()
        found: list[bytes] = await call(self._client, script("stores/moves_lately"), [moves_key()], (within_ms,))
        return [sale.decode() for sale in found]

    async def begin_again(self) -> None:
        """Start over: if the clock of Redis went back, new notes carry earlier times than those already read."""
        asked: Any = self._client.zrange(moves_key(), -1, -1, withscores=True)
        newest: list[tuple[bytes, float]] = await asked
        if not newest or newest[0][1] < self._read_to:
            self._read_to, self._last_read = 0.0, set()


class SinceLast:
    """For a job that looks at the sales that moved since its last run; at first at all that are noted."""

    def __init__(self, moves: Moves, clock: Callable[[], float] = time.monotonic) -> None:
        self._moves = moves
        self._clock = clock
        self._asked_at = 0.0
        self._looked_at: float | None = None

    async def sales(self) -> list[str]:
        """The keeper notes a sale with carts again and again, and a process notes one before its last moves."""
        now, before = self._clock(), self._looked_at
        within_ms = FORGET_AFTER_MS if before is None else int((now - before + MOVES_AFTER_NOTE_S) * 1000)
        self._asked_at = now
        return await self._moves.lately(within_ms)

    def done(self) -> None:
        """The job has looked at all of them; after an interrupted look they come again."""
        self._looked_at = self._asked_at
