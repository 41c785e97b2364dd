"""Rounds: looks that a job takes again and again beside its work.

Guarantees: a look whose store does not answer is awaited no longer than the caller's patience, is never started twice,
and is logged once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from redis.exceptions import ResponseError

from engine.ending import end
from engine.stores.batcher import store_is_away
from engine.stores.database import UNREACHABLE
from engine.stores.redis import is_away

log = logging.getLogger(__name__)


class Round:
    """`look`, at most once in `every_s`."""

    def __init__(self, what: str, every_s: float, look: Callable[[], Awaitable[None]]) -> None:
        self._what = what
        self._every_s = every_s
        self._look = look
        self._next_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._away = False

    def begin(self, instant: float) -> asyncio.Task[None] | None:
        """Start it when its time has come and the last one has ended."""
        if instant < self._next_at or (self._task is not None and not self._task.done()):
            return None
        self._next_at = instant + self._every_s
        self._task = asyncio.create_task(self._look_safely(), name=self._what)
        return self._task

    async def close(self) -> None:
        if self._task is not None:
            await end([self._task])

    async def _look_safely(self) -> None:
        try:
            await self._look()
            self._away = False
        except Exception as error:  # the others go on, and so does this one, next time
            if not is_no_answer(error):
                log.exception("%s failed", self._what)
            elif not self._away:
                self._away = True
                log.warning("%s: the store does not answer: %s", self._what, error)


def is_no_answer(error: Exception) -> bool:
    """Whether a store is away, rather than asked for something wrong."""
    if isinstance(error, UNREACHABLE) or store_is_away(error):
        return True
    return is_away(error) and not isinstance(error, ResponseError)


async def take(rounds: Sequence[Round], instant: float, patience_s: float | None) -> None:
    """Take those that are due, at the same time."""
    begun = [task for each in rounds if (task := each.begin(instant)) is not None]
    if begun:
        await asyncio.wait(begun, timeout=patience_s)
