"""Waits until something holds, with a bound; nothing is taken for true because time has passed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

WAIT_S_MAX = 45.0
LOOK_EVERY_S = 0.05

ValueT = TypeVar("ValueT")


async def until(what: str, look: Callable[[], Awaitable[ValueT]], wait_s: float = WAIT_S_MAX) -> ValueT:
    """The first true value that `look` gives; an AssertionError when there is none for too long."""
    clock = asyncio.get_running_loop()
    end = clock.time() + wait_s
    while True:
        found = await look()
        if found:
            return found
        assert clock.time() < end, f"waited too long for {what}; the last look gave {found!r}"
        await asyncio.sleep(LOOK_EVERY_S)
