"""Late money: captured for an order that had ended without it, or in another amount than the order's.

Guarantees: such money gets the same seats and units if they are free, else seats of the same section and price, else a
refund: one of them, once, however often it is reported. A buyer who bought the same cart again, or who would have more
than one person may, is refunded.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from engine.audit import Act, ActorKind, write
from engine.catalog.model import type_pool
from engine.limits import CHARGE_S_MAX
from engine.onsale.model import Cart, SeatState
from engine.orders import late_sql, sql
from engine.orders.deadlines import await_no_more
from engine.orders.desk import Desk
from engine.orders.ended_lines import end_lines, read_pools
from engine.orders.ledger import write_paid
from engine.orders.model import Line, OrderState
from engine.orders.order_coupons import take_coupons_again
from engine.orders.order_credit import give_back_credit, take_credit_again
from engine.orders.placing import counters_of_facts, taken_by
from engine.orders.price_books import PriceBooks
from engine.orders.pricing import PriceBook
from engine.orders.refund_model import name_of_late
from engine.orders.settling import HAS_NO_MONEY, Settlement
from engine.orders.topics import ORDER_REFUNDING, OrderRefunding
from engine.outbox import Told, tell_many
from engine.payments import BY_HAND, Captured, NotRefunded, Refund, Refunded
from engine.refusals import RefusalError, Refused
from engine.stores.turns import take_turn

log = logging.getLogger(__name__)

# How many seats and units a buyer has, with those of an order ($3), and may have in some phase of the sale.
READ_OWNED = """
SELECT (
    SELECT count(*) FROM orders o JOIN order_line l ON l.sale_id = o.sale_id AND l.order_id = o.id
    WHERE o.buyer_id = $2 AND o.sale_id = $1 AND (l.live OR o.id = $3) AND l.pool_id NOT LIKE 'product:%' IS NOT FALSE
) AS owned, greatest(sale.person_max, (
    SELECT max((p ->> 'person_max')::integer) FROM jsonb_array_elements(sale.phases) AS p
)) AS most
FROM sale_terms AS sale WHERE sale.id = $1
"""


class GoneError(Exception):
    """Credit of an order was spent elsewhere meanwhile."""


@dataclass(frozen=True, slots=True)
class Stock:
    """What Redis would let the buyer have: what is free, and what the buyer's own cart holds."""

    seats: frozenset[int]
    units: dict[str, int]


@dataclass(frozen=True, slots=True)
class Case:
    sale: str
    order: str
    captured: Captured


class LateMoney:
    def __init__(self, desk: Desk, price_books: PriceBooks) -> None:
        self._desk = desk
        self._price_books = price_books

    async def take_in(self, sale: str, order: str, captured: Captured) -> None:
        """Give the money seats and units, or send it back. The ledger has noted it, so the finisher repeats this."""
        rows = await self._desk.reader.rows(sale, order)
        if rows is None:
            await self._desk.bury(sale, order, cart="", buyer="")
            await (await self._desk.ledger(sale)).settle(Settlement(order, captured))
        elif rows.state is OrderState.FAILED:
            await self._desk.let_go(rows)  # else what was reserved for it is not free for itself
        case = Case(sale, order, captured)
        stock = await self._stock(sale, "" if rows is None else rows.order["buyer_id"])
        book = await self._price_books.of(sale)
        async with self._desk.db.acquire() as connection, connection.transaction():
            await take_turn(connection, sale)
            row = await connection.fetchrow(late_sql.LOCK_LATE, sale, order)
            if row is not None and OrderState(row["state"]) in HAS_NO_MONEY:
                seats = await self._seats_for(connection, case, row, stock, book)
                if seats is None or not await self._taken_again(connection, case, row):
                    await self._write_refund(connection, case, row)
                else:
                    await self._write_revived(connection, case, seats)
        await self.go_on(sale, order)

    async def go_on(self, sale: str, order: str) -> None:
        """Whatever remains to be done for an order that late money has moved."""
        rows = await self._desk.reader.rows(sale, order)
        if rows is not None and rows.state is OrderState.PAID:
            await self._desk.tell_rows(rows)
        if rows is not None and rows.state is OrderState.REFUNDING:
            await self.refund(sale, order, rows.order["provider"])

    async def refund(self, sale: str, order: str, provider: str | None) -> bool:
        """Ask the provider that has the money to give it back; False when it has to be asked again."""
        amount = await self._desk.db.fetchval(late_sql.READ_REFUND_DUE, sale, order)
        if amount is None:
            return False  # somebody else has done it
        rows = await self._desk.reader.rows(sale, order)
        if rows is None or not await self._desk.let_go(rows):
            return False  # once it is refunded, nobody looks at it any more
        till, answer = await self._desk.till_asked(sale, provider), None
        try:
            async with asyncio.timeout(CHARGE_S_MAX):
                answer = await till.provider.refund(Refund(sale, order, name_of_late(order), amount))
        except TimeoutError:
            log.warning("the provider did not answer about the refund of order %s", order)
        if answer == NotRefunded(BY_HAND):
            await self._desk.db.execute(late_sql.LEAVE_TO_MEMBERS, sale, order)
            return False
        if not isinstance(answer, Refunded):
            log.warning("the refund of order %s is not through yet: %s", order, answer)
            return False
        await self._desk.db.execute(late_sql.MARK_REFUNDED, sale, order)
        return True

    async def _seats_for(
        self, connection: asyncpg.Connection, case: Case, row: Any, stock: Stock, book: PriceBook | None
    ) -> list[int | None] | None:
        """A seat for each line of the order, or None when the money has to go back."""
        matches = case.captured.amount == row["due"] and row["state"] == OrderState.FAILED.value
        if not matches or row["replaced"] or book is None:
            return None
        has = await connection.fetchrow(READ_OWNED, case.sale, row["buyer_id"], case.order)
        if has["owned"] > has["most"]:
            return None
        lines = [Line.read(each) for each in await connection.fetch(sql.READ_LINES, case.sale, [case.order])]
        sold = await connection.fetch(late_sql.READ_ALL_SOLD_SEATS, case.sale)
        free = stock.seats - {each["seat"] for each in sold}
        seats = equivalents(lines, free, book, row["price_list"] or 1)
        fits = seats is not None and await self._units_fit(connection, case.sale, lines, stock)
        return seats if fits else None

    async def _units_fit(self, connection: asyncpg.Connection, sale: str, lines: Sequence[Line], stock: Stock) -> bool:
        pools = await read_pools(connection, sale)
        takes = taken_by(lines, counters_of_facts(pools))
        return all(
            units <= pools[pool].capacity - pools[pool].sold and units <= stock.units.get(pool, 0)
            for pool, units in takes.items()
        )

    async def _write_revived(self, connection: asyncpg.Connection, case: Case, seats: list[int | None]) -> None:
        sale, order = case.sale, case.order
        await connection.execute(late_sql.REVIVE_LINES, sale, order, list(range(len(seats))), seats)
        rows = await connection.fetch(sql.READ_LIVE_LINES, sale, [order])
        pools = await read_pools(connection, sale)
        takes = taken_by(map(Line.read, rows), counters_of_facts(pools))
        if takes:
            await connection.execute(sql.COUNT_SOLD, sale, list(takes), list(takes.values()))
        await write_paid(connection, sale, {order: case.captured.reference}, {order: [row["line"] for row in rows]})
        await self._audit(connection, "order.revive", case, {"state": "paid", "seats": seats})
        log.warning("order %s was paid late, and has seats and units again", order)

    @staticmethod
    async def _taken_again(connection: asyncpg.Connection, case: Case, row: Any) -> bool:
        """Its coupons and its credit, both or neither."""
        try:
            async with connection.transaction():
                if not await take_coupons_again(connection, case.sale, case.order):
                    return False
                if row["credit"] and not await take_credit_again(connection, case.sale, case.order):
                    raise GoneError
        except GoneError:
            return False
        return True

    async def _write_refund(self, connection: asyncpg.Connection, case: Case, row: Any) -> None:
        sale, order, amount = case.sale, case.order, case.captured.amount
        await end_lines(connection, sale, [order])
        await await_no_more(connection, sale, [order])
        await give_back_credit(connection, sale, [order] if row["credit"] else [])
        marked = await connection.fetchrow(late_sql.MARK_REFUNDING, sale, order)
        till = await self._desk.till(sale)
        await connection.execute(late_sql.MARK_REFUND_DUE, sale, order, till.provider.name, amount)
        body: OrderRefunding = {"sale": sale, "order": order, "amount": amount, "currency": marked["currency"]}
        told = Told(order, marked["organizer_id"], body, once=order, sale_kind=marked["kind"])
        await tell_many(connection, ORDER_REFUNDING, [told])
        await self._audit(connection, "order.refund", case, {"state": "refunding", "amount": amount})
        log.warning("order %s was paid late, and can't be given what it paid for: the money goes back", order)

    async def _audit(self, connection: asyncpg.Connection, act: str, case: Case, after: Mapping[str, object]) -> None:
        organizer = await connection.fetchval(sql.ORGANIZER_OF_REAL_SALE, case.sale)
        if organizer is not None:
            by = Act(organizer, "worker", ActorKind.ITSELF)
            await write(connection, by, act, case.order, after=after, detail={"sale": case.sale})

    async def _stock(self, sale: str, buyer: str) -> Stock:
        live = self._desk.onsale.sale(sale)
        snapshot = await live.snapshot()
        if isinstance(snapshot, Refused):
            # Redis is being restored; what is free will be known in a moment.
            raise RefusalError(snapshot.code)
        free = {seat for seat in range(len(snapshot.seats) * 4) if _state(snapshot.seats, seat) is SeatState.FREE}
        units = dict(snapshot.pools)
        cart = await live.cart(buyer) if buyer else None
        if isinstance(cart, Cart) and cart.state == "open":
            free.update(cart.seats)
            types = {type_pool(kind): count for kind, count in cart.types.items()}
            units = dict(Counter(units) + Counter(cart.units) + Counter(types))
        return Stock(frozenset(free), units)


def equivalents(
    lines: Sequence[Line], free: frozenset[int], book: PriceBook, list_number: int
) -> list[int | None] | None:
    """A seat for each line, its own when it is free, else one of the same section and price; None if one has none."""
    companions = book.goods.companions
    if any(line.seat in companions for line in lines) and any(
        line.seat not in free for line in lines if line.seat is not None
    ):
        return None  # those who came together are not seated apart
    given: set[int] = {line.seat for line in lines if line.seat is not None and line.seat in free}
    seats: list[int | None] = []
    for line in lines:
        if line.seat is None or line.seat in free:
            seats.append(line.seat)
            continue
        other = next((seat for seat in book.alike(line.seat, list_number) if seat in free and seat not in given), None)
        if other is None:
            return None
        given.add(other)
        seats.append(other)
    return seats


def _state(packed: bytes, seat: int) -> SeatState:
    return SeatState(packed[seat // 4] >> (6 - 2 * (seat % 4)) & 3)
