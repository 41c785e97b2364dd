"""KeyHashing: replaces sealed order keys by their argon2id hashes, in the background.

Guarantees: an order opens with its key before, during and after; a key that was chosen anew meanwhile stays; a step is
bounded and may be repeated or run twice at once. What can't be unsealed stays as it is: the right secret may come back.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg

from engine.limits import KEYS_HASHED_STEP_S_MAX
from engine.orders import sql
from engine.orders.order_keys import KeptKey, OrderKeys

log = logging.getLogger(__name__)

KEYS_PER_BATCH = 32
STRANGE_AGAIN_S = 600.0
BEGINNING = (datetime(1970, 1, 1, tzinfo=UTC), "")


class KeyHashing:
    def __init__(self, db: asyncpg.Pool, order_keys: OrderKeys) -> None:
        self._db = db
        self._order_keys = order_keys
        self._after = BEGINNING
        self._strange = 0  # keys of this pass that can't be unsealed
        self._again_at = 0.0  # when to look at them again

    async def step(self) -> int:
        """Hash for a while, the oldest first; answers how many."""
        until = time.monotonic() + KEYS_HASHED_STEP_S_MAX
        hashed = 0
        while True:
            rows = await self._db.fetch(sql.READ_SEALED, *self._after, KEYS_PER_BATCH)
            hashed += await self._hash(rows)
            if rows:
                self._after = (rows[-1]["placed_at"], rows[-1]["id"])
            if len(rows) < KEYS_PER_BATCH:
                self._end_pass(time.monotonic())
                return hashed
            if time.monotonic() >= until:
                return hashed

    async def due_s(self) -> float | None:
        """None when no key is sealed."""
        return 0.0 if await self._db.fetchval(sql.SEALED_LEFT) else None

    async def _hash(self, rows: list[asyncpg.Record]) -> int:
        kept = [KeptKey(row["sale_id"], row["cart_id"], row["key_hash"]) for row in rows]
        hashes = await asyncio.gather(*(self._order_keys.hash_of(each) for each in kept))
        done = [(row, key_hash) for row, key_hash in zip(rows, hashes, strict=True) if key_hash is not None]
        written = await self._keep(done) if done else 0
        self._strange += len(rows) - len(done)
        return written

    async def _keep(self, hashed: Sequence[tuple[asyncpg.Record, str]]) -> int:
        async with self._db.acquire() as connection, connection.transaction():
            await connection.execute(sql.BY_INDEX)
            done = await connection.execute(
                sql.KEEP_HASHES,
                [row["sale_id"] for row, _ in hashed],
                [row["id"] for row, _ in hashed],
                [row["key_hash"] for row, _ in hashed],
                [key_hash for _, key_hash in hashed],
            )
        return int(done.split()[-1])

    def _end_pass(self, now: float) -> None:
        """Begin anew; but what can't be unsealed is passed over for a while, and told of once."""
        if self._strange and not self._again_at:
            log.warning(
                "the keys of %d orders can't be unsealed, so nobody can open these orders with theirs: "
                "was the key that seals them retired?",
                self._strange,
            )
            self._again_at = now + STRANGE_AGAIN_S
        if now >= self._again_at:
            self._after, self._strange, self._again_at = BEGINNING, 0, 0.0
