"""What was read a moment ago, for whoever asks next.

Owns a bounded number of values by key; those that were read longest ago go first. Guarantees: one reading of a key at a
time, however many ask; none is older than `kept_s`. A reading that failed is tried again by whoever asks next; whoever
stops waiting leaves it to the others. Fails as `read` does.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    def __init__(
        self, what: str, read: Callable[[Key], Coroutine[Any, Any, Value]], *, kept_s: float, most: int
    ) -> None:
        """`what` is read, as tasks are called by."""
        self.kept_s = kept_s
        self._what = what
        self._read = read
        self._most = most
        self._readings: OrderedDict[Key, tuple[float, asyncio.Task[Value]]] = OrderedDict()

    def __len__(self) -> int:
        """How many keys are kept."""
        return len(self._readings)

    async def of(self, key: Key) -> Value:
        now = time.monotonic()
        until, reading = self._readings.get(key, (0.0, None))
        if reading is None or until < now or _failed(reading):
            reading = asyncio.get_running_loop().create_task(self._read(key), name=f"{self._what} {key}")
            self._readings[key] = now + self.kept_s, reading
            self._readings.move_to_end(key)
            if len(self._readings) > self._most:
                self._readings.popitem(last=False)
        return reading.result() if reading.done() else await asyncio.shield(reading)

    def forget(self, key: Key) -> None:
        """Read it anew when it is asked for next."""
        self._readings.pop(key, None)


def _failed(reading: asyncio.Task[Value]) -> bool:
    return reading.done() and (reading.cancelled() or reading.exception() is not None)
