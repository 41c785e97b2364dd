"""Which sales exist, cached, so that a made-up id costs no hub, batcher or script call.

Guarantees: bounded in number; a sale that was made, or became public, a moment ago is found within NOT_THERE_S. Before
that a sale with a `public_from` is there for its organizer only.
"""

from __future__ import annotations

import time
from collections import OrderedDict

from engine.catalog import Catalog
from engine.limits import SALES_KNOWN_MAX
from engine.refusals import Code, RefusalError

NOT_THERE_S = 1.0


class KnownSales:
    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._there: OrderedDict[str, None] = OrderedDict()
        self._not_there: OrderedDict[str, float] = OrderedDict()

    def __contains__(self, sale_id: str) -> bool:
        """Whether it was found before; False may also mean that nobody asked."""
        return sale_id in self._there

    async def check(self, sale_id: str, organizer: str | None) -> None:
        """Refuse what is no sale, or none yet for anybody but its organizer."""
        if sale_id in self._there:
            return
        asked_at = self._not_there.get(sale_id)
        if organizer is None and asked_at is not None and time.monotonic() - asked_at < NOT_THERE_S:
            raise RefusalError(Code.UNKNOWN_SALE)
        reach = await self._catalog.reach(sale_id)
        if reach is not None and reach.by_all:
            self._not_there.pop(sale_id, None)
            self._there[sale_id] = None
            bound(self._there)
            return
        if reach is not None and reach.organizer == organizer:
            return
        self._not_there[sale_id] = time.monotonic()
        bound(self._not_there)
        raise RefusalError(Code.UNKNOWN_SALE)


def bound(known: OrderedDict[str, None] | OrderedDict[str, float]) -> None:
    if len(known) > SALES_KNOWN_MAX:
        known.popitem(last=False)
