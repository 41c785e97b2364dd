"""The windows on offer, as a server process shows them and lets buyers claim them, without asking the database.

Owns a copy of what is on offer, by cell of the grid, and each window's units left, at most `STOCK_AGE_S` old.
Guarantees: a buyer is shown only windows meant for them; a claim is checked against the last known position.
Fails as `unavailable` while the audience is being built.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from engine.catalog.model import SaleState
from engine.onsale import Onsale
from engine.onsale.model import Snapshot
from engine.people import IMPLAUSIBLE, Position, distance_m, near_enough, plausible
from engine.promos.counts import Counts
from engine.promos.model import POOL, Offered, PromoCard
from engine.refusals import Code, Refused
from engine.segments import Audience, Known, Lost, Placed, cell_of, cells_around
from engine.stores.batcher import Batcher
from engine.stores.scripts import unpack

STOCK_AGE_S = 0.5
# Don't write a report that repeats the last one.
SAME_PLACE_M = 25
SAME_PLACE_S = 60


@dataclass(slots=True)
class Stock:
    """What a window has left, as of `at_s`."""

    left: int
    state: SaleState
    at_s: float


@dataclass(slots=True)
class _Copy:
    """What was on offer at one moment, ready to be asked."""

    packed: bytes = b""
    by_sale: dict[str, Offered] = field(default_factory=dict)
    by_cell: dict[int, list[Offered]] = field(default_factory=dict)
    segments: tuple[int, ...] = ()


class Board:
    def __init__(self, audience: Audience, onsale: Onsale) -> None:
        self._audience = audience
        self._onsale = onsale
        self._counts = Counts(audience)
        self._copy = _Copy()
        self._stock: dict[str, Stock] = {}
        self._asking: dict[str, asyncio.Task[Stock | None]] = {}
        self._views: dict[int, set[int]] = {}
        self._reports: Batcher[Placed, bool] = Batcher("segments/persons_place", self._place)

    async def refresh(self) -> bool:
        """Read what is on offer; answers whether it changed. Called every second and when the promoter says so."""
        packed = cast("bytes | None", await self._audience.redis.get(self._audience.keys.offered)) or b""
        if packed == self._copy.packed:
            return False
        self._copy = _copy_of(packed)
        self._stock = {sale: stock for sale, stock in self._stock.items() if sale in self._copy.by_sale}
        return True

    def offered(self) -> Mapping[str, Offered]:
        """Everything on offer, by sale."""
        return self._copy.by_sale

    # ── showing ──

    async def promos(self, buyer: str, report: Position | None) -> list[PromoCard] | Refused:
        """The promos this buyer may see from where they say they are, or were last seen; nearest first.

        Looking writes nothing: a position is reported by `Persons.put`, or with a claim.
        """
        copy = self._copy
        known = await self._known(buyer, copy.segments)
        if isinstance(known, Refused):
            return known
        here = report or (known.position if known else None)
        if here is None:
            return []
        segments = known.segments if known else frozenset()
        near = [
            (metres, offered)
            for offered in copy.by_cell.get(cell_of(here.point), ())
            if (not offered.segments or not segments.isdisjoint(offered.segments))
            and (metres := distance_m(here.point, offered.store.point)) <= offered.radius_m
        ]
        near.sort(key=lambda each: (each[0], each[1].window))
        cards = [card for metres, offered in near if (card := await self._card(offered, metres)) is not None]
        if known:
            self._note_views(known.number, cards)
        return cards

    async def _card(self, offered: Offered, metres: float) -> PromoCard | None:
        now_ms = int(time.time() * 1000)
        stock = await self.stock(offered.sale)
        if stock is None or now_ms >= offered.closes_at_ms or stock.state in (SaleState.CLOSED, SaleState.ENDED):
            return None
        paused = offered.paused or stock.state is SaleState.PAUSED
        state = "paused" if paused else "active" if stock.left else "sold_out"
        return PromoCard(offered, stock.left, round(metres), state, now_ms)

    async def stock(self, sale: str) -> Stock | None:
        """What is left; who asks while the answer is on its way waits for the same one."""
        known = self._stock.get(sale)
        if known is not None and time.monotonic() - known.at_s < STOCK_AGE_S:
            return known
        asking = self._asking.get(sale)
        if asking is None:
            asking = self._asking[sale] = asyncio.create_task(self._ask_stock(sale), name=f"stock of {sale}")
            asking.add_done_callback(lambda _: self._asking.pop(sale, None))
        return await asyncio.shield(asking)

    async def _ask_stock(self, sale: str) -> Stock | None:
        match await self._onsale.sale(sale).snapshot():
            case Snapshot(state=state, pools=pools):
                stock = self._stock[sale] = Stock(pools.get(POOL, 0), state, time.monotonic())
                return stock
            case Refused():
                return None

    def _note_views(self, number: int, cards: list[PromoCard]) -> None:
        """Queue the views; they are counted once a second, so that nobody waits."""
        for card in cards:
            self._views.setdefault(card.offered.window, set()).add(number)

    async def count_views(self) -> None:
        """Count who was shown what since the last time; who was before does not count again."""
        views, self._views = self._views, {}
        for window, numbers in views.items():
            await self._counts.viewed(window, sorted(numbers))

    # ── claiming ──

    async def may_hold(self, sale: str, buyer: str, report: Position | None) -> Refused | None:
        """Whether a buyer may add a unit of a window to their cart; asked before the hold."""
        offered = self._copy.by_sale.get(sale)
        now_ms = int(time.time() * 1000)
        if offered is None or not offered.opens_at_ms <= now_ms < offered.closes_at_ms:
            return Refused(Code.WINDOW_OVER)
        known = await self._known(buyer, offered.segments)
        if isinstance(known, Refused):
            return known
        if offered.segments and not (known and known.segments):
            return Refused(Code.NOT_ELIGIBLE)
        position = known.position if known else None
        if known and report:
            if not plausible(known.position, report):
                return IMPLAUSIBLE
            await self._remember(known, report)
            position = report
        if not near_enough(position, offered.store.point, offered.radius_m, now_ms // 1000):
            return Refused(Code.TOO_FAR, {"radius_m": offered.radius_m})
        return None

    async def _known(self, buyer: str, segments: tuple[int, ...]) -> Known | Refused | None:
        """What is known of a buyer; None for one without a person."""
        number = await self._audience.number_of(buyer)
        if number is None:
            return None if await self._audience.ready() else Refused(Code.UNAVAILABLE)
        known = await self._audience.read(number, segments)
        return Refused(Code.UNAVAILABLE) if isinstance(known, Lost) else known

    async def _remember(self, known: Known, report: Position) -> None:
        before = known.position
        if (
            before is not None
            and report.at_s - before.at_s < SAME_PLACE_S
            and distance_m(before.point, report.point) < SAME_PLACE_M
        ):
            return
        await self._reports.submit(Placed(known.number, known.zone, report))

    async def _place(self, items: list[Placed]) -> list[bool]:
        return await self._audience.place(items, news=True)


def _copy_of(packed: bytes) -> _Copy:
    copy = _Copy(packed)
    segments: set[int] = set()
    for each in unpack(packed) if packed else ():
        offered = Offered.unpacked(each)
        copy.by_sale[offered.sale] = offered
        segments.update(offered.segments)
        for cell in cells_around(offered.store.point, offered.radius_m):
            copy.by_cell.setdefault(cell, []).append(offered)
    copy.segments = tuple(sorted(segments))
    return copy
