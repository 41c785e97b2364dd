"""Rates by address: a bucket per address, bounded in number, for what a stranger could otherwise try for ever."""

from __future__ import annotations

import time
from collections import OrderedDict

from engine.limits import RATED_ADDRESSES_MAX


class AddressRate:
    """`burst` at once, refilled with `per_minute`. The least recently seen address is forgotten first."""

    def __init__(self, per_minute: int, burst: int) -> None:
        self._per_second = per_minute / 60
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allow(self, address: str) -> bool:
        now = time.monotonic()
        left, at = self._buckets.pop(address, (float(self._burst), now))
        left = min(self._burst, left + (now - at) * self._per_second)
        allowed = left >= 1
        self._buckets[address] = (left - 1 if allowed else left, now)
        if len(self._buckets) > RATED_ADDRESSES_MAX:
            self._buckets.popitem(last=False)
        return allowed
