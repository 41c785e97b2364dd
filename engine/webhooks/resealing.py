"""Resealing: the secrets of webhooks are sealed anew once another key seals, so that the one before can go.

Guarantees: a step is bounded, may be repeated, and may run twice at once. What can't be unsealed stays as it is.
"""

from __future__ import annotations

import asyncpg

from engine.access import Sealer
from engine.limits import WEBHOOKS_RESEALED_PER_STEP_MAX
from engine.webhooks import sql


class Resealing:
    def __init__(self, db: asyncpg.Pool, sealer: Sealer) -> None:
        self._db = db
        self._sealer = sealer
        self._after = ""

    async def step(self) -> int:
        """Look at some webhooks; answers how many were sealed anew."""
        if not self._sealer.names_keys:
            return 0
        rows = await self._db.fetch(
            sql.SEALED_OTHERWISE, self._after, self._sealer.prefix, WEBHOOKS_RESEALED_PER_STEP_MAX
        )
        done = 0
        for row in rows:
            secret = self._sealer.unseal(row["secret"], row["id"])
            if secret is not None:
                await self._db.execute(sql.SEAL_ANEW, row["id"], row["secret"], self._sealer.seal(secret, row["id"]))
                done += 1
        # Those that can't be unsealed are passed over, and looked at again from the beginning.
        self._after = rows[-1]["id"] if rows else ""
        return done
