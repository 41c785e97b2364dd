"""Ending tasks for certain.

One cancellation may be lost: what a task waits for can end in the same instant, and then, before Python 3.12, or in a
library that turns a cancelled read into a lost connection, the task goes on as if nothing had been said.
A cancelled task keeps its last exception, whose frames keep the task and all it worked on: it is taken out, since only
a full collection would free such a cycle, and those are rare in a server.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any

AGAIN_S = 0.2


async def end(tasks: Iterable[asyncio.Task[Any] | None]) -> None:
    """Cancel the tasks, again and again, until all have ended; what they ended with is nobody's concern."""
    running = {task for task in tasks if task is not None and not task.done()}
    while running:
        for task in running:
            task.cancel()
        ended, running = await asyncio.wait(running, timeout=AGAIN_S)
        for task in ended:
            with contextlib.suppress(asyncio.CancelledError):
                task.exception()  # of a cancelled task it raises what the task kept, which is gone with it
