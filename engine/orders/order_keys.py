"""Order keys: what a buyer chooses to open the order with. Sealed while a cart is filled, an argon2id hash afterwards.

Guarantees: choosing a key costs microseconds; argon2 runs in threads of low priority, and to hash, in a process
of its own, so that it never holds up the loop; checking takes the time of one hash whether the order
is unknown, sealed or hashed; beyond a bounded queue it is refused as busy. A key that can't be unsealed fits nothing.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from engine.access import Sealer, is_sealed
from engine.hashing import HASHER, Hashing
from engine.limits import ORDER_KEYS_WAITING_MAX
from engine.refusals import Code, RefusalError

Answer = TypeVar("Answer")

log = logging.getLogger(__name__)

OPENING_NICENESS = 5  # on Linux each thread has its own niceness: requests go first


@dataclass(frozen=True, slots=True)
class KeptKey:
    """The stored form of an order's key, and the cart it was chosen in."""

    sale: str
    cart: str
    text: str


class OrderKeys:
    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._opening = _threads("order-key", OPENING_NICENESS)
        self._hashing = Hashing()
        self._waiting = 0

    async def close(self) -> None:
        self._opening.shutdown(wait=False, cancel_futures=True)
        await self._hashing.close()

    def seal(self, sale: str, cart: str, key: str) -> str:
        """The key as it is kept until its order is paid for and hashed."""
        return self._sealer.seal(key, _belongs_to(sale, cart))

    async def hash_of(self, kept: KeptKey) -> str | None:
        """What to keep instead of a sealed key; None when it can't be unsealed."""
        key = self._sealer.unseal(kept.text, _belongs_to(kept.sale, kept.cart))
        if key is None:
            return None
        return await self._hashing.hash(key)

    async def fits(self, key: str, kept: KeptKey | None) -> bool:
        """Whether the key opens; None for an order that does not exist or has no key takes as long to say no."""
        if self._waiting >= ORDER_KEYS_WAITING_MAX:
            raise RefusalError(Code.BUSY)
        self._waiting += 1
        try:
            if kept is None or is_sealed(kept.text):
                fits = kept is not None and self._is_sealed_in(key, kept)
                await self._in_thread(partial(self._verifies, HASHER.of_nobody(), key))
                return fits
            return await self._in_thread(partial(self._verifies, kept.text, key))
        finally:
            self._waiting -= 1

    def _is_sealed_in(self, key: str, kept: KeptKey) -> bool:
        sealed = self._sealer.unseal(kept.text, _belongs_to(kept.sale, kept.cart))
        if sealed is None:
            log.warning("the key of cart %s can't be unsealed: was the key that seals it retired?", kept.cart)
            return False
        return hmac.compare_digest(sealed.encode(), key.encode())

    def _verifies(self, key_hash: str, key: str) -> bool:
        return HASHER.verify(key_hash, key)

    async def _in_thread(self, does: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._opening, does)


def _belongs_to(sale: str, cart: str) -> str:
    return f"{sale}|{cart}"


def _threads(name: str, niceness: int) -> ThreadPoolExecutor:
    """One thread per core, started when there is something to do."""
    return ThreadPoolExecutor(os.cpu_count() or 1, name, initializer=partial(_step_back, niceness))


def _step_back(niceness: int) -> None:
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
