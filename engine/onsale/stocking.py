"""Stocking: what a sale has to sell changes while it runs; Redis follows Postgres, change by change.

Guarantees: each change is done in Redis once, in the order of its number, whoever leads it through and however often;
one that takes is settled in Postgres by what Redis said, and by nothing that was lost since. Where Redis does not
answer, changes stay to be led through.
"""

from __future__ import annotations

from typing import Any

import asyncpg

from engine.catalog import Allocations, Change, Missing
from engine.onsale.answers import flat_units, units_of
from engine.onsale.keeper import Keeper
from engine.onsale.onsale import Onsale
from engine.onsale.records import is_of_epoch
from engine.refusals import Code, Refused

TRIES = 4  # a sale may be rebuilt in between


class Stocking:
    def __init__(self, onsale: Onsale, keeper: Keeper) -> None:
        self._onsale = onsale
        self._keeper = keeper

    async def bring(self, changes: Allocations, sale_id: str) -> Refused | None:
        """Lead every change that Redis may not know through."""
        for _ in range(TRIES):
            for change in await changes.untold(sale_id):
                done = await self._lead(changes, sale_id, change)
                if isinstance(done, Refused):
                    return done
                if not done:
                    break  # begin again with what Postgres says by now
            else:
                return None
        return Refused(Code.UNAVAILABLE)

    async def _lead(self, changes: Allocations, sale_id: str, change: Change) -> bool | Refused:
        item: tuple[Any, ...] = (change.number, int(change.takes), list(change.seats), flat_units(change.units))
        item += (int(change.own),)
        if change.drawn is not None:
            item += ((change.drawn.buyer, change.drawn.cart, change.drawn.order),)
        verdict = await self._onsale.calls(sale_id).ask("stock_change", item)
        if isinstance(verdict, Refused):
            return verdict
        match verdict[0]:
            case "lost":
                return self._onsale.sale(sale_id).lost()
            case "behind":
                # Redis has lost a change that it had told of: it is written anew from what Postgres says.
                await self._keeper.rebuild(sale_id, verdict[1])
                return False
            case "done" | "kept" if change.takes:
                missing = None if verdict[0] == "done" else Missing(verdict[2], verdict[3], units_of(verdict[4]))

                async def stands(connection: asyncpg.Connection) -> bool:
                    return await is_of_epoch(connection, sale_id, verdict[1])

                return await changes.settle(sale_id, change.number, missing, stands)
            case _:
                await changes.told(sale_id, change.number)
                return True
