"""Trying coupons on a cart that could be, and what one of each would cost, by the rule that real carts are priced by.

Guarantees: nothing is held, counted or written; whoever is asked for, such as an account, is taken to be there.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.catalog import ListedPrices, Mistake, PriceList, list_at
from engine.catalog.model import Dues
from engine.coupons import Bearer, Meeting, Said
from engine.orders.owed import OrderFee, TaxSum
from engine.orders.price_books import PriceBooks
from engine.orders.pricing import Goods, order_fees, reduced, tax_sums
from engine.pricing import Item, owed_for
from engine.refusals import Code, Refused

Wanted = tuple[str, str, int]  # place, ticket type, how many
NOBODY = "anybody"


@dataclass(frozen=True, slots=True)
class Tried:
    currency: str
    prices: int
    discount: int
    coupons: tuple[Said, ...]
    fees: tuple[OrderFee, ...]
    taxes: tuple[TaxSum, ...]
    total: int


@dataclass(frozen=True, slots=True)
class One:
    """One ticket or product by itself, and what it comes to."""

    place: str
    type: str
    price: int
    fees: tuple[OrderFee, ...]
    taxes: tuple[TaxSum, ...]
    total: int


class Trying:
    def __init__(self, price_books: PriceBooks, meeting: Meeting) -> None:
        self._price_books = price_books
        self._meeting = meeting

    async def of(self, sale: str, wanted: Sequence[Wanted], typed: str) -> Tried | Refused | list[Mistake]:
        """What it comes to, for a buyer who meets every condition that asks who they are."""
        book = await self._price_books.of(sale)
        if book is None:
            return Refused(Code.UNKNOWN_SALE)
        goods = book.goods
        by = list_at(goods.lists, time.time_ns() // 1_000_000)
        items: list[Item] = []
        mistakes = []
        for at, (place, kind, number) in enumerate(wanted):
            price = price_of(goods, by, place, kind)
            if price is None:
                mistakes.append(Mistake(f"items.{at}", None, f"is not sold: {kind} in {place}"))
            else:
                items += [Item(kind, place, price)] * number
        if mistakes:
            return mistakes
        judged = await self._meeting.tried(Bearer(goods.organizer_id, sale, goods.currency, NOBODY, NOBODY, typed))
        owed, coupons, _ = reduced(items, by, judged)
        return Tried(
            goods.currency,
            sum(item.price for item in items),
            sum(line.discount for line in owed.lines),
            coupons,
            order_fees(owed),
            tax_sums(owed),
            owed.total,
        )

    async def one_of_each(self, sale: str, listed: ListedPrices) -> tuple[One, ...] | Refused:
        """What one of each ticket and product would come to by a list, which need not be there yet."""
        book = await self._price_books.of(sale)
        if book is None:
            return Refused(Code.UNKNOWN_SALE)
        return one_of_each(listed.prices, book.goods.products, listed.dues)


def one_of_each(prices: Mapping[str, Mapping[str, int]], products: Mapping[str, int], dues: Dues) -> tuple[One, ...]:
    """In the order of the list, products last. Pure."""
    items = [Item(kind, place, price) for place, its in prices.items() for kind, price in its.items()]
    items += [Item(product, product, price) for product, price in products.items()]
    found = []
    for item in items:
        owed = owed_for([item], dues)
        found.append(One(item.place, item.type, item.price, order_fees(owed), tax_sums(owed), owed.total))
    return tuple(found)


def price_of(goods: Goods, by: PriceList, place: str, kind: str) -> int | None:
    """What one costs; None where it is not sold."""
    if place in goods.products:
        return goods.products[place] if kind == place else None
    return by.prices.get(place, {}).get(kind)
