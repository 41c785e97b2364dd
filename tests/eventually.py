"""Waiting for a condition, with a bound."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

ValueT = TypeVar("ValueT")

WAIT_S_MAX = 30.0
LOOK_EVERY_S = 0.02


async def until(what: str, look: Callable[[], Awaitable[ValueT]], wait_s: float = WAIT_S_MAX) -> ValueT:
    """What `look` answers, once that is true."""
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + wait_s
    while not (found := await look()):
        if loop.time() > give_up_at:
            raise AssertionError(f"{what} did not come about in {wait_s:.0f} s")
        await asyncio.sleep(LOOK_EVERY_S)
    return found
