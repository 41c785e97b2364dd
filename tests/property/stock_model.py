"""The oracle: what a sale without a room does, in plain Python, one command after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.refusals import Code

FREE, HELD, SOLD, OFF = range(4)
CLOSED = {"paused": Code.SALE_PAUSED, "closed": Code.SALE_CLOSED}


@dataclass
class ModelCart:
    state: str
    deadline: int
    order: str = ""
    seats: list[int] = field(default_factory=list)
    units: dict[str, int] = field(default_factory=dict)
    answers: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    end: str = ""
    has_held: bool = False
    # Not compared by the machine of the scripts:
    opened: int = 0
    serial: int = 0  # another for each cart there ever was

    def size(self) -> int:
        return len(self.seats) + sum(self.units.values())


@dataclass
class StockModel:
    """`drawn` says for each pool in which pools a unit of it counts."""

    seats: list[int]
    free: dict[str, int]
    drawn: Mapping[str, Sequence[str]]
    person_max: int
    cart_ms: int
    now: int
    state: str = "open"
    carts: dict[str, ModelCart] = field(default_factory=dict)
    owners: dict[int, str] = field(default_factory=dict)
    orders: dict[str, int] = field(default_factory=dict)
    bought: dict[str, int] = field(default_factory=dict)
    sold: int = 0

    # ── parts ──

    def expire(self) -> None:
        for cart in self.carts.values():
            if cart.state == "open" and cart.deadline <= self.now:
                self.end(cart, "expired")

    def end(self, cart: ModelCart, reason: str) -> None:
        for seat in cart.seats:
            self.seats[seat] = FREE
            del self.owners[seat]
        for pool, units in cart.units.items():
            self.give(pool, units)
        cart.seats, cart.units, cart.state, cart.end = [], {}, "ended", reason

    def give(self, pool: str, units: int) -> None:
        for each in self.drawn[pool]:
            self.free[each] += units

    def free_of(self, pool: str) -> int:
        return min(self.free[each] for each in self.drawn[pool])

    def live(self, buyer: str) -> ModelCart | Code:
        cart = self.carts.get(buyer)
        if cart is None:
            return Code.NO_CART
        return {"open": cart, "ended": Code.CART_ENDED, "locked": Code.CART_LOCKED}[cart.state]

    # ── commands: each answers a Code, or what it did ──

    def begin_hold(self, buyer: str, command: str, ask: Any) -> tuple[bool, Any]:
        """(True, answer) when there is nothing to decide any more, else (False, the cart to hold in)."""
        self.expire()
        cart = self.carts.get(buyer)
        if cart is not None and command in cart.answers:
            asked, answer = cart.answers[command]
            return True, answer if asked == ask else Code.CONFLICT
        if self.state != "open":
            return True, CLOSED[self.state]
        if cart is not None and cart.state == "locked":
            return True, Code.CART_LOCKED
        if (cart is None or cart.state == "ended") and self.is_between():
            return True, Code.BETWEEN_PHASES
        if cart is None or cart.state == "ended":
            cart = self.carts[buyer] = self.begun_over(cart)
        elif cart.size() == 0 and not cart.has_held:
            cart.deadline = self.now + self.cart_ms
        return False, cart

    def begun_over(self, before: ModelCart | None) -> ModelCart:
        cart = ModelCart("open", self.now + self.cart_ms)
        if before is not None:
            cart.answers = before.answers
            if before.has_held and before.end not in ("bought", "reserved", "expired") and before.deadline > self.now:
                cart.deadline, cart.has_held = before.deadline, True
        return cart

    def leave(self, buyer: str) -> Code | None:
        self.expire()
        cart = self.carts.get(buyer)
        if cart is None or cart.state == "ended":
            return None
        if cart.state == "locked":
            return Code.CART_LOCKED
        self.end(cart, "left")
        return None

    def over(self, buyer: str, cart: ModelCart, more: int) -> bool:
        return cart.size() + self.bought.get(buyer, 0) + more > self.most_of(cart)

    # A sale without phases:

    def most_of(self, cart: ModelCart) -> int:
        return self.person_max

    def is_between(self) -> bool:
        return False

    def sells(self, cart: ModelCart, what: Sequence[int | str]) -> bool:
        return True

    def take_seats(self, buyer: str, cart: ModelCart, seats: Sequence[int]) -> None:
        for seat in seats:
            self.seats[seat] = HELD
            self.owners[seat] = buyer
            cart.seats.append(seat)

    def hold_seats(self, buyer: str, command: str, seats: tuple[int, ...]) -> Any:
        done, cart = self.begin_hold(buyer, command, ("seats", seats))
        if done:
            return cart
        added = [seat for seat in seats if seat not in cart.seats]
        answer: Any
        if not self.sells(cart, seats):
            answer = Code.NOT_IN_PHASE
        elif any(seat >= len(self.seats) for seat in seats):
            answer = Code.UNKNOWN_SEAT
        elif any(self.seats[seat] != FREE for seat in added):
            answer = Code.SEAT_TAKEN
        elif self.over(buyer, cart, len(added)):
            answer = Code.OVER_MAXIMUM
        else:
            self.take_seats(buyer, cart, added)
            cart.has_held = True
            answer = tuple(added)
        cart.answers[command] = (("seats", seats), answer)
        return answer

    def hold_units(self, buyer: str, command: str, pool: str, units: int) -> Any:
        done, cart = self.begin_hold(buyer, command, ("pool", pool, units))
        if done:
            return cart
        answer: Any = (pool, units)
        if not self.sells(cart, [pool]):
            answer = Code.NOT_IN_PHASE
        elif self.over(buyer, cart, units):
            answer = Code.OVER_MAXIMUM
        elif self.free_of(pool) < units:
            answer = Code.SHORT
        else:
            self.give(pool, -units)
            cart.units[pool] = cart.units.get(pool, 0) + units
            cart.has_held = True
        cart.answers[command] = (("pool", pool, units), answer)
        return answer

    def hold_best(self, buyer: str, command: str, wanted: int, rows: Sequence[range], got: Any) -> Any:
        """Which seats it should be is judged, not predicted: `got` is what the script answered."""
        done, cart = self.begin_hold(buyer, command, ("best", wanted))
        if done:
            return cart
        stretches = list(self.stretches(wanted, rows))
        answer: Any
        if self.over(buyer, cart, wanted):
            answer = Code.OVER_MAXIMUM
        elif not stretches:
            answer = Code.NONE_TOGETHER
        else:
            kind = [alone for seats, alone in stretches if seats == got]
            assert kind, f"{got} are not {wanted} free seats together"
            assert not kind[0] or all(alone for _, alone in stretches), f"{got} leaves a seat alone, needlessly"
            answer = got
            self.take_seats(buyer, cart, got)
            cart.has_held = True
        cart.answers[command] = (("best", wanted), answer)
        return answer

    def stretches(self, wanted: int, rows: Sequence[range]) -> Iterator[tuple[tuple[int, ...], bool]]:
        """Every stretch of free seats, and whether taking it leaves a single seat alone."""

        def free(row: range, seat: int) -> bool:
            return seat in row and self.seats[seat] == FREE

        for row in rows:
            for first in row[: len(row) - wanted + 1]:
                seats = tuple(range(first, first + wanted))
                if all(free(row, seat) for seat in seats):
                    before, after = first - 1, first + wanted
                    alone = (free(row, before) and not free(row, before - 1)) or (
                        free(row, after) and not free(row, after + 1)
                    )
                    yield seats, alone

    def release(self, buyer: str, command: str, seats: tuple[int, ...], units: dict[str, int]) -> Any:
        self.expire()
        ask = ("release", seats, tuple(sorted(units.items())))
        cart = self.carts.get(buyer)
        if cart is not None and command in cart.answers:
            asked, answer = cart.answers[command]
            return answer if asked == ask else Code.CONFLICT
        live = self.live(buyer)
        if isinstance(live, Code):
            return live
        if not seats and not units:
            seats, units = tuple(live.seats), dict(live.units)
        answer = (seats, units)
        if any(seat not in live.seats for seat in seats) or any(
            live.units.get(pool, 0) < n for pool, n in units.items()
        ):
            answer = Code.NOT_HELD
        else:
            for seat in seats:
                live.seats.remove(seat)
                self.seats[seat] = FREE
                del self.owners[seat]
            for pool, count in units.items():
                self.give(pool, count)
                live.units[pool] -= count
                if not live.units[pool]:
                    del live.units[pool]
        live.answers[command] = (ask, answer)
        return answer

    def lock(self, buyer: str, order: str) -> ModelCart | Code:
        self.expire()
        cart = self.carts.get(buyer)
        if cart is not None and cart.state != "open" and cart.order == order:
            return cart
        live = self.live(buyer)
        if isinstance(live, Code):
            return live
        if not live.size():
            return Code.CART_INCOMPLETE
        live.state, live.order = "locked", order
        return live

    def unlock(self, buyer: str, order: str) -> ModelCart | Code:
        self.expire()
        cart = self.carts.get(buyer)
        if cart is None:
            return Code.NO_CART
        if cart.state == "locked":
            if cart.order != order:
                return Code.CART_LOCKED
            cart.state, cart.order = "open", ""
            self.expire()
        return cart

    def sell(
        self,
        buyer: str,
        order: str,
        seats: tuple[int, ...],
        units: dict[str, int],
        revenue: int,
        *,
        end: str = "bought",
    ) -> str | Code:
        self.expire()
        cart = self.carts.get(buyer)
        if order in self.orders:
            if cart is not None and cart.state == "locked" and cart.order == order:
                cart.state, cart.order = "open", ""
            return "again"
        if any(self.is_barred(order, seat) for seat in seats):
            return Code.ALREADY_SOLD
        mine = cart if cart is not None and (cart.state != "locked" or cart.order == order) else None
        own = {pool: min(mine.units.get(pool, 0) if mine else 0, count) for pool, count in units.items()}
        if not self.could_have(buyer, {pool: count - own[pool] for pool, count in units.items()}):
            return Code.ALREADY_SOLD
        for seat in seats:
            if self.seats[seat] == HELD:
                self.carts[self.owners[seat]].seats.remove(seat)
            self.seats[seat], self.owners[seat] = SOLD, order
        for pool in sorted(units):
            if mine and own[pool]:
                mine.units[pool] -= own[pool]
                if not mine.units[pool]:
                    del mine.units[pool]
            self.make_room(buyer, pool, units[pool] - own[pool])
        if cart is not None and cart.state == "locked" and cart.order == order:
            self.end(cart, end)
        size = len(seats) + sum(units.values())
        self.bought[buyer] = self.bought.get(buyer, 0) + size
        self.sold += size
        self.orders[order] = revenue
        return "sold"

    def is_barred(self, order: str, seat: int) -> bool:
        if self.seats[seat] == SOLD:
            return self.owners[seat] != order
        if self.seats[seat] == HELD:
            holder = self.carts[self.owners[seat]]
            return holder.state == "locked" and holder.order != order
        return False

    def open_carts_but(self, buyer: str) -> list[ModelCart]:
        """The longest time left first."""
        found = [
            (cart.deadline, name, cart) for name, cart in self.carts.items() if cart.state == "open" and name != buyer
        ]
        return [cart for _, _, cart in sorted(found, key=lambda each: each[:2], reverse=True)]

    def could_have(self, buyer: str, units: Mapping[str, int]) -> bool:
        wanted: dict[str, int] = {}
        for pool, count in units.items():
            for each in self.drawn[pool]:
                wanted[each] = wanted.get(each, 0) + count
        for cart in self.open_carts_but(buyer):
            for pool, count in cart.units.items():
                for each in self.drawn[pool]:
                    if each in wanted:
                        wanted[each] -= count
        return all(count <= self.free[pool] for pool, count in wanted.items())

    def make_room(self, buyer: str, pool: str, units: int) -> None:
        """Units come from open carts where none are free; whole holdings go at a time."""
        if units <= 0:
            return
        for needed in self.drawn[pool]:
            while self.free[needed] < units:
                cart, victim = next(
                    (cart, each)
                    for cart in self.open_carts_but(buyer)
                    for each in cart.units
                    if needed in self.drawn[each]
                )
                self.give(victim, cart.units.pop(victim))
        self.give(pool, -units)
