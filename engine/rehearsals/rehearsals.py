"""Shadow sales: copied from a real one, steered, kept as long as somebody prolongs them, then removed completely.

Owns: how long a shadow sale lasts, and its end. Guarantees: nothing here can change a real sale; a rehearsal whose
process died is removed by the next worker or rehearsal that looks. Fails as the stores do; a removal may be repeated.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

import asyncpg

from engine.audit import Actor, write
from engine.catalog import (
    copy_sale,
    delete_shadow,
    open_shadow_at,
    prolong_shadow,
    retire_shadow,
    set_shadow_room,
    shadow_left_s,
    shadows_left,
)
from engine.catalog.model import RoomPlan
from engine.ids import new_sale_id
from engine.limits import REHEARSAL_LASTS_S
from engine.onsale import Onsale
from engine.orders import Orders

log = logging.getLogger(__name__)

SETTLE_S_MAX = 20.0
LOOK_AGAIN_S = 0.2

Converge = Callable[[str], Awaitable[None]]


class Rehearsals:
    def __init__(self, db: asyncpg.Pool, onsale: Onsale, orders: Orders, converge: Converge) -> None:
        """`converge(sale_id)` brings the live side of a sale to what is stored."""
        self._db = db
        self._onsale = onsale
        self._orders = orders
        self._converge = converge

    async def make(self, by: Actor, sale_id: str, open_room: RoomPlan) -> str | None:
        """The shadow of a sale: its configuration under an id of its own, unsold, with its lobby open.

        `open_room` is for a sale without a room. It lasts REHEARSAL_LASTS_S unless it is prolonged. None when there is
        no such sale of an event: promos and rehearsals are not rehearsed.
        """
        shadow = new_sale_id()
        async with self._db.acquire() as connection, connection.transaction():
            organizer = await copy_sale(connection, sale_id, shadow, open_room=open_room, lasts_s=REHEARSAL_LASTS_S)
            if organizer is None:
                return None
            await write(connection, by.of(organizer), "sale.rehearse", sale_id)
        await self._converge(shadow)
        return shadow

    async def open_at(self, shadow: str, at: datetime) -> None:
        """Say when the shadow sale opens; its phases follow from that."""
        await open_shadow_at(self._db, shadow, at)
        await self._converge(shadow)

    async def set_room(self, shadow: str, room: RoomPlan) -> None:
        """Another limit and pace from now on."""
        await set_shadow_room(self._db, shadow, room)
        await self._converge(shadow)

    async def prolong(self, shadow: str) -> None:
        """Somebody is still there: keep it for REHEARSAL_LASTS_S from now."""
        await prolong_shadow(self._db, shadow, REHEARSAL_LASTS_S)

    async def remove(self, shadow: str) -> None:
        """Delete everything of a shadow sale in both stores, once what is being paid has come to its end."""
        await self._remove(shadow, in_use=True, settle_s=SETTLE_S_MAX)

    async def remove_left(self) -> int:
        """Remove what rehearsals that died have left behind; answers how many there were."""
        left = await shadows_left(self._db)
        return sum([await self._remove(shadow, in_use=False, settle_s=0.0) for shadow in left])

    async def due_s(self) -> float | None:
        """Seconds until the next rehearsal runs out; None when there is none."""
        return await shadow_left_s(self._db)

    async def _remove(self, shadow: str, *, in_use: bool, settle_s: float) -> bool:
        for _ in range(int(settle_s / LOOK_AGAIN_S)):
            if not await self._orders.rehearsed.paying(shadow):
                break
            await asyncio.sleep(LOOK_AGAIN_S)
        retired = await retire_shadow(self._db, shadow, in_use=in_use)
        if retired is None:
            return False
        if not in_use and not retired.long_over and await self._orders.rehearsed.paying(shadow):
            return False  # let the finisher end them first; the next step comes back
        while await self._orders.rehearsed.forget_some(shadow):  # most of it, so that the end is short
            pass
        async with self._onsale.forgotten(shadow), self._db.acquire() as connection, connection.transaction():
            await self._orders.rehearsed.forget(shadow, connection)
            await delete_shadow(connection, shadow)
        log.info("the rehearsal %s is removed", shadow)
        return True
