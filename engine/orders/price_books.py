"""PriceBooks: the prices of each sale, read from the catalog and kept for a few seconds.

Guarantees: one read per sale at a time, however many ask; a change of prices is seen within PRICES_KEPT_S. A new list
counts for carts that are opened PRICE_LIST_AHEAD_MS later, so what is read after a cart knows the cart's list.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from engine.access import KeyRule
from engine.catalog import SaleInfo, companions_of, hidden_types, rules_of, shown_to_all
from engine.catalog.model import SaleKind
from engine.limits import PRICE_BOOKS_MAX, PRICES_KEPT_S
from engine.orders.pricing import Goods, PriceBook, SeatRun

ReadSale = Callable[[str], Awaitable[SaleInfo | None]]


@dataclass(frozen=True, slots=True)
class Kept:
    reading: asyncio.Task[PriceBook | None]
    until: float


class PriceBooks:
    def __init__(self, read_sale: ReadSale) -> None:
        self.kept_s = PRICES_KEPT_S
        self._read_sale = read_sale
        self._kept: dict[str, Kept] = {}

    async def of(self, sale: str) -> PriceBook | None:
        """The prices of a sale; None when there is no such sale."""
        now = time.monotonic()
        kept = self._kept.get(sale)
        if kept is None or kept.until < now:
            self._kept = {each: book for each, book in self._kept.items() if book.until >= now}
            if len(self._kept) >= PRICE_BOOKS_MAX:
                self._kept.clear()
            reading = asyncio.get_running_loop().create_task(self._read(sale), name=f"prices of {sale}")
            kept = self._kept[sale] = Kept(reading, now + self.kept_s)
        if kept.reading.done() and not kept.reading.cancelled() and kept.reading.exception() is None:
            return kept.reading.result()
        try:
            # Whoever stops waiting leaves the reading to the others.
            return await asyncio.shield(kept.reading)
        except Exception:
            if self._kept.get(sale) is kept:
                del self._kept[sale]
            raise

    def forget(self, sale: str) -> None:
        """Read the prices of a sale anew when they are asked for next."""
        self._kept.pop(sale, None)

    async def _read(self, sale: str) -> PriceBook | None:
        info = await self._read_sale(sale)
        return None if info is None else PriceBook(goods_of(info))


def goods_of(info: SaleInfo) -> Goods:
    """What pricing needs of a sale; types in the order the event lists them, others after."""
    order = {kind: position for position, kind in enumerate(info.types)}
    hidden = hidden_types(info.type_rules)
    open_pools = {pool.id for pool in shown_to_all(info).pools} if hidden else set[str]()
    return Goods(
        currency=info.currency,
        person_max=info.person_max,
        lists=tuple(replace(each, prices=_in_order(each.prices, order)) for each in info.lists),
        runs=tuple(
            SeatRun(row.first_seat, row.seats, section.id, row.label, row.label_of)
            for section in info.sections
            for row in section.rows
        ),
        pools=tuple(pool.id for pool in (*info.pools, *info.product_pools)),
        organizer_id=info.organizer.id,
        key_at_checkout=info.organizer.order_key is KeyRule.REQUIRED,
        questions=info.questions,
        tax_identity=info.tax_identity,
        numbered=info.type_numbers,
        rules=rules_of(info.type_rules, info.products),
        products={each.id: each.price for each in info.products},
        phases=info.phases,
        admitted=info.admitted,
        companions=companions_of(info.sections),
        hidden=hidden,
        unlocks=info.unlocks,
        draws=info.draws,
        takes_coupons=info.kind is SaleKind.EVENT,
        hidden_names={kind: info.types.get(kind, kind) for kind in hidden},
        hidden_pools=tuple(pool for pool in info.pools if hidden and pool.id not in open_pools),
    )


def _in_order(prices: Mapping[str, Mapping[str, int]], order: Mapping[str, int]) -> dict[str, dict[str, int]]:
    return {
        place: dict(sorted(its.items(), key=lambda each: (order.get(each[0], len(order)), each[0])))
        for place, its in prices.items()
    }
