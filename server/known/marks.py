"""The current state of a sale in a word, for lists, where following every sale would cost too much.

Owns a cache of sale states, a second or two old. Bounded in number and time; when the live state can't be read, the
sale's times decide.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.catalog import SaleCard
from engine.limits import MARK_S_MAX, MARKS_FRESH_S, MARKS_MAX
from engine.onsale import Onsale
from engine.refusals import RefusalError, Refused

FEW_LEFT_OF = 10  # "few left" means fewer free than one in this many


@dataclass(frozen=True, slots=True)
class Mark:
    state: str
    left: int | None  # not sold; None when nobody knows
    free: int | None  # neither sold nor held
    stock: int  # seats and units that can be sold at all

    @property
    def few_left(self) -> bool:
        return self.left is not None and self.left * FEW_LEFT_OF < self.stock


class Marks:
    def __init__(self, onsale: Onsale) -> None:
        self._onsale = onsale
        self._known: OrderedDict[str, tuple[float, Mark]] = OrderedDict()

    async def of(self, cards: Iterable[SaleCard]) -> list[Mark]:
        return list(await asyncio.gather(*map(self._mark, cards)))

    async def _mark(self, card: SaleCard) -> Mark:
        now = time.monotonic()
        found = self._known.get(card.id)
        if found is not None and now - found[0] < MARKS_FRESH_S:
            return found[1]
        mark = await self._look(card)
        self._known[card.id] = (now, mark)
        self._known.move_to_end(card.id)
        if len(self._known) > MARKS_MAX:
            self._known.popitem(last=False)
        return mark

    async def _look(self, card: SaleCard) -> Mark:
        by_times = Mark(card.times.state(datetime.now(UTC)).value, None, None, card.stock)
        try:
            async with asyncio.timeout(MARK_S_MAX):
                snapshot = await self._onsale.sale(card.id).snapshot()
        except (RefusalError, TimeoutError):
            return by_times
        if isinstance(snapshot, Refused):
            return by_times
        room, sold = snapshot.room, snapshot.counters.sold
        return Mark(snapshot.state.value, room.left, room.free, room.left + sold)
