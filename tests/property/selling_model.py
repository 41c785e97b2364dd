"""The oracle of a whole sale: what its stock, carts and orders are, whatever is changed while it sells."""

from __future__ import annotations

import copy
import itertools
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.onsale.model import Cart
from engine.refusals import Code
from tests.property.stock_model import FREE, HELD, OFF, SOLD, ModelCart, StockModel

STALLS = range(40)  # the other seats are in the circle


@dataclass(frozen=True)
class Payment:
    """An order that was placed: what it is for, and whose cart it was."""

    buyer: str
    seats: tuple[int, ...]
    units: Mapping[str, int]
    total: int
    cart: ModelCart
    given: bool = False  # away, by a member

    def size(self) -> int:
        return len(self.seats) + sum(self.units.values())


@dataclass(frozen=True)
class Withheld:
    seats: tuple[int, ...]
    units: Mapping[str, int]
    staff: bool = False  # members may draw on it

    def size(self) -> int:
        return len(self.seats) + sum(self.units.values())


@dataclass(frozen=True)
class ModelPhase:
    since: int
    to: int  # 0: when the next begins
    most: int
    places: frozenset[str]


@dataclass
class SellingModel(StockModel):
    """Postgres knows what is `paid`, `paying`, `awaiting` and `withheld`; `capacity` counts what is withheld, too."""

    capacity: dict[str, int] = field(default_factory=dict)
    phases: list[ModelPhase] = field(default_factory=list)
    lists: list[tuple[int, Mapping[str, int]]] = field(default_factory=list)  # from when each counts
    withheld: dict[str, Withheld] = field(default_factory=dict)
    paying: dict[str, Payment] = field(default_factory=dict)
    awaiting: dict[str, Payment] = field(default_factory=dict)
    paid: dict[str, Payment] = field(default_factory=dict)
    quota: int = 0  # so many tickets a member may give away
    question: str = ""
    required: bool = False
    said: set[tuple[int, str]] = field(default_factory=set)  # carts and the questions they answered
    serials: Iterator[int] = field(default_factory=itertools.count)

    # ── carts ──

    def begun_over(self, before: ModelCart | None) -> ModelCart:
        cart = super().begun_over(before)
        cart.opened, cart.serial = self.now, next(self.serials)
        return cart

    def list_of(self, cart: ModelCart) -> int:
        return max(number for number, (since, _) in enumerate(self.lists, 1) if since <= cart.opened)

    def total(self, cart: ModelCart) -> int:
        prices = self.lists[self.list_of(cart) - 1][1]
        seats = sum(prices["stalls" if seat in STALLS else "circle"] for seat in cart.seats)
        return seats + sum(prices[pool] * units for pool, units in cart.units.items())

    def holding(self) -> int:
        """How many carts hold something."""
        return sum(cart.size() > 0 for cart in self.carts.values())

    def owes_an_answer(self, cart: ModelCart) -> bool:
        return self.required and bool(self.question) and (cart.serial, self.question) not in self.said

    # ── phases ──

    def phase_of(self, cart: ModelCart) -> ModelPhase:
        return next(phase for phase in reversed(self.phases) if phase.since <= cart.opened)

    def most_of(self, cart: ModelCart) -> int:
        return self.phase_of(cart).most

    def most_ever(self) -> int:
        return max(phase.most for phase in self.phases)

    def is_between(self) -> bool:
        newest = next(phase for phase in reversed(self.phases) if phase.since <= self.now)
        return 0 < newest.to <= self.now

    def sells(self, cart: ModelCart, what: Sequence[int | str]) -> bool:
        places = self.phase_of(cart).places
        named = [("stalls" if each in STALLS else "circle") if isinstance(each, int) else each for each in what]
        return all(place in places for place in named)

    # ── orders ──

    def place(self, buyer: str, order: str, total: int | None) -> ModelCart | Code:
        """The cart that is paid for now, or why it can't be."""
        cart = self.lock(buyer, order)
        if isinstance(cart, Code):
            return cart
        if self.owes_an_answer(cart):
            self.unlock(buyer, order)
            return Code.CART_INCOMPLETE
        if total is not None and total != self.total(cart):
            self.unlock(buyer, order)
            return Code.PRICE_CHANGED
        self.paying[order] = Payment(buyer, tuple(cart.seats), dict(cart.units), self.total(cart), copy.deepcopy(cart))
        return cart

    def capture(self, order: str) -> None:
        payment = self.paid[order] = self.paying.pop(order)
        assert self.sell(payment.buyer, order, payment.seats, dict(payment.units), payment.total) == "sold"

    def decline(self, order: str) -> None:
        self.unlock(self.paying.pop(order).buyer, order)

    def reserve(self, order: str) -> None:
        """Its money comes later."""
        payment = self.awaiting[order] = self.paying.pop(order)
        assert self.sell(payment.buyer, order, payment.seats, dict(payment.units), 0, end="reserved") == "sold"
        del self.orders[order]

    def arrives(self, order: str) -> None:
        payment = self.paid[order] = self.awaiting.pop(order)
        self.orders[order] = payment.total

    def runs_out(self, order: str) -> None:
        payment = self.awaiting.pop(order)
        for seat in payment.seats:
            self.seats[seat] = FREE
            del self.owners[seat]
        for pool, units in payment.units.items():
            self.give(pool, units)
        self.bought[payment.buyer] -= payment.size()
        self.sold -= payment.size()

    def reserved(self) -> int:
        return sum(payment.size() for payment in self.awaiting.values())

    def given(self) -> int:
        return sum(payment.size() for payment in self.paid.values() if payment.given)

    def issue(self, payment: Payment) -> None:
        """A member sold it, and has the money: what it takes of pools is the caller's."""
        order = payment.buyer
        for seat in payment.seats:
            self.seats[seat], self.owners[seat] = SOLD, order
        self.sold += payment.size()
        self.orders[order] = payment.total
        self.paid[order] = payment

    def draw(self, name: str, payment: Payment) -> None:
        """An order of a member takes this out of what is withheld."""
        what = self.withheld[name]
        seats = tuple(seat for seat in what.seats if seat not in payment.seats)
        left = {pool: count - payment.units.get(pool, 0) for pool, count in what.units.items()}
        self.withheld[name] = replace(what, seats=seats, units={pool: count for pool, count in left.items() if count})
        self.issue(payment)

    # ── what there is to sell ──

    def missing(self, seats: Collection[int], units: Mapping[str, int], *, own: bool = False) -> dict[str, object]:
        """What stands in the way of taking these, as a refusal tells it; {} when nothing does."""
        self.expire()
        held = [seat for seat in seats if self.seats[seat] == HELD]
        gone = [seat for seat in seats if self.seats[seat] in (SOLD, OFF)]
        wanted: Counter[str] = Counter()
        for pool, count in units.items():
            wanted.update(dict.fromkeys((pool,) if own else self.drawn[pool], count))
        short = {pool: self.free[pool] for pool, count in wanted.items() if self.free[pool] < count}
        return {"held": held, "gone": gone, "short": short} if held or gone or short else {}

    def withhold(self, name: str, what: Withheld) -> None:
        self.withheld[name] = what
        for seat in what.seats:
            self.seats[seat] = OFF
        for pool, units in what.units.items():
            self.give(pool, -units)

    def let_go(self, name: str) -> None:
        """What was let go before stays so."""
        what = self.withheld[name]
        self.withheld[name] = Withheld((), {}, what.staff)
        for seat in what.seats:
            self.seats[seat] = FREE
        for pool, units in what.units.items():
            self.give(pool, units)

    def fits(self, pool: str, capacity: int) -> bool:
        """Whether no pool would be larger than one it draws on."""
        return all(capacity <= self.capacity[each] for each in self.drawn[pool][1:]) and all(
            self.capacity[each] <= capacity for each, drawn in self.drawn.items() if pool in drawn[1:]
        )

    def resize(self, pool: str, capacity: int) -> None:
        self.free[pool] += capacity - self.capacity[pool]
        self.capacity[pool] = capacity

    # ── losses ──

    def lose(self) -> None:
        """Redis lost everything: of the carts, those being paid for are known to Postgres."""
        self.survive({})

    def survive(self, carts: Mapping[str, ModelCart]) -> None:
        """Redis has these carts, and is rebuilt: what is paid for, or withheld, is taken out of them."""
        self.carts = copy.deepcopy(dict(carts))
        for order, payment in self.paying.items():
            old, cart = self.carts.get(payment.buyer), copy.deepcopy(payment.cart)
            cart.answers = old.answers if old is not None else {}
            cart.state, cart.order, cart.deadline = "locked", order, max(cart.deadline, self.now)
            if old is not None and old.serial == cart.serial:
                cart.deadline = old.deadline
            self.carts[payment.buyer] = cart
        for cart in self.carts.values():
            if cart.state == "locked" and cart.order in self.paid:
                cart.state, cart.end, cart.seats, cart.units = "ended", "bought", [], {}
        self.recount()

    def keep(self, found: Mapping[str, Cart]) -> None:
        """Each cart of a copy keeps what is `found` in it; what it lost was not to be had any more."""
        due = any(cart.state == "open" and cart.deadline <= self.now for cart in self.carts.values())
        lacking: list[tuple[list[int], Collection[str], bool]] = []
        for buyer, cart in self.carts.items():
            told = found[buyer]
            if cart.state == "locked" and cart.order in self.paying:
                continue  # it keeps everything
            if cart.state == "open" and cart.deadline <= self.now:
                cart.state, cart.end, cart.seats, cart.units = "ended", "expired", [], {}
                continue
            lost = [seat for seat in cart.seats if seat not in told.seats]
            fewer = {pool: units for pool, units in cart.units.items() if told.units.get(pool, 0) < units}
            assert set(told.seats) <= set(cart.seats)
            assert all(units <= cart.units.get(pool, 0) for pool, units in told.units.items())
            before, cart.seats, cart.units = cart.seats, list(told.seats), dict(told.units)
            full = cart.size() + self.bought.get(buyer, 0) >= self.most_ever()
            lacking.append((lost, fewer, full or due))
            assert [seat for seat in before if seat in told.seats] == cart.seats
        self.recount()
        for seats, units, full in lacking:
            assert full or all(self.seats[seat] != FREE for seat in seats)
            assert full or all(self.free_of(pool) == 0 for pool in units)

    def recount(self) -> None:
        """Seats and pools anew, from what is withheld, sold and in carts."""
        self.seats, self.owners, self.free = [FREE] * len(self.seats), {}, dict(self.capacity)
        for what in self.withheld.values():
            for seat in what.seats:
                self.seats[seat] = OFF
            for pool, units in what.units.items():
                self.give(pool, -units)
        for order, payment in (self.paid | self.awaiting).items():
            for seat in payment.seats:
                self.seats[seat], self.owners[seat] = SOLD, order
            for pool, units in payment.units.items():
                self.give(pool, -units)
        for buyer, cart in self.carts.items():
            for seat in cart.seats:
                self.seats[seat], self.owners[seat] = HELD, buyer
            for pool, units in cart.units.items():
                self.give(pool, -units)

    def open_failed(self) -> None:
        """Carts locked for an order that came to nothing, or never was, are opened by the finisher."""
        for buyer, cart in self.carts.items():
            if cart.state == "locked" and cart.order not in self.paying:
                self.unlock(buyer, cart.order)

    # ── what is told ──

    def left(self) -> int:
        """How much the sale has to sell still, with what is held."""
        seats = sum(state != OFF for state in self.seats)
        units = sum(count for pool, count in self.capacity.items() if len(self.drawn[pool]) == 1)
        return seats + units - sum(sum(what.units.values()) for what in self.withheld.values()) - self.sold
