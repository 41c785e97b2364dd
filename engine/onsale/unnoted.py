"""Notes moves on behalf of servers of the release before, which don't note them themselves.

While that release may run, all live sales are asked where they stand, and noted when they went on or somebody shops
in them. Afterwards it does nothing. Fails as its stores do; the next step asks again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import asyncpg

from engine.onsale.keeper import wall_clock
from engine.onsale.onsale import Onsale
from engine.onsale.records import Records
from engine.onsale.sweep import Position, Sweep
from engine.stores.keys import SaleKeys
from engine.stores.standing import older_may_run


class Unnoted:
    def __init__(self, onsale: Onsale, db: asyncpg.Pool, now: Callable[[], datetime] = wall_clock) -> None:
        self._db = db
        self._now = now
        self._records = Records(db)
        self._moves = onsale.moves
        self._sweep = Sweep(onsale.client)
        self._stood: dict[str, Position | None] = {}
        self._over = False

    async def step(self) -> None:
        """Note what went on since the last step."""
        if self._over:
            return
        async with self._db.acquire() as connection:
            self._over = not await older_may_run(connection)
        live = {} if self._over else await self._records.live_layouts(self._now())
        positions = await self._sweep.positions([SaleKeys(*each) for each in live.items()])
        stand = dict(zip(live, positions, strict=True))
        for sale, position in stand.items():
            if position != self._stood.get(sale) or (position is not None and position.shopping):
                self._moves.note(sale)
        self._stood = stand
