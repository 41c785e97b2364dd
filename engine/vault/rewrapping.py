"""Rewrapping: after a rotation of the keyring's purpose `vault`, every data key is wrapped by the new key.

Guarantees: a step is bounded and may be repeated, cut short or run twice at once; a person stays readable throughout;
whose data key can't be unwrapped stays as it is, and keeps nobody else from it.
"""

from __future__ import annotations

import logging

import asyncpg

from engine.limits import REWRAPS_PER_STEP_MAX, REWRAPS_PER_WRITE
from engine.vault import sql
from engine.vault.vault import Vault, locked

log = logging.getLogger(__name__)


class Rewrapping:
    def __init__(self, db: asyncpg.Pool, vault: Vault) -> None:
        self._db = db
        self._vault = vault
        self._strange: set[str] = set()  # who can't be unwrapped; told of once

    async def step(self) -> int:
        """Rewrap for a while; answers how many."""
        count = 0
        while count < REWRAPS_PER_STEP_MAX:
            done = await self._some()
            count += done
            if done == 0:
                break
        return count

    async def due_s(self) -> float | None:
        """None when every data key is wrapped by the key that wraps now, or can't be unwrapped."""
        left = await self._db.fetchval(sql.COUNT_WRAPPED_BEFORE, self._vault.sealer.signing)
        return 0.0 if left > len(self._strange) else None

    async def _some(self) -> int:
        sealer = self._vault.sealer
        async with self._db.acquire() as connection, connection.transaction():
            signing = sealer.signing
            rows = await connection.fetch(sql.WRAPPED_BEFORE, signing, list(self._strange), REWRAPS_PER_WRITE)
            anew = []
            for row in map(locked, rows):
                rewrapped = sealer.rewrapped(row)
                if rewrapped is None:
                    self._strange.add(row.person)
                    log.error(
                        "person %s can't be unwrapped: their key of the keyring is gone, or their row was changed",
                        row.person,
                    )
                else:
                    anew.append(rewrapped)
            if anew:
                await connection.execute(
                    sql.REWRAP, anew[0].ring_key, [row.person for row in anew], [row.data_key for row in anew]
                )
        return len(anew)

    async def by_key(self) -> dict[int, int]:
        """How many people's data keys each key of the keyring wraps."""
        return {row["ring_key"]: row["people"] for row in await self._db.fetch(sql.COUNT_BY_KEY)}
