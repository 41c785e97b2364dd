"""Live counts of a window for dashboards: totals, and the same per minute.

Derived, in Redis, kept for a week; what was notified, delivered or bought is counted again from Postgres when asked
for durably (engine/promos/verify.py compares).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import cast

from engine.limits import PROMO_COUNTS_KEPT_S
from engine.segments import Audience

COUNTS = ("eligible", "notified", "live", "push", "email", "sms", "failed", "lapsed", "delivered", "opened", "viewed")


class Counts:
    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self._redis = audience.redis
        self._keys = audience.keys

    async def put(self, window: int, name: str, value: int) -> None:
        key = self._keys.window(window)
        await self._redis.hset(key, name, value)
        await self._redis.expire(key, PROMO_COUNTS_KEPT_S)

    async def add(self, window: int, more: Mapping[str, int]) -> None:
        """Count on, in all and in this minute."""
        key, minute = self._keys.window(window), int(time.time()) // 60
        pipe = self._redis.pipeline(transaction=False)
        for name, count in more.items():
            if count:
                pipe.hincrby(key, name, count)
                pipe.hincrby(key, f"{minute}:{name}", count)
        pipe.expire(key, PROMO_COUNTS_KEPT_S)
        await pipe.execute()

    async def viewed(self, window: int, numbers: Sequence[int]) -> None:
        """Persons were shown the window; each is counted once."""
        key = self._keys.viewed(window)
        fresh = await self._audience.put_bits({key: (numbers, ())})
        if fresh:
            await self.add(window, {"viewed": fresh})
            await self._redis.expire(key, PROMO_COUNTS_KEPT_S)

    async def totals(self, window: int) -> dict[str, int]:
        known = await self._read(window)
        return {name: known.get(name, 0) for name in COUNTS}

    async def per_minute(self, window: int) -> dict[int, dict[str, int]]:
        """Minute since 1970 → what was counted in it."""
        found: dict[int, dict[str, int]] = {}
        for name, count in (await self._read(window)).items():
            minute, colon, what = name.partition(":")
            if colon:
                found.setdefault(int(minute), {})[what] = count
        return dict(sorted(found.items()))

    async def _read(self, window: int) -> dict[str, int]:
        known = cast("dict[bytes, bytes]", await self._redis.hgetall(self._keys.window(window)))
        return {name.decode(): int(count) for name, count in known.items()}
