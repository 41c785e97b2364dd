"""Leases in Redis: of any number of workers, one at a time owns a job.

Guarantees that two owners overlap by clock drift at most, as long as Redis keeps its data. Work that must not run twice
still needs its own guard. A lost lease cancels the work and raises LeaseLost.
"""

import asyncio
import contextlib
import secrets
from types import TracebackType
from typing import NoReturn, Self

from redis.exceptions import RedisError

from engine.stores.redis import RedisClient
from engine.stores.scripts import call, script

TAKE_EVERY_S = 0.25


class LeaseLost(Exception):
    """The lease ended while the work went on: Redis was away too long, or lost it."""


class Lease:
    """`async with Lease(...)` waits for the lease, renews it, and gives it back."""

    def __init__(self, client: RedisClient, key: str, hold_ms: int, take_every_s: float = TAKE_EVERY_S) -> None:
        self._client = client
        self._key = key
        self._hold_ms = hold_ms
        self._take_every_s = take_every_s
        self._token = secrets.token_hex(16)
        self._lasts_until = 0.0
        self._renewing: asyncio.Task[None] | None = None
        self._lost = False

    async def take(self) -> bool:
        """Take the lease if it is free."""
        asked_at = asyncio.get_running_loop().time()
        taken = await call(self._client, script("stores/lease_take"), [self._key], (self._token, self._hold_ms))
        if taken:
            self._lasts_until = asked_at + self._hold_ms / 1000
        return bool(taken)

    async def renew(self) -> bool:
        """Make it last `hold_ms` from now; False when it is somebody else's by now."""
        asked_at = asyncio.get_running_loop().time()
        arguments = (self._token, self._hold_ms)
        kept = await call(self._client, script("stores/lease_renew"), [self._key], arguments)
        if kept:
            self._lasts_until = asked_at + self._hold_ms / 1000
        return bool(kept)

    async def release(self) -> None:
        """Give it back; one that is not ours any more stays as it is."""
        await call(self._client, script("stores/lease_release"), [self._key], (self._token,))

    async def __aenter__(self) -> Self:
        while True:
            if await self._try_to_take():
                break
            await asyncio.sleep(self._take_every_s)
        owner = asyncio.current_task()
        assert owner is not None, "a lease is held by a task"
        self._lost = False
        self._renewing = asyncio.create_task(self._keep(owner), name=f"lease {self._key}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._renewing is not None, "entered before it is left"
        self._renewing.cancel()
        if self._lost:
            await self._end_lost(error)
        await asyncio.wait([self._renewing])
        # When Redis is away the lease ends by itself.
        with contextlib.suppress(RedisError, OSError):
            await self.release()

    async def _end_lost(self, error: BaseException | None) -> NoReturn:
        """Turn the cancellation from `_keep` into LeaseLost; a cancellation from outside stays one."""
        owner = asyncio.current_task()
        assert owner is not None, "a lease is held by a task"
        if not isinstance(error, asyncio.CancelledError):
            # The work ended at that very moment: swallow the cancellation that is on its way.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0)
        if owner.uncancel() > 0:
            raise asyncio.CancelledError
        raise LeaseLost(self._key) from error

    async def _try_to_take(self) -> bool:
        try:
            return await self.take()
        except (RedisError, OSError):
            return False

    async def _keep(self, owner: asyncio.Task[object]) -> None:
        """Renew three times per `hold_ms`; when the lease has ended, stop the owner's work."""
        loop = asyncio.get_running_loop()
        pause_s = self._hold_ms / 3000
        while True:
            await asyncio.sleep(pause_s)
            try:
                async with asyncio.timeout_at(self._lasts_until):
                    kept = await self.renew()
            except (RedisError, OSError):
                kept = loop.time() < self._lasts_until - pause_s
            if not kept:
                self._lost = True
                owner.cancel()
                return
