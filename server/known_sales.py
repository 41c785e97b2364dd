"""Which sales exist: asked of the catalog once, so that a made-up id costs no hub, no batcher and no script call.

Guarantees: bounded in number; a sale that was made a moment ago is found within NOT_THERE_S.
"""

from __future__ import annotations

import time
from collections import OrderedDict

from engine.catalog import Catalog
from engine.limits import SALES_KNOWN_MAX
from engine.refusals import Code, Refusal

NOT_THERE_S = 1.0


class KnownSales:
    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._there: OrderedDict[str, None] = OrderedDict()
        self._not_there: OrderedDict[str, float] = OrderedDict()

    def __contains__(self, sale_id: str) -> bool:
        """Whether it was found before; False may also mean that nobody asked."""
        return sale_id in self._there

    async def check(self, sale_id: str) -> None:
        """Refuse what is no sale."""
        if sale_id in self._there:
            return
        asked_at = self._not_there.get(sale_id)
        if asked_at is not None and time.monotonic() - asked_at < NOT_THERE_S:
            raise Refusal(Code.UNKNOWN_SALE)
        if await self._catalog.exists(sale_id):
            self._not_there.pop(sale_id, None)
            self._there[sale_id] = None
            bound(self._there)
            return
        self._not_there[sale_id] = time.monotonic()
        bound(self._not_there)
        raise Refusal(Code.UNKNOWN_SALE)


def bound(known: OrderedDict[str, None] | OrderedDict[str, float]) -> None:
    if len(known) > SALES_KNOWN_MAX:
        known.popitem(last=False)
