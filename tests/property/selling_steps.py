"""Steps that may meet one another: what each does to a real sale, and what the model says it comes to.

An answer is told in the words of the model: a code, or what was done. What was asked wrongly is `WRONG`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

from engine.catalog import Allocation
from engine.catalog.model import PoolPlan
from engine.onsale.model import PoolHold, SeatsHold
from engine.orders import BestSeats, Bought, StaffOrder, Tender
from engine.refusals import Code, Refused
from tests.orders.house import House
from tests.orders.test_staff_orders import make, rosa
from tests.property.selling_model import Payment, SellingModel, Withheld
from tests.property.stock_model import FREE, ModelCart
from tests.property.test_stock import told

WRONG = "wrong"
# A few of each section, so that all want the same.
SEATS = {0: ("stalls", "A 1"), 1: ("stalls", "A 2"), 2: ("stalls", "A 3"), 40: ("circle", "A 1"), 41: ("circle", "A 2")}


class Follows(StrEnum):
    """Which of the two stores says what a step comes to."""

    REDIS = "redis"  # Postgres follows, by what Redis said
    POSTGRES = "postgres"  # Redis follows, later
    SOLD = "sold"  # Postgres, and Redis gives it to nobody meanwhile


class Step(Protocol):
    """Something that is done at once, or not at all."""

    async def does(self, house: House) -> Any: ...

    def expects(self, model: SellingModel) -> Any: ...


@dataclass(frozen=True)
class HoldsSeats:
    buyer: str
    hold: str
    seats: tuple[int, ...]

    async def does(self, house: House) -> Any:
        return told(await house.sale.hold(SeatsHold(self.buyer, self.hold, self.seats)))

    def expects(self, model: SellingModel) -> Any:
        return model.hold_seats(self.buyer, self.hold, self.seats)


@dataclass(frozen=True)
class HoldsUnits:
    buyer: str
    hold: str
    pool: str
    units: int

    async def does(self, house: House) -> Any:
        return told(await house.sale.hold(PoolHold(self.buyer, self.hold, self.pool, self.units)))

    def expects(self, model: SellingModel) -> Any:
        return model.hold_units(self.buyer, self.hold, self.pool, self.units)


class Change(Step, Protocol):
    """A change of what there is to sell. Whoever asked for it may die half way; others lead it through."""

    def follows(self, model: SellingModel) -> Follows: ...


@dataclass(frozen=True)
class Withholds:
    name: str
    what: Withheld

    async def does(self, house: House) -> Any:
        by_section: dict[str, list[str]] = {}
        for seat in self.what.seats:
            by_section.setdefault(SEATS[seat][0], []).append(SEATS[seat][1])
        body = {"name": self.name, "purpose": "press", "staff": self.what.staff}
        body |= {"seats": by_section, "units": self.what.units}
        match await house.engine.catalog.allocations.make(rosa(house), house.sale.id, body):
            case Refused(Code.STOCK_TAKEN, missing):
                return missing
            case Allocation() as made:
                return tuple(made.seats), dict(made.units)
            case Refused(code):
                return code
            case _:
                return WRONG

    def expects(self, model: SellingModel) -> Any:
        seats, units = self.what.seats, self.what.units
        others = {seat for what in model.withheld.values() for seat in what.seats}
        too_many = any(count > model.capacity[pool] for pool, count in units.items())
        if not (seats or units) or others & set(seats) or too_many:
            return WRONG
        if missing := model.missing(seats, units):
            return missing
        model.withhold(self.name, self.what)
        return seats, units

    def follows(self, model: SellingModel) -> Follows:
        return Follows.REDIS


@dataclass(frozen=True)
class LetsGo:
    name: str

    async def does(self, house: House) -> Any:
        released = await house.engine.catalog.allocations.release(rosa(house), house.sale.id, self.name)
        return released.code if isinstance(released, Refused) else (tuple(released.seats), dict(released.units))

    def expects(self, model: SellingModel) -> Any:
        model.let_go(self.name)
        return (), {}

    def follows(self, model: SellingModel) -> Follows:
        return Follows.POSTGRES


@dataclass(frozen=True)
class Resizes:
    pool: str
    capacity: int

    async def does(self, house: House) -> Any:
        body = {"capacity": self.capacity}
        match await house.engine.catalog.allocations.resize(rosa(house), house.sale.id, self.pool, body):
            case Refused(Code.STOCK_TAKEN, missing):
                return missing
            case PoolPlan():
                return self.capacity  # it is told as it is by now, which may be of somebody else's making
            case Refused(code):
                return code
            case _:
                return WRONG

    def expects(self, model: SellingModel) -> Any:
        less = model.capacity[self.pool] - self.capacity
        if not model.fits(self.pool, self.capacity):
            return WRONG
        if less > 0 and (missing := model.missing((), {self.pool: less}, own=True)):
            return missing
        model.resize(self.pool, self.capacity)
        return self.capacity

    def follows(self, model: SellingModel) -> Follows:
        return Follows.REDIS if self.capacity < model.capacity[self.pool] else Follows.POSTGRES


@dataclass(frozen=True)
class Draws:
    """An order of a member out of an allocation: what is named, the first seats together, or all that is left."""

    order: str
    allocation: str
    seats: tuple[int, ...] = ()
    units: Mapping[str, int] | None = None
    best: int = 0
    whole: bool = False
    given: bool = False
    over_maximum: bool = False

    def asked(self) -> StaffOrder:
        ask = StaffOrder(self.order, Tender.CASH, self.seats, units=self.units or {}, type="general")
        best = BestSeats(self.best) if self.best else None
        ask = replace(ask, best=best, allocation=self.allocation, whole=self.whole, over_maximum=self.over_maximum)
        return replace(ask, tender=Tender.NONE, reason="Friends of the house") if self.given else ask

    async def does(self, house: House) -> Any:
        answer = await make(house, self.asked())
        return lines_of(answer) if isinstance(answer, Bought) else answer.code

    def expects(self, model: SellingModel) -> Any:
        what = model.withheld[self.allocation]
        seats, units, best = set(self.seats), dict(self.units or {}), self.best
        if self.whole:
            seats, units, best = set(what.seats), dict(what.units), 0
        if not (seats or units or best):
            return Code.INVALID
        if best:
            together = first_together(sorted(set(what.seats) - seats), best)
            if not together:
                return Code.NONE_TOGETHER
            seats |= set(together)
        size = len(seats) + sum(units.values())
        if self.given and model.given() + size > model.quota:
            return Code.OVER_QUOTA
        if not what.staff:
            return Code.INVALID
        if seats - set(what.seats) or any(count > what.units.get(pool, 0) for pool, count in units.items()):
            return Code.NOT_ALLOCATED
        if size > model.person_max and not self.over_maximum:
            return Code.OVER_MAXIMUM
        model.draw(self.allocation, payment_of(model, self.order, seats, units, given=self.given))
        return tuple(sorted(seats)), units

    def follows(self, model: SellingModel) -> Follows:
        return Follows.SOLD


@dataclass(frozen=True)
class Sells:
    """An order of a member out of what is for sale. It holds first what it sells, so others may see it held in vain."""

    order: str
    seats: tuple[int, ...]
    units: Mapping[str, int]
    given: bool
    over_maximum: bool

    async def does(self, house: House) -> Any:
        ask = replace(Draws(self.order, "", self.seats, self.units, given=self.given).asked(), allocation=None)
        answer = await make(house, replace(ask, over_maximum=self.over_maximum))
        return lines_of(answer) if isinstance(answer, Bought) else answer.code

    def expects(self, model: SellingModel) -> Any:
        model.expire()
        size = len(self.seats) + sum(self.units.values())
        if not size:
            return Code.INVALID
        if any(model.seats[seat] != FREE for seat in self.seats):
            return Code.SEAT_TAKEN
        if size > model.person_max and not self.over_maximum:
            return Code.OVER_MAXIMUM
        if any(model.free_of(pool) < count for pool, count in self.units.items()):
            return Code.SHORT
        if self.given and model.given() + size > model.quota:
            return Code.OVER_QUOTA
        model.issue(payment_of(model, self.order, self.seats, self.units, given=self.given))
        for pool, count in self.units.items():
            model.give(pool, -count)
        return self.seats, dict(self.units)


def payment_of(
    model: SellingModel, order: str, seats: Collection[int], units: Mapping[str, int], *, given: bool
) -> Payment:
    """By the prices of a cart that is opened now."""
    cart = ModelCart("ended", model.now, seats=sorted(seats), units=dict(units), opened=model.now)
    return Payment(f"for {order}", tuple(cart.seats), cart.units, 0 if given else model.total(cart), cart, given)


def lines_of(bought: Bought) -> tuple[tuple[int, ...], dict[str, int]]:
    seats = sorted(each.line.seat for each in bought.order.lines if each.line.seat is not None)
    units: dict[str, int] = {}
    for each in bought.order.lines:
        if each.line.pool is not None:
            units[each.line.pool] = units.get(each.line.pool, 0) + 1
    return tuple(seats), units


def first_together(seats: Sequence[int], wanted: int) -> Sequence[int]:
    """Rows are ten long, and end where the next begins."""

    def runs() -> Iterator[Sequence[int]]:
        for nth in range(len(seats) - wanted + 1):
            run = seats[nth : nth + wanted]
            if run[-1] - run[0] == wanted - 1 and run[0] // 10 == run[-1] // 10:
                yield run

    return next(runs(), ())
