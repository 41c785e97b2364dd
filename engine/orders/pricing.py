"""Pricing: what a cart costs, line by line.

Pure. Guarantees: integer money; the total is the sum of lines and fees; the same cart costs the same everywhere,
whatever prices were changed since it was opened: it keeps the list that was the newest then, for what is added later as
well.
A seat or unit without a chosen type gets the first type its section or pool is priced for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.catalog import (
    Day,
    Phase,
    PoolPlan,
    PriceList,
    Question,
    TypeRule,
    Unlock,
    list_at,
    may_have,
    phase_begun,
    unlocked_types,
)
from engine.catalog.model import NO_DUES
from engine.coupons import Judged, Said, Use
from engine.orders.making import TypeChoice
from engine.orders.model import CartItem, Issue, Line, Spot
from engine.orders.owed import OrderFee, TaxSum
from engine.pricing import Item, Owed, OwedLine, owed_for

TYPE_UNKNOWN = "type_unknown"
TYPE_NEEDED = "type_needed"
AMOUNT = "amount:"


@dataclass(frozen=True, slots=True)
class SeatRun:
    """Seats that follow one another in a row of a section."""

    first_seat: int
    seats: int
    section: str
    row: str
    label_of: Callable[[int], str]  # what the seat at a position of the run is called


@dataclass(frozen=True, slots=True)
class Goods:
    """What a sale sells and for how much. Ticket types are listed in their order: the first is the default."""

    currency: str
    person_max: int
    lists: tuple[PriceList, ...]  # by number, one at least
    runs: tuple[SeatRun, ...]
    pools: tuple[str, ...]
    organizer_id: str = ""  # whose people its buyers are
    begins: datetime | None = None  # what it is for, where that is known
    key_at_checkout: bool = True  # else it may be chosen later, before the first download
    questions: tuple[Question, ...] = ()  # what its buyers are asked
    tax_identity: bool = False  # whether they may have receipts made out to a company
    # How many there are of ticket types that have a number: nobody gets one without choosing it.
    numbered: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, TypeRule] = field(default_factory=dict)  # by ticket type
    phases: tuple[Phase, ...] = ()
    products: Mapping[str, int] = field(default_factory=dict)  # pool → price of one
    admitted: Mapping[str, tuple[Day, ...]] = field(default_factory=dict)  # section or pool id → days it admits to
    companions: Mapping[int, int] = field(default_factory=dict)  # companion's seat → the accessible one it is sold with
    hidden: frozenset[str] = frozenset()  # ticket types that are shown by codes and phases alone
    unlocks: tuple[Unlock, ...] = ()
    takes_coupons: bool = False  # a rehearsal uses none up
    hidden_names: Mapping[str, str] = field(default_factory=dict)
    hidden_pools: tuple[PoolPlan, ...] = ()  # sold as hidden types alone
    draws: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)  # open allocations → runs of seats

    def limits_of(self, kind: str) -> dict[str, Any]:
        return self.rules[kind].limits(self.numbered.get(kind)) if kind in self.rules else {}


@dataclass(frozen=True, slots=True)
class Priced:
    items: tuple[CartItem, ...]
    lines: tuple[Line, ...]
    issues: tuple[Issue, ...]
    total: int
    list: int  # the number of that by which it was priced
    fees: tuple[OrderFee, ...] = ()
    taxes: tuple[TaxSum, ...] = ()
    coupons: tuple[Said, ...] = ()
    uses: tuple[Use, ...] = ()  # what an order of it would use

    @property
    def discount(self) -> int:
        return sum(line.list_price - line.price for line in self.lines)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a cart is priced by, whatever was changed since it was opened."""

    list: PriceList
    phase: Phase | None
    shown: Collection[str] = ()  # hidden types that it may have


class PriceBook:
    """The prices of one sale, ready to look up by seat and pool."""

    def __init__(self, goods: Goods) -> None:
        self.goods = goods
        self._runs = sorted(goods.runs, key=lambda run: run.first_seat)
        self._starts = [run.first_seat for run in self._runs]
        self._zones: dict[int, list[tuple[int, int, str]]] = {}  # by list, once it is asked for
        self._pool_order = {pool: position for position, pool in enumerate(goods.pools)}

    def spot(self, seat: int) -> Spot | None:
        """Where a seat is; None for a number that belongs to no row."""
        run = self._run(seat)
        return None if run is None else Spot(run.section, run.row, run.label_of(seat - run.first_seat))

    def list_of(self, number: int | None) -> PriceList:
        """That of an order; orders of releases that knew no other have no number."""
        return next((each for each in self.goods.lists if each.number == number), self.goods.lists[0])

    def days_of(self, line: Line) -> tuple[Day, ...]:
        """The days to which a ticket of this line admits; none: to the event."""
        if not self.goods.admitted:
            return ()
        run = None if line.seat is None else self._run(line.seat)
        return self.goods.admitted.get(line.pool or (run.section if run is not None else ""), ())

    def place(self, seat: int, by: PriceList) -> str:
        """What a list has a price for: the zone of the seat, or its section; "" for a number that belongs to no row."""
        zones = self._zones.get(by.number)
        if zones is None:
            zones = self._zones[by.number] = _zones_of(by)
        at = bisect_right(zones, seat, key=lambda zone: zone[0]) - 1
        if at >= 0 and seat < zones[at][1]:
            return zones[at][2]
        run = self._run(seat)
        return "" if run is None else run.section

    def numbered_of(self, priced: Priced) -> dict[str, int]:
        """How many tickets it has of each type that has a number."""
        numbered = self.goods.numbered
        return dict(Counter(line.type for line in priced.lines if line.type in numbered)) if numbered else {}

    def shown(self, unlocked: Collection[str]) -> frozenset[str]:
        """The hidden types that a cart with these unlocks may have."""
        return unlocked_types(self.goods.unlocks, unlocked) if unlocked else frozenset()

    def alike(self, seat: int, list_number: int) -> list[int]:
        """All seats of the same section that cost the same in this list, the nearest numbers first."""
        run = self._run(seat)
        if run is None:
            return []
        section = [each for each in self._runs if each.section == run.section]
        seats = [number for each in section for number in range(each.first_seat, each.first_seat + each.seats)]
        by = self.list_of(list_number)
        place = self.place(seat, by)
        same = [number for number in seats if self.place(number, by) == place]
        same = [number for number in same if number not in self.goods.companions]
        return sorted(same, key=lambda number: (abs(number - seat), number))

    def first_of(self, section: str | None) -> int | None:
        """The first seat of a section, or of all."""
        return next((each.first_seat for each in self._runs if section in (None, each.section)), None)

    def _run(self, seat: int) -> SeatRun | None:
        at = bisect_right(self._starts, seat) - 1
        if at < 0 or seat >= self._runs[at].first_seat + self._runs[at].seats:
            return None
        return self._runs[at]

    def price(
        self,
        seats: Iterable[int],
        units: Mapping[str, int],
        types: Mapping[str, TypeChoice | int],
        opened_at_ms: int,
        shown: Collection[str] = (),
        *,
        judged: Judged | None = None,
    ) -> Priced:
        """What a cart that was opened then costs, by the clock that opened it; 0 when nobody knows.

        `shown` are hidden types that it may have, whatever its phase; `judged` what is known of its coupons.
        """
        by = Terms(list_at(self.goods.lists, opened_at_ms), phase_begun(self.goods.phases, opened_at_ms), shown)
        items: list[CartItem] = []
        lines: list[Line] = []
        issues: list[Issue] = []
        priced = [
            self._price_seat(by, seat, types.get(f"seat:{seat}"), _amount_of(types, f"seat:{seat}"))
            for seat in sorted(seats)
        ]
        priced += [
            self._price_pool(by, pool, units[pool], types.get(f"pool:{pool}"), _amount_of(types, f"pool:{pool}"))
            for pool in sorted(units, key=self._position)
            if units[pool] > 0
        ]
        for item, item_lines, known in priced:
            items.append(item)
            lines.extend(item_lines)
            if not known:
                issues.append(Issue(TYPE_UNKNOWN, f"types.{item.item}", "There is no such ticket type for this."))
            elif any(not line.type for line in item_lines):
                issues.append(Issue(TYPE_NEEDED, f"types.{item.item}", "Choose a ticket type."))
        if by.list.dues is NO_DUES and judged is None:
            total = sum(line.price for line in lines)
            return Priced(tuple(items), tuple(lines), tuple(issues), total, by.list.number)
        asked = [Item(line.type, line.pool or self.place(line.seat or 0, by.list), line.price) for line in lines]
        owed, coupons, uses = reduced(asked, by.list, judged)
        return Priced(
            tuple(items),
            tuple([_line_owed(line, its) for line, its in zip(lines, owed.lines, strict=True)]),
            tuple(issues),
            owed.total,
            by.list.number,
            order_fees(owed),
            tax_sums(owed),
            coupons,
            uses,
        )

    def _position(self, pool: str) -> tuple[int, str]:
        return self._pool_order.get(pool, len(self._pool_order)), pool

    def _default(self, prices: Mapping[str, int], by: Terms) -> str:
        """What is sold until its buyer chooses: the first type of the phase without a number, else one that a code
        showed; "" where each has a number.
        """
        sold = [kind for kind in prices if may_have(kind, by.phase, self.goods.hidden, by.shown)]
        if by.shown:
            sold.sort(key=lambda kind: kind in by.shown)
        return next((kind for kind in sold if kind not in self.goods.numbered), "")

    def _seen(self, prices: Mapping[str, int], by: Terms) -> Mapping[str, int]:
        """Without types that are hidden from the cart: to it they are as if there were none."""
        hidden = self.goods.hidden
        if hidden.isdisjoint(prices):
            return prices
        return {
            kind: price
            for kind, price in prices.items()
            if kind not in hidden or may_have(kind, by.phase, hidden, by.shown)
        }

    def _price_of(self, prices: Mapping[str, int], kind: str, amount: int) -> int:
        """What one ticket costs; where buyers may pay more than the price, what this one said."""
        least = prices.get(kind, 0)
        rule = self.goods.rules.get(kind)
        return max(least, amount) if rule is not None and rule.may_pay_more else least

    def _price_seat(
        self, by: Terms, seat: int, chosen: TypeChoice | int | None, amount: int
    ) -> tuple[CartItem, list[Line], bool]:
        """The item, its lines, and whether its type is one that is sold."""
        spot = self.spot(seat)
        prices = self._seen(by.list.prices.get(self.place(seat, by.list), {}), by) if spot is not None else {}
        kind = self._default(prices, by)
        known = chosen is None or (isinstance(chosen, str) and chosen in prices)
        if isinstance(chosen, str) and chosen in prices:
            kind = chosen
        price = self._price_of(prices, kind, amount)
        item = CartItem(f"seat:{seat}", price, seat=seat, spot=spot, type=kind)
        return item, [Line(seat, None, kind, price)], known and bool(prices)

    def _price_pool(
        self, by: Terms, pool: str, units: int, chosen: TypeChoice | int | None, amount: int
    ) -> tuple[CartItem, list[Line], bool]:
        product = self.goods.products.get(pool)
        # A product is sold as itself.
        prices = self._seen(by.list.prices.get(pool, {}), by) if product is None else {pool: product}
        wanted = {chosen: units} if isinstance(chosen, str) else dict(chosen) if isinstance(chosen, Mapping) else {}
        split: dict[str, int] = {}
        left = units
        for kind, count in wanted.items():
            # A choice for more units than are held counts for those that are.
            taken = min(count, left) if kind in prices else 0
            if taken > 0:
                split[kind] = taken
                left -= taken
        if left:
            default = self._default(prices, by)
            split[default] = split.get(default, 0) + left
        lines = [
            Line(None, pool, kind, self._price_of(prices, kind, amount))
            for kind, count in split.items()
            for _ in range(count)
        ]
        item = CartItem(f"pool:{pool}", sum(line.price for line in lines), pool=pool, units=units, types=split)
        return item, lines, bool(prices) and all(kind in prices for kind in wanted)


def reduced(
    items: Sequence[Item], by: PriceList, judged: Judged | None
) -> tuple[Owed, tuple[Said, ...], tuple[Use, ...]]:
    """What is owed with the coupons that count, what of them is told, and what an order would use."""
    if judged is None:
        return owed_for(items, by.dues), (), ()
    without: frozenset[str] = frozenset()
    owed = owed_for(items, by.dues, judged.reductions(items))
    while spent := judged.spent(owed):
        without |= spent
        owed = owed_for(items, by.dues, judged.reductions(items, without))
    return owed, judged.said(owed, items, without), judged.uses(owed)


def order_fees(owed: Owed) -> tuple[OrderFee, ...]:
    return tuple(
        [OrderFee(fee.fee.id, fee.fee.name, fee.amount, fee.taxed, fee.owed, fee.by_item) for fee in owed.fees]
    )


def tax_sums(owed: Owed) -> tuple[TaxSum, ...]:
    return tuple([TaxSum(tax, net, amount) for tax, (net, amount) in owed.taxes.items()])


def _line_owed(line: Line, owed: OwedLine) -> Line:
    """A line at its list's price, with what is taken off, and with its tax."""
    left = line.price - owed.discount
    full = line.price if owed.discount else None
    return Line(line.seat, line.pool, line.type, left, full, owed.taxed, owed.owed - left)


def given_away(priced: Priced) -> Priced:
    """The same for nothing: each line keeps what it would have cost, and nothing is asked besides. Pure."""
    lines = tuple([Line(line.seat, line.pool, line.type, 0, line.list_price) for line in priced.lines])
    return Priced(priced.items, lines, priced.issues, 0, priced.list)


def _amount_of(types: Mapping[str, TypeChoice | int], item: str) -> int:
    """What its buyer said to pay for each ticket of an item; kept beside the types, below a name that is no item's."""
    amount = types.get(AMOUNT + item, 0)
    return amount if isinstance(amount, int) else 0


def _zones_of(by: PriceList) -> list[tuple[int, int, str]]:
    """First seat, the one behind the last, and the zone of each run, in order."""
    runs = [(first, first + seats, each) for each, zone in by.zones.items() for first, seats in zone.runs]
    return sorted(runs)
