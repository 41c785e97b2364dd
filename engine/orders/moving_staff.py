"""Moves that a member makes for a customer: what one comes to, and doing it in one go.

Owns nothing. Guarantees: what is shown is worked out by the rules that do it; what costs something else by then is
refused, and nothing was moved. Repeating the same request is harmless; where the process dies, the cart ends in time
and the move with it, or the finisher completes it. Fails as its stores do; every no is a Refused.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.audit import Act
from engine.onsale.model import Cart
from engine.orders.desk import Desk
from engine.orders.making import StaffOrder, Tender
from engine.orders.means import changed_to
from engine.orders.model import CartRef
from engine.orders.move_model import Move, MoveAsk, MoveState, Rest
from engine.orders.moving import Moving, misfit
from engine.orders.order_view import Bought, OrderView
from engine.orders.price_books import PriceBooks
from engine.orders.pricing import PriceBook
from engine.orders.refund_plan import Moved, Plan, RefundAsk, invalid
from engine.orders.refunds import Refunds
from engine.orders.staff import MAY_GO_ON, NOTHING_ASKED, Filled, StaffOrders, types_of
from engine.refusals import Code, Refused

LOCALE_OF = "SELECT coalesce(locale, '') FROM orders WHERE sale_id = $1 AND id = $2"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Lines of an order, and what its buyer has instead. The id of the new order is that of the request."""

    order: str
    to: str  # the sale that it is in
    instead: StaffOrder
    lines: tuple[int, ...] = ()  # none: all that are left
    fees: bool = True
    rest: Rest = Rest.BACK
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a move would come to, to the cent."""

    old: Plan  # what the lines count for, and how what is not spent of it goes back
    total: int  # of the new order

    @property
    def spent(self) -> int:
        return min(self.old.amount, self.total)

    @property
    def due(self) -> int:
        """What the customer still pays."""
        return self.total - self.spent

    @property
    def rest(self) -> int:
        """What they get back."""
        return self.old.amount - self.spent


class StaffMoves:
    def __init__(
        self, desk: Desk, refunds: Refunds, moving: Moving, by_staff: StaffOrders, price_books: PriceBooks
    ) -> None:
        self._desk = desk
        self._refunds = refunds
        self._moving = moving
        self._by_staff = by_staff
        self._price_books = price_books

    async def preview(self, organizer: str, sale: str, wanted: Wanted) -> Difference | Refused:
        """What it would come to. Nothing is held, and nothing is written."""
        own, there = await self._refunds.own(sale, organizer), await self._refunds.own(wanted.to)
        if own is None:
            return Refused(Code.UNKNOWN_SALE)
        wrong = misfit(own, there)
        if wrong is not None or there is None:
            return wrong or Refused(Code.UNKNOWN_SALE)
        if not wanted.instead.size:
            return NOTHING_ASKED
        total = priced(there.book, wanted.instead)
        if isinstance(total, Refused):
            return total
        ask = RefundAsk(wanted.order, "", wanted.lines, fees=wanted.fees, as_credit=wanted.rest.as_credit)
        plan = await self._refunds.plan(organizer, sale, ask)
        if isinstance(plan, Refused):
            return plan
        spent = min(plan.amount, total)
        return Difference(replace(plan, ask=replace(ask, move=Moved("", spent))), total)

    async def make(
        self, by: Act, sale: str, wanted: Wanted, selling: Act | None = None
    ) -> tuple[Move, OrderView] | Refused:
        """Move it: the customer has the new order, and the lines of the old one have ended.

        `selling` says on what ground the member sells in the other sale, where that is not the one of `by`.
        """
        refused = await self._mistake(by, sale, wanted)
        if refused is not None:
            return refused
        view = await self._desk.reader.view(sale, wanted.order)
        assert view is not None, "it has lines that can be moved, or were"
        locale = await self._desk.db.fetchval(LOCALE_OF, sale, wanted.order)
        instead = replace(wanted.instead, contact=view.contact, locale=locale)
        begun: list[Move] = []

        async def begin(cart: Cart) -> Refused | None:
            # Each cart begins a move of its own: what came to nothing may be asked for again.
            ref = CartRef(wanted.to, cart.id, cart.buyer)
            ask = MoveAsk(wanted.order, cart.id, ref, wanted.lines, wanted.fees, wanted.rest, wanted.reason)
            move = await self._moving.begin(by, sale, ask)
            if isinstance(move, Refused):
                return move
            begun.append(move)
            return None

        made = await self._by_staff.make(selling or by, wanted.to, instead, begin)
        if isinstance(made, Refused):
            for move in begun if made.code not in MAY_GO_ON else ():
                await self._moving.undo(move.id)
            return made
        await self._moving.bought(wanted.to, made.order.id)
        return await self._moved(sale, wanted.order, made)

    async def _mistake(self, by: Act, sale: str, wanted: Wanted) -> Refused | None:
        """Why it can't be begun. What is under way, or done, is asked nothing again."""
        buyer = self._desk.signer.staff_buyer(wanted.to, by.actor, wanted.instead.order)
        moves = await self._moving.of_order(sale, wanted.order)
        if any(each.to.buyer == buyer and each.state is not MoveState.UNDONE for each in moves):
            return None
        difference = await self.preview(by.organizer_id, sale, wanted)
        if isinstance(difference, Refused):
            return difference
        if wanted.instead.due not in (None, difference.due):
            return changed_to(difference.total, difference.due)
        if difference.due and wanted.instead.tender is Tender.NONE:
            return invalid("tender", "in what the customer pays the difference")
        return None

    async def _moved(self, sale: str, order: str, made: Bought) -> tuple[Move, OrderView] | Refused:
        moves = await self._moving.of_order(sale, order)
        found = next((each for each in moves if each.to_order == made.order.id), None)
        return Refused(Code.UNAVAILABLE) if found is None else (found, made.order)  # the finisher completes it


def priced(book: PriceBook, instead: StaffOrder) -> int | Refused:
    """What these seats and units cost just now. Seats that are to be found are taken to be like the first of theirs."""
    seats: Sequence[int] = instead.seats
    if instead.best is not None:
        there = book.first_of(instead.best.section)
        if there is None:
            return Refused(Code.UNKNOWN_SECTION)
        alike = [each for each in book.alike(there, len(book.goods.lists)) if each not in instead.seats]
        seats = (*seats, *alike[: instead.best.seats])
    unknown = [seat for seat in seats if book.spot(seat) is None]
    if unknown:
        return Refused(Code.UNKNOWN_SEAT, {"seats": unknown})
    if missing := [pool for pool in instead.units if pool not in book.goods.pools]:
        return Refused(Code.UNKNOWN_POOL, {"pools": missing})
    types = types_of(instead, Filled(frozenset(seats), instead.units))
    found = book.price(sorted(seats), instead.units, types, time.time_ns() // 1_000_000, book.goods.hidden)
    if found.issues:
        return Refused(Code.CART_INCOMPLETE, {"issues": [each.wire() for each in found.issues]})
    return found.total
