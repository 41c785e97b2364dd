"""CartEnds: writes down how carts ended, so that what buyers leave behind can be counted.

Guarantees: each end is written once; a step is bounded and may be repeated. An end that nobody writes within the
minutes Redis remembers it stays unwritten: this is for counting, not for selling.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg

from engine.onsale import Onsale, SinceLast
from engine.onsale.model import Cart
from engine.orders import sql
from engine.refusals import Refused

CARTS_PER_SALE_MAX = 500


class CartEnds:
    def __init__(self, db: asyncpg.Pool, onsale: Onsale) -> None:
        self._db = db
        self._onsale = onsale
        self._moved = SinceLast(onsale.moves)
        self._since_ms: dict[str, int] = {}
        self._unread: set[str] = set()  # there may be more of these sales

    async def step(self) -> int:
        """Write what ended since the last step; answers how many."""
        sales = self._unread.union(await self._moved.sales())
        self._since_ms = {sale: self._since_ms.get(sale, 0) for sale in sales}
        count = sum([await self._write(sale) for sale in sales])
        self._moved.done()
        return count

    async def _write(self, sale: str) -> int:
        ended = await self._onsale.sale(sale).ended(self._since_ms[sale], CARTS_PER_SALE_MAX)
        if isinstance(ended, Refused):
            self._unread.add(sale)
            return 0
        if not ended:
            self._unread.discard(sale)
            return 0
        await self._insert(sale, ended)
        # The last millisecond is looked at again: more carts may have ended in it. A full page of it is passed over.
        last_ms = ended[-1][1]
        before_ms = self._since_ms[sale]
        stuck = last_ms == before_ms and len(ended) == CARTS_PER_SALE_MAX
        self._since_ms[sale] = last_ms + stuck
        (self._unread.add if self._since_ms[sale] > before_ms else self._unread.discard)(sale)
        return len(ended)

    async def _insert(self, sale: str, ended: Sequence[tuple[Cart, int]]) -> None:
        await self._db.execute(
            sql.END_CARTS,
            sale,
            [cart.id for cart, _ in ended],
            [cart.end_reason for cart, _ in ended],
            [datetime.fromtimestamp(at_ms / 1000, UTC) for _, at_ms in ended],
        )
