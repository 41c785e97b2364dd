"""Promos: the front of this context.

Owns the wiring of its parts over one audience. Each part has its own guarantees; see docs/flash-promos.md.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

import asyncpg

from engine.audit import Act
from engine.catalog import Catalog
from engine.catalog.model import SaleKind, SaleState
from engine.ids import readable
from engine.messages import Letterbox
from engine.onsale import Onsale
from engine.onsale.model import Snapshot
from engine.people import Persons, Point, Position, Preferences
from engine.promos import shelf_sql as q
from engine.promos.board import Board
from engine.promos.claims import Claims
from engine.promos.counts import Counts
from engine.promos.delivery import Delivery, NoticeSigner
from engine.promos.ledger import Ledger
from engine.promos.live import Live
from engine.promos.model import POOL, PromoView, SoldHere, StoreView, WindowView
from engine.promos.promoter import Promoter, Publish
from engine.promos.shelf import Shelf
from engine.refusals import Refused
from engine.segments import Audience, Follower, Segments
from engine.stores.database import shared_setting
from engine.stores.office import Office

SPACE_CHARS = 12
OPENED = """
UPDATE notice SET seen_at = now() WHERE day = $1::text::date AND number = $2 AND seen_at IS NULL RETURNING window_n
"""
NOTICE = """
SELECT w.sale_id FROM notice n JOIN promo_window w ON w.number = n.window_n
WHERE n.day = $1::text::date AND n.number = $2
"""


async def own_space(db: asyncpg.Pool) -> str:
    """The name of this database's audience in Redis; two installations never share one."""
    return await shared_setting(db, "promo_space", f"promos.{readable(SPACE_CHARS)}")


class Promos:
    def __init__(
        self,
        *,
        db: asyncpg.Pool,
        office: Office,
        audience: Audience,
        follower: Follower,
        segments: Segments,
        persons: Persons,
        preferences: Preferences,
        catalog: Catalog,
        onsale: Onsale,
        publish: Publish,
        letterbox: Letterbox,
        inbox: Callable[[str, str], bytes],
        signer: NoticeSigner,
        public_url: str,
        sms_per_day: int,
    ) -> None:
        """`inbox` stands for whoever reads at an address."""
        self._db = db
        self._office = office
        self._catalog = catalog
        self._onsale = onsale
        self.audience = audience
        self.ledger = Ledger(db, audience)
        follower.also_build(self.ledger.build)
        self.shelf = Shelf(office, segments)
        self.claims = Claims(db, audience)
        self.promoter = Promoter(db, audience, self.claims, catalog, onsale, publish=publish, unbuilt=follower.unbuilt)
        self.board = Board(audience, onsale)
        self.live = Live(audience)
        self.counts = Counts(audience)
        self.delivery = Delivery(
            db,
            audience,
            persons,
            preferences,
            letterbox,
            signer=signer,
            inbox=inbox,
            public_url=public_url,
            sms_per_day=sms_per_day,
        )
        self.process = secrets.token_hex(6)  # the name of this process among those that hold sockets

    # ── steering ──

    async def pause(self, by: Act, promo: str) -> str | Refused:
        """No new claims and no notices; carts go on."""
        return await self._steer(by, promo, "paused")

    async def resume(self, by: Act, promo: str) -> str | Refused:
        return await self._steer(by, promo, "scheduled")

    async def end(self, by: Act, promo: str) -> str | Refused:
        """For good; what is in a cart may still be bought until the cart's own deadline."""
        return await self._steer(by, promo, "ended")

    async def _steer(self, by: Act, promo: str, to: str) -> str | Refused:
        sales = await self.shelf.steer(by, promo, to)
        if isinstance(sales, Refused):
            return sales
        steer = {"paused": self._catalog.pause, "scheduled": self._catalog.resume, "ended": self._catalog.close_early}
        for sale in sales:
            await steer[to](by, sale)
        await self.promoter.show()
        return to

    # ── looking ──

    async def of_organizer(
        self, organizer_id: str, *, promo: str | None = None, after: str = "", limit: int = 50
    ) -> list[PromoView]:
        """Promos with their windows and live counts."""
        async with self._office.reading(organizer_id) as db:
            rows = await db.fetch(q.PROMOS, organizer_id, after, limit, promo)
            windows = await db.fetch(q.WINDOWS, [row["id"] for row in rows])
        by_promo: dict[str, list[WindowView]] = {row["id"]: [] for row in rows}
        for window in windows:
            by_promo[window["promo_id"]].append(await self._window(window))
        return [_promo_view(row, by_promo[row["id"]]) for row in rows]

    async def _window(self, row: Any) -> WindowView:
        counts: dict[str, int] = {}
        state = "ended" if row["ended_at"] else "active" if row["activated_at"] else "scheduled"
        if row["activated_at"]:
            counts = await self.counts.totals(row["number"])
            match await self._onsale.sale(row["sale_id"]).snapshot():
                case Snapshot(state=live, pools=pools, counters=counters):
                    counts |= {
                        "left": pools.get(POOL, 0),
                        "in_carts": counters.held,
                        "bought": counters.sold,
                        "revenue": counters.revenue,
                    }
                    if state == "active" and not pools.get(POOL, 0):
                        state = "sold_out"
                    elif state == "active" and live is SaleState.PAUSED:
                        state = "paused"
                case Refused():  # over for a while, or being filled again
                    counts |= {"in_carts": 0, **dict(await self._db.fetchrow(q.BOUGHT, row["sale_id"]))}
        return WindowView(row["number"], row["sale_id"], row["opens_at"], row["closes_at"], state, counts)

    async def sold_in(self, sales: Sequence[str]) -> dict[str, SoldHere]:
        """What these sales sell, by sale; one that is of no promo is left out."""
        return {row["sale_id"]: _sold_here(row) for row in await self._db.fetch(q.SOLD_IN, sales)}

    # ── links in notices ──

    async def opened(self, day: str, number: int) -> str | None:
        """A buyer followed the link of a notice: the sale it is about."""
        window = await self._db.fetchval(OPENED, day, number)
        if window is not None:
            await self.counts.add(window, {"opened": 1})
        row = await self._db.fetchrow(NOTICE, day, number)
        return None if row is None else str(row["sale_id"])

    async def gate(self, sale: str, buyer: str, report: Position | None = None) -> Refused | None:
        """Whether a hold may be asked of a sale at all: anything goes unless it sells a promo."""
        if await self._catalog.kinds.of(sale) is not SaleKind.PROMO:
            return None
        return await self.board.may_hold(sale, buyer, report)


def _sold_here(row: Any) -> SoldHere:
    point = Point(row["latitude"], row["longitude"])
    store = StoreView(row["store_id"], row["store_name"], row["address"], row["zone"], point)
    return SoldHere(row["product"], row["description"], row["picture"], store, row["closes_at"])


def _promo_view(row: Any, windows: list[WindowView]) -> PromoView:
    state = row["state"]
    if state == "scheduled":
        running = [window.state for window in windows if window.state in ("active", "sold_out")]
        state = running[0] if running else state
    return PromoView(
        id=row["id"],
        name=row["name"],
        store=row["store"],
        product=row["product"],
        price=row["price"],
        regular=row["regular"],
        currency=row["currency"],
        stock=row["stock"],
        person_max=row["person_max"],
        radius_m=row["radius_m"],
        segments=tuple(row["segment_names"]),
        state=state,
        windows=tuple(windows),
    )
