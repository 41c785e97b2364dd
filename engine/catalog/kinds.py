"""The kind of each sale, which never changes: read from the database once and cached.

Guarantees: bounded in number; a sale that is not there is not remembered, so one made a moment later is found.
Fails as Postgres does.
"""

from __future__ import annotations

from collections import OrderedDict

import asyncpg

from engine.catalog import sql
from engine.catalog.model import SaleKind
from engine.limits import SALES_KNOWN_MAX


class Kinds:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db
        self._known: OrderedDict[str, SaleKind] = OrderedDict()

    async def of(self, sale_id: str) -> SaleKind | None:
        """The kind of a sale; None when there is no such sale."""
        known = self._known.get(sale_id)
        if known is not None:
            return known
        word = await self._db.fetchval(sql.KIND_OF_SALE, sale_id)
        if word is None:
            return None
        kind = self._known[sale_id] = SaleKind(word)
        if len(self._known) > SALES_KNOWN_MAX:
            self._known.popitem(last=False)
        return kind
