"""CartEnds: writes down how carts ended, and with what in them, so that what buyers leave behind can be counted.

Guarantees: each end is written once, with the prices of the cart's list, or those of the order that bought it; a
step is bounded and may be repeated; a sale that fails stops no other. Ends that Redis lost stay unwritten, as do those
beyond what scripts keep while nobody writes them down.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import asyncpg

from engine.limits import CART_ENDS_PER_STEP_MAX
from engine.onsale import Onsale, SinceLast
from engine.onsale.model import CartEnd
from engine.orders import answers_sql, sql
from engine.orders.model import Line
from engine.orders.price_books import PriceBooks
from engine.stores.batcher import store_is_away
from engine.stores.database import as_json

log = logging.getLogger(__name__)


# An order has what such a cart held: it is paid, or its money is awaited.
OF_AN_ORDER = ("bought", "reserved")


class Reached(Enum):
    """How far the buyer of a cart came."""

    ENTERED = "entered"
    HELD = "held"
    CONTACT = "contact"
    PAYMENT = "payment"
    BOUGHT = "bought"


class CartEnds:
    def __init__(self, db: asyncpg.Pool, onsale: Onsale, price_books: PriceBooks) -> None:
        self._db = db
        self._onsale = onsale
        self._price_books = price_books
        self._moved = SinceLast(onsale.moves)
        self._unread: set[str] = set()  # there may be more of these sales

    async def step(self) -> int:
        """Write what ended since the last step; answers how many."""
        count = 0
        for sale in self._unread.union(await self._moved.sales()):
            try:
                count += await self._write(sale)
            except Exception as error:
                self._unread.add(sale)
                if store_is_away(error):
                    raise
                log.exception("how carts of sale %s ended could not be written", sale)
        self._moved.done()
        return count

    async def _write(self, sale: str) -> int:
        ends = await self._onsale.sale(sale).ends(CART_ENDS_PER_STEP_MAX)
        if ends:
            await self._insert(sale, ends)
            await self._onsale.sale(sale).forget_ends([each.id for each in ends])
        (self._unread.add if len(ends) >= CART_ENDS_PER_STEP_MAX else self._unread.discard)(sale)
        return len(ends)

    async def _insert(self, sale: str, ends: Sequence[CartEnd]) -> None:
        rows = await self._db.fetch(sql.READ_ENDING, sale, [each.id for each in ends], [each.buyer for each in ends])
        written = {row["id"]: row for row in rows}
        bought = await self._bought(sale, [each.order for each in ends if each.reason in OF_AN_ORDER])
        book = await self._price_books.of(sale)
        held = {each.id: bought.get(each.order, []) for each in ends}
        for each in ends:
            if each.reason not in OF_AN_ORDER and book is not None:
                types = written[each.id]["types"] if each.id in written else {}
                shown = book.shown(written[each.id]["unlocked"]) if each.id in written else ()
                held[each.id] = list(book.price(each.seats, each.units, types, each.opened_at_ms, shown).lines)
        await self._db.execute(
            sql.END_CARTS,
            sale,
            [each.id for each in ends],
            [each.buyer for each in ends],
            [each.reason for each in ends],
            [instant(each.opened_at_ms) if each.opened_at_ms else None for each in ends],
            [instant(each.at_ms) for each in ends],
            [as_json(counted(held[each.id])) for each in ends],
            [sum(line.price for line in held[each.id]) for each in ends],
            [reached(each, written.get(each.id)).value for each in ends],
        )
        await self._db.execute(answers_sql.FORGET_ENDED, sale, [each.id for each in ends])

    async def _bought(self, sale: str, orders: Sequence[str]) -> Mapping[str, list[Line]]:
        found: dict[str, list[Line]] = defaultdict(list)
        for row in await self._db.fetch(sql.READ_LINES, sale, orders) if orders else []:
            found[row["order_id"]].append(Line.read(row))
        return found


def instant(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def reached(end: CartEnd, written: Mapping[str, Any] | None) -> Reached:
    """How far a cart came, by its end and what its buyer wrote into it. Pure."""
    if end.reason == "bought":
        return Reached.BOUGHT
    if written is not None and written["has_order"]:
        return Reached.PAYMENT
    if written is not None and written["has_contact"]:
        return Reached.CONTACT
    return Reached.HELD if end.has_held else Reached.ENTERED


def counted(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Lines as they are kept: units of a pool that cost the same are one. Pure."""
    kept = []
    for line, units in Counter(lines).items():
        what = {"pool": line.pool, "units": units} if line.seat is None else {"seat": line.seat}
        kept.append({**what, "type": line.type, "price": line.price})
    return kept
