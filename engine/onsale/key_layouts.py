"""Key layouts: where the keys of a sale are, and how they come from one layout to the next.

Guarantees: a sale has one layout at a time, since its keys get their new names in one step; who asks the old ones is
answered `lost`, and looks where the sale is. Sales come to the newest layout once no older release may run, one after
the other. A step that was cut short is repeated harmlessly. Fails as the stores do; the next step goes on.
"""

from __future__ import annotations

import logging
from typing import Any

import asyncpg

from engine import limits
from engine.onsale.records import Records
from engine.stores import keys
from engine.stores.keys import SaleKeys, rebuild_key
from engine.stores.lease import Lease
from engine.stores.redis import RedisClient
from engine.stores.scripts import call, script
from engine.stores.standing import older_may_run

log = logging.getLogger(__name__)

LEASE_MS = 10_000


async def locate(client: RedisClient, sale_id: str) -> str | None:
    """The layout in which Redis has the sale, or at least the places of one that was put away; None if in none."""
    pipeline: Any = client.pipeline(transaction=True)
    for layout in keys.LAYOUTS:
        for name in ("sale", "places"):
            pipeline.exists(SaleKeys(sale_id, layout).key(name))
    found: list[int] = await pipeline.execute()
    for which in (found[::2], found[1::2]):
        if any(which):
            return keys.LAYOUTS[which.index(1)]
    return None


async def bring(client: RedisClient, sale_id: str, layout: str) -> None:
    """Give all that Redis has of the sale the names of this layout; the caller has the lease of rebuilds."""
    there = SaleKeys(sale_id, layout).every()
    for other in keys.LAYOUTS:
        if other != layout:
            here = SaleKeys(sale_id, other).every()
            pairs = [key for pair in zip(here, there, strict=True) for key in pair]
            await call(client, script("stores/keys_move"), pairs, ())


class KeyLayouts:
    """`step` is a worker's."""

    def __init__(self, client: RedisClient, db: asyncpg.Pool) -> None:
        self._client = client
        self._db = db
        self._records = Records(db)

    async def step(self) -> int:
        """Bring some sales to the newest layout; answers how many."""
        *older, newest = keys.LAYOUTS
        sales = await self._records.laid_out_as(older, limits.SALES_LAID_OUT_MAX) if older else []
        if not sales:
            return 0
        async with self._db.acquire() as connection:
            if await older_may_run(connection):
                return 0
        for sale_id in sales:
            await self.lay_out(sale_id, newest)
        return len(sales)

    async def lay_out(self, sale_id: str, layout: str) -> None:
        """Bring one sale to a layout, whatever goes on in it."""
        async with Lease(self._client, rebuild_key(sale_id), LEASE_MS):
            await bring(self._client, sale_id, layout)
            await self._records.write_key_layout(sale_id, layout)
        log.info("the keys of sale %s have the layout %s", sale_id, layout)
