"""The promoter: prepares windows, activates them on time, claims notices once for everybody, and ends them.

One process at a time runs it, under a lease; any other goes on where it stopped. Guarantees: a window is activated
at one instant, whoever dies; it is over for the promoter once everybody eligible has a durable notice.
Fails with its stores; each step may be repeated.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from engine import limits
from engine.catalog import Catalog, WindowSale, is_window_sale, write_window_sale
from engine.catalog.model import SalePlan, SaleState
from engine.ids import new_sale_id
from engine.onsale import Onsale, UnknownSale
from engine.people import Point
from engine.promos import shelf_sql as q
from engine.promos.claims import Activation, AudienceLost, Claims
from engine.promos.counts import Counts
from engine.promos.model import POOL, TICKET_TYPE, Offered, StoreView
from engine.segments import Audience
from engine.stores.scripts import pack

log = logging.getLogger(__name__)

# Brings the live side of a sale to its plan; knows a new sale from a lost one.
Publish = Callable[[SalePlan], Awaitable[None]]
# Keys of bitmaps whose rules nobody has built yet.
Unbuilt = Callable[[], Awaitable[frozenset[str]]]

WINDOWS_PER_STEP = 100


class Promoter:
    def __init__(
        self,
        db: asyncpg.Pool,
        audience: Audience,
        claims: Claims,
        catalog: Catalog,
        onsale: Onsale,
        *,
        publish: Publish,
        unbuilt: Unbuilt,
    ) -> None:
        self._db = db
        self._audience = audience
        self._claims = claims
        self._catalog = catalog
        self._onsale = onsale
        self._publish = publish
        self._unbuilt = unbuilt
        self._counts = Counts(audience)
        self._shown = b""
        self._settled = False

    async def step(self) -> None:
        """Everything that is due now."""
        await self.prepare()
        await self.show()
        await self.activate()
        if await self.end():
            await self.show()

    async def due_s(self) -> float | None:
        """None when no window is open, or comes up soon."""
        soon_s = limits.PROMO_PREPARED_S + limits.PROMO_LOOKED_AHEAD_S
        return 0.0 if await self._db.fetchval(q.WINDOWS_NEAR, soon_s) else None

    # ── before ──

    async def prepare(self) -> int:
        """Give windows that open soon their sales."""
        rows = await self._db.fetch(q.TO_PREPARE, limits.PROMO_PREPARED_S, WINDOWS_PER_STEP)
        for row in rows:
            await self._prepare(row)
        return len(rows)

    async def _prepare(self, row: Any) -> None:
        async with self._db.acquire() as connection, connection.transaction():
            sale_id = await _sale_of_window(connection, row)
        plan = await self._catalog.plan(sale_id)
        if plan is None:
            raise UnknownSale(sale_id)
        await self._publish(plan)
        await self._db.execute(q.PREPARED, row["number"])

    # ── now ──

    async def activate(self) -> int:
        """Tell everybody whom windows that opened are for; answers how many windows are done."""
        rows = await self._db.fetch(q.TO_ACTIVATE, WINDOWS_PER_STEP)
        if not rows or not await self._audience.ready():
            return 0
        # A window may have opened since the last look; a server tells its sockets of nothing that is not shown yet.
        await self.show()
        # A worker before us may have died with claims that Postgres never saw.
        await self._claims.settle()
        unbuilt = await self._unbuilt()
        gate = asyncio.Semaphore(limits.PROMOS_ACTIVATED_AT_ONCE_MAX)

        async def one(row: Any) -> bool:
            async with gate:
                return await self._activate(row, unbuilt)

        return sum(await asyncio.gather(*map(one, rows)))

    async def _activate(self, row: Any, unbuilt: frozenset[str]) -> bool:
        await self._onsale.sale(row["sale_id"]).set_state(SaleState.OPEN)
        at = await self._db.fetchval(q.ACTIVATED, row["number"])
        if not unbuilt.isdisjoint(self._bitmaps_of(row)):
            return False  # an organizer's first promo, or a segment of its own: claimed as soon as they are built
        store = Point(row["latitude"], row["longitude"])
        activation = Activation(row["number"], store, row["radius_m"], tuple(row["segments"]), at, row["organizer_id"])
        try:
            claimed = await self._claims.run(activation)
        except AudienceLost:
            return False
        await self._db.execute(q.CLAIMED_ALL, row["number"])
        await self._counts.put(row["number"], "eligible", claimed.eligible)
        await self._counts.put(row["number"], "notified", await self._db.fetchval(q.NOTIFIED, row["number"]))
        log.info("window %d: %d eligible, %d told", row["number"], claimed.eligible, claimed.claimed)
        return True

    def _bitmaps_of(self, row: Any) -> list[str]:
        keys = self._audience.keys
        return [keys.told(row["organizer_id"]), *map(keys.segment, row["segments"])]

    # ── after ──

    async def end(self) -> int:
        """Windows whose time is over; their carts go on until their own deadlines."""
        rows = await self._db.fetch(q.TO_END)
        for row in rows:
            await self._onsale.sale(row["sale_id"]).set_state(SaleState.ENDED)
        if rows:
            await self._db.execute(q.END_PROMOS, [row["promo_id"] for row in rows])
        return len(rows)

    # ── what everybody sees ──

    async def show(self) -> None:
        """Put what is on offer where server processes read it, and wake them when it changed."""
        offered = [offered_of(row) for row in await self._db.fetch(q.OFFERED)]
        packed = pack([each.packed() for each in offered])
        keys, redis = self._audience.keys, self._audience.redis
        if packed == self._shown and await redis.exists(keys.offered):
            return
        await redis.set(keys.offered, packed)
        await redis.spublish(keys.feed, b"offered")
        self._shown = packed


async def _sale_of_window(connection: asyncpg.Connection, row: Any) -> str:
    """Make the sale of a window, or find the one a worker that died has made. If the id is taken by another sale, the
    window gets another id.
    """
    sale_id: str = row["sale_id"]
    while not await write_window_sale(connection, window_sale(sale_id, row)):
        if await is_window_sale(connection, sale_id, row["organizer_id"]):
            return sale_id  # made by a worker that died before it noted that; no two windows share a sale
        log.warning("window %d: %s is the id of another sale, so it gets a new one", row["number"], sale_id)
        sale_id = new_sale_id()
        await connection.execute(q.NAME_WINDOW_SALE, row["number"], sale_id)
    return sale_id


def window_sale(sale_id: str, row: Any) -> WindowSale:
    return WindowSale(
        id=sale_id,
        organizer_id=row["organizer_id"],
        currency=row["currency"],
        person_max=row["person_max"],
        cart_ms=limits.PROMO_CART_MS,
        pool=POOL,
        product=row["product"],
        stock=row["stock"],
        prices={TICKET_TYPE: row["price"]},
        opens_at=row["opens_at"],
        closes_at=row["closes_at"],
        paused=row["state"] == "paused",
    )


def offered_of(row: Any) -> Offered:
    store = StoreView(
        row["store_id"], row["store_name"], row["address"], row["zone"], Point(row["latitude"], row["longitude"])
    )
    return Offered(
        window=row["window"],
        promo=row["promo"],
        sale=row["sale"],
        name=row["name"],
        product=row["product"],
        description=row["description"],
        picture=row["picture"],
        price=row["price"],
        regular=row["regular"],
        currency=row["currency"],
        person_max=row["person_max"],
        stock=row["stock"],
        radius_m=row["radius_m"],
        segments=tuple(row["segments"]),
        opens_at_ms=int(row["opens_at"].timestamp() * 1000),
        closes_at_ms=int(row["closes_at"].timestamp() * 1000),
        paused=row["paused"],
        store=store,
    )
