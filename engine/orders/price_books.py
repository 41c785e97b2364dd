"""PriceBooks: the prices of each sale, read from the catalog and kept for a few seconds.

Guarantees: a change of prices is seen within PRICES_KEPT_S. A new list counts for carts that are opened
PRICE_LIST_AHEAD_MS later, so what is read after a cart knows the cart's list.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from engine.access import KeyRule
from engine.catalog import SaleInfo, companions_of, hidden_types, rules_of, shown_to_all
from engine.catalog.model import SaleKind
from engine.kept import Kept
from engine.limits import PRICE_BOOKS_MAX, PRICES_KEPT_S
from engine.orders.pricing import Goods, PriceBook, SeatRun

ReadSale = Callable[[str], Awaitable[SaleInfo | None]]


class PriceBooks(Kept[str, PriceBook | None]):
    """By sale; None when there is no such sale."""

    def __init__(self, read_sale: ReadSale) -> None:
        super().__init__("prices of", self._book, kept_s=PRICES_KEPT_S, most=PRICE_BOOKS_MAX)
        self.read_sale = read_sale

    async def _book(self, sale: str) -> PriceBook | None:
        info = await self.read_sale(sale)
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
