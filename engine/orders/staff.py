"""Staff orders: a member of the organizer sells to a customer, who has paid them by hand.

Owns nothing: a cart of its own for each order is opened past the room, filled by the scripts of buyers, and placed as
paid, with an act in the trail. Guarantees: repeating an order id sells nothing more; what a dead process left ends with
the deadline of its cart, or is completed by the finisher. A cart that comes to nothing gives all back at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.accounts import complimentary_max
from engine.audit import Act
from engine.catalog import GROUP, Allocation, read_allocation
from engine.limits import REASON_CHARS_MAX
from engine.onsale import Sale
from engine.onsale.model import BestHold, Cart, PoolHold, SeatsHold
from engine.orders import issuing_sql
from engine.orders.carts import Carts
from engine.orders.desk import Desk
from engine.orders.making import BestSeats, ByStaff, Making, StaffOrder, TypeChoice
from engine.orders.model import CartChange, OrderState, Purchase, Spot
from engine.orders.order_view import Bought
from engine.orders.price_books import PriceBooks
from engine.orders.pricing import PriceBook
from engine.orders.purchase import Purchases
from engine.refusals import Code, Refused

# A purchase may be under way still: its cart stays as it is.
MAY_GO_ON = (Code.PAYMENT_PENDING, Code.UNAVAILABLE)
DRAW_TRIES = 3  # the stock of the sale may be changed by somebody else meanwhile
TOO_LONG_A_REASON = Refused(
    Code.INVALID, {"fields": [{"path": "reason", "message": f"At most {REASON_CHARS_MAX} characters."}]}
)
NOTHING_ASKED = Refused(Code.INVALID, {"fields": [{"path": "seats", "message": "Choose at least one seat or unit."}]})


Filling = Callable[[Cart], Awaitable[Refused | None]]


async def nothing_more(_: Cart) -> Refused | None:
    """What is done with a filled cart, where that is simply bought."""
    return None


@dataclass(frozen=True, slots=True)
class Filled:
    """What a cart was filled with."""

    seats: frozenset[int]
    units: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class GivenAway:
    """Complimentary tickets of a sale."""

    orders: int
    tickets: int
    full_price: int  # what they would have cost
    issued: int  # by whoever asks, products too …
    quota: int  # … who may give so many away, unless they may any number


class StaffOrders:
    def __init__(self, desk: Desk, carts: Carts, purchases: Purchases, price_books: PriceBooks) -> None:
        self._desk = desk
        self._price_books = price_books
        self._carts = carts
        self._purchases = purchases

    async def make(self, by: Act, sale: str, ask: StaffOrder, filled: Filling = nothing_more) -> Bought | Refused:
        """Sell what is asked, all of it or nothing; repeating the same order id answers how that order stands.

        `filled` does something more with a cart that holds all of it, before it is bought.
        """
        if not await self._desk.db.fetchval(issuing_sql.SOLD_BY_STAFF, sale, by.organizer_id):
            return Refused(Code.UNKNOWN_SALE)
        if len(ask.reason) > REASON_CHARS_MAX:
            return TOO_LONG_A_REASON
        buyer = self._desk.signer.staff_buyer(sale, by.actor, ask.order)
        order = self._desk.signer.order_id(sale, buyer, ask.order)
        made = await self._made(sale, order)
        if made is not None:
            return made
        allocation = await read_allocation(self._desk.db, sale, ask.allocation) if ask.allocation else None
        if allocation is not None:
            ask = out_of(allocation, ask)
        if not ask.size:
            return NOTHING_ASKED
        live = self._desk.onsale.sale(sale)
        answer = await self._sell(by, live, buyer, ask, filled)
        if isinstance(answer, Refused) and answer.code not in MAY_GO_ON:
            await live.leave(buyer)
            return await self._made(sale, order) or answer  # the same asking, a moment before
        return answer

    async def given_away(self, by: Act, sale: str) -> GivenAway | None:
        """What members gave away in a sale of theirs, and how much this one may; None when there is no such sale."""
        async with self._desk.db.acquire() as connection:
            if not await connection.fetchval(issuing_sql.SOLD_BY_STAFF, sale, by.organizer_id):
                return None
            row = await connection.fetchrow(issuing_sql.READ_GIVEN_AWAY, sale, by.actor)
            quota = await complimentary_max(connection, by.organizer_id)
        return GivenAway(row["orders"], row["tickets"], row["full_price"], row["issued"], quota)

    async def _made(self, sale: str, order: str) -> Bought | None:
        rows = await self._desk.reader.rows(sale, order)
        if rows is None or rows.state in (OrderState.VOID, OrderState.FAILED):
            return None
        await self._desk.tell_rows(rows)
        return Bought(await self._desk.reader.view_of(rows), again=True)

    async def _sell(self, by: Act, live: Sale, buyer: str, ask: StaffOrder, more: Filling) -> Bought | Refused:
        most = ask.size if ask.over_maximum else None
        cart = await live.enter_by_staff(buyer, most)
        if isinstance(cart, Refused):
            return cart
        if ask.allocation is not None:
            return await self._draw(by, live, cart, ask)
        filled = await self._fill(live, cart, ask)
        if isinstance(filled, Refused):
            return filled
        refused = await more(cart)
        return refused if refused is not None else await self._buy(by, live, cart, ask, filled)

    async def _buy(self, by: Act, live: Sale, cart: Cart, ask: StaffOrder, filled: Filled) -> Bought | Refused:
        types = types_of(ask, filled)
        written = await self._carts.change(live.id, cart.buyer, CartChange(contact=ask.contact, types=types))
        if isinstance(written, Refused):
            return written
        staff = ByStaff(
            by,
            Making(ask.channel, by.actor, ask.tender),
            filled.seats,
            filled.units,
            ask.size if ask.over_maximum else None,
            ask.reference,
            types,
            ask.allocation,
            ask.reason,
            ask.over_quota,
        )
        purchase = Purchase(live.id, cart.buyer, ask.order, None, locale=ask.locale, due=ask.due, staff=staff)
        return await self._purchases.purchase(purchase)

    # ── out of an allocation ──

    async def _draw(self, by: Act, live: Sale, cart: Cart, ask: StaffOrder) -> Bought | Refused:
        """Buy what comes out of an allocation, once nothing else of the stock is under way."""
        answer: Bought | Refused = Refused(Code.BUSY)
        for _ in range(DRAW_TRIES):
            if isinstance(unbrought := await self._desk.bring(live.id), Refused):
                return unbrought
            filled = await self._picked(live.id, ask)
            if isinstance(filled, Refused):
                return filled
            answer = await self._buy(by, live, cart, ask, filled)
            picked_in_vain = ask.best is not None and _is(answer, Code.NOT_ALLOCATED)
            if not picked_in_vain and not _is(answer, Code.BUSY):
                break
        if isinstance(answer, Bought) and answer.again:
            await live.leave(cart.buyer)  # a cart that was begun for nothing
        return answer

    async def _picked(self, sale: str, ask: StaffOrder) -> Filled | Refused:
        """The seats that are named, and the first that the allocation has together."""
        seats = frozenset(ask.seats)
        if ask.best is not None and ask.allocation is not None:
            book = await self._price_books.of(sale)
            if book is None:
                return Refused(Code.UNKNOWN_SALE)
            allocation = await read_allocation(self._desk.db, sale, ask.allocation)
            there = set() if allocation is None else set(allocation.seats)
            found = first_together(book, sorted(there - seats), ask.best)
            if not found:
                return Refused(Code.NONE_TOGETHER)
            seats |= found
        return Filled(seats, dict(ask.units))

    # ── out of what is for sale ──

    async def _fill(self, live: Sale, cart: Cart, ask: StaffOrder) -> Filled | Refused:
        """Hold all that is asked. The ids of the holds are the cart's: a later cart of the same order holds anew."""
        wanted: list[SeatsHold | BestHold | PoolHold] = []
        if ask.seats:
            wanted.append(SeatsHold(cart.buyer, f"{cart.id}:seats", ask.seats))
        if ask.best is not None:
            wanted.append(BestHold(cart.buyer, f"{cart.id}:best", ask.best.seats, ask.best.section))
        for nth, (pool, units) in enumerate(ask.units.items()):
            wanted.append(PoolHold(cart.buyer, f"{cart.id}:{nth}", pool, units))
        seats: set[int] = set()
        for each in wanted:
            held = await live.hold(each)
            if isinstance(held, Refused):
                return of_pool(held, each.pool) if isinstance(each, PoolHold) else held
            seats.update(held.seats)
        return Filled(frozenset(seats), dict(ask.units))


def out_of(allocation: Allocation, ask: StaffOrder) -> StaffOrder:
    """The ask, knowing what it is out of. Pure."""
    ask = replace(ask, for_group=allocation.purpose == GROUP)
    return replace(ask, best=None, seats=tuple(allocation.seats), units=allocation.units) if ask.whole else ask


def first_together(book: PriceBook, seats: Sequence[int], best: BestSeats) -> frozenset[int]:
    """The first of these seats that are side by side; none where there are not that many. Pure."""
    run: list[int] = []
    before: Spot | None = None
    for seat in seats:
        spot = book.spot(seat)
        if spot is None or best.section not in (None, spot.section):
            continue
        beside = run and before and seat == run[-1] + 1 and (spot.section, spot.row) == (before.section, before.row)
        run = [*run, seat] if beside else [seat]
        before = spot
        if len(run) == best.seats:
            return frozenset(run)
    return frozenset()


def of_pool(refused: Refused, pool: str) -> Refused:
    """The same, saying of which of several pools there are not that many left. Pure."""
    if refused.code is not Code.SHORT:
        return refused
    return Refused(refused.code, {**refused.detail, "short": {pool: refused.detail["left"]}})


def _is(answer: Bought | Refused, code: Code) -> bool:
    return isinstance(answer, Refused) and answer.code is code


def types_of(ask: StaffOrder, filled: Filled) -> Mapping[str, TypeChoice]:
    """The ticket type of each seat and unit. Pure."""
    if not ask.type:
        return ask.types
    every: dict[str, TypeChoice] = {f"seat:{seat}": ask.type for seat in filled.seats}
    every |= {f"pool:{pool}": {ask.type: units} for pool, units in filled.units.items()}
    return every | dict(ask.types)
