"""How often Python collects garbage in a process with tens of thousands of live objects.

Owns: the collector's settings, made once when a process has started. Reference counting frees nearly all; the collector
only has to find cycles, and by default it goes through every live object again and again while sockets come.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable

# By default 700, 10, 10. A young generation of this size is looked through in a few milliseconds.
YOUNG_OBJECTS = 50_000
YOUNG_PER_MIDDLE = 20
MIDDLE_PER_OLD = 50
# With these settings full collections hardly ever happen. A process with few sockets can afford one: some 20 ms.
SWEEP_EVERY_S = 300.0
SWEEP_SOCKETS_MAX = 1_000


def settle() -> None:
    """Freeze what start-up allocated: it lives as long as the process, and need not be scanned."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, YOUNG_PER_MIDDLE, MIDDLE_PER_OLD)
    gc.enable()


def sweep(sockets: int) -> None:
    """Free the cycles that libraries leave, unless many sockets are open: then it can wait."""
    if sockets <= SWEEP_SOCKETS_MAX:
        gc.collect()


async def pulse(sockets: Callable[[], int]) -> None:
    """Run for ever: sweep now and then."""
    while True:
        await asyncio.sleep(SWEEP_EVERY_S)
        sweep(sockets())
