"""Cancels tasks and makes sure that they end.

One cancellation can get lost: before Python 3.12 when the awaited thing finishes in the same instant, and in libraries
that turn a cancelled read into a lost connection. So tasks are cancelled until they have ended. A cancelled task also
holds its exception, whose frames hold the task: reading the exception breaks that cycle, which only a full garbage
collection would free, and a server rarely runs one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any

AGAIN_S = 0.2


async def end(tasks: Iterable[asyncio.Task[Any] | None]) -> None:
    """Cancel the tasks, again and again, until all have ended; their results and exceptions are dropped."""
    running = {task for task in tasks if task is not None and not task.done()}
    while running:
        for task in running:
            task.cancel()
        ended, running = await asyncio.wait(running, timeout=AGAIN_S)
        for task in ended:
            with contextlib.suppress(asyncio.CancelledError):
                task.exception()  # raises the CancelledError that the task held, and so drops it
