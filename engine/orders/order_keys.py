"""Order keys: what a buyer chooses to open the order with, kept as argon2id hashes.

Guarantees: hashing runs in threads of low priority, one per core, so that it never holds up the loop or takes its core;
beyond a bounded queue it is refused as busy; checking against an unknown order costs the same as against a known one.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.refusals import Code, Refusal

# OWASP's first choice of parameters for argon2id with little memory: about 20 ms of one core.
MEMORY_KIB = 19_456
PASSES = 2
LANES = 1
WAITING_MAX = 200
# On Linux each thread has its own: whoever holds seats or pays goes first, hashing takes the time that is left.
NICENESS = 5


def _step_back() -> None:
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


class OrderKeys:
    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
        self._threads = ThreadPoolExecutor(os.cpu_count() or 1, "order-key", initializer=_step_back)
        self._waiting = 0
        self._of_nobody: str | None = None

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, key: str) -> str:
        return await self._in_thread(key, None)

    async def fits(self, key: str, key_hash: str | None) -> bool:
        """Whether the key opens; None for an order that does not exist or has no key takes as long to say no."""
        if self._of_nobody is None:
            self._of_nobody = await self._in_thread("nobody's key", None)
        return await self._in_thread(key, key_hash or self._of_nobody) == "fits" and key_hash is not None

    async def _in_thread(self, key: str, key_hash: str | None) -> str:
        if self._waiting >= WAITING_MAX:
            raise Refusal(Code.BUSY)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            if key_hash is None:
                return await loop.run_in_executor(self._threads, self._hasher.hash, key)
            return await loop.run_in_executor(self._threads, self._verdict, key, key_hash)
        finally:
            self._waiting -= 1

    def _verdict(self, key: str, key_hash: str) -> str:
        try:
            self._hasher.verify(key_hash, key)
        except (VerificationError, InvalidHashError):
            return ""
        return "fits"
