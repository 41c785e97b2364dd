"""Pricing: what a cart costs, line by line.

Pure. Guarantees: integer money; the total is the sum of the lines; the same cart costs the same everywhere, whatever
prices were changed since it was opened: it keeps the list that was the newest then, for what is added later as well.
A seat or unit without a chosen type gets the first type its section or pool is priced for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from engine.catalog import PriceList, Question, list_at
from engine.orders.model import CartItem, Issue, Line, Spot, TypeChoice

TYPE_UNKNOWN = "type_unknown"


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
    key_at_checkout: bool = True  # else it may be chosen later, before the first download
    questions: tuple[Question, ...] = ()  # what its buyers are asked


@dataclass(frozen=True, slots=True)
class Priced:
    items: tuple[CartItem, ...]
    lines: tuple[Line, ...]
    issues: tuple[Issue, ...]
    total: int
    list: int  # the number of that by which it was priced


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

    def alike(self, seat: int, list_number: int) -> list[int]:
        """All seats of the same section that cost the same in this list, the nearest numbers first."""
        run = self._run(seat)
        if run is None:
            return []
        section = [each for each in self._runs if each.section == run.section]
        seats = [number for each in section for number in range(each.first_seat, each.first_seat + each.seats)]
        by = next((each for each in self.goods.lists if each.number == list_number), self.goods.lists[0])
        place = self.place(seat, by)
        same = [number for number in seats if self.place(number, by) == place]
        return sorted(same, key=lambda number: (abs(number - seat), number))

    def _run(self, seat: int) -> SeatRun | None:
        at = bisect_right(self._starts, seat) - 1
        if at < 0 or seat >= self._runs[at].first_seat + self._runs[at].seats:
            return None
        return self._runs[at]

    def price(
        self, seats: Iterable[int], units: Mapping[str, int], types: Mapping[str, TypeChoice], opened_at_ms: int
    ) -> Priced:
        """What a cart that was opened then costs, by the clock that opened it; 0 when nobody knows."""
        prices = list_at(self.goods.lists, opened_at_ms)
        items: list[CartItem] = []
        lines: list[Line] = []
        issues: list[Issue] = []
        priced = [self._price_seat(prices, seat, types.get(f"seat:{seat}")) for seat in sorted(seats)]
        priced += [
            self._price_pool(prices, pool, units[pool], types.get(f"pool:{pool}"))
            for pool in sorted(units, key=self._position)
            if units[pool] > 0
        ]
        for item, item_lines, known in priced:
            items.append(item)
            lines.extend(item_lines)
            if not known:
                issues.append(Issue(TYPE_UNKNOWN, f"types.{item.item}", "There is no such ticket type for this."))
        return Priced(tuple(items), tuple(lines), tuple(issues), sum(line.price for line in lines), prices.number)

    def _position(self, pool: str) -> tuple[int, str]:
        return self._pool_order.get(pool, len(self._pool_order)), pool

    def _price_seat(self, by: PriceList, seat: int, chosen: TypeChoice | None) -> tuple[CartItem, list[Line], bool]:
        """The item, its lines, and whether its type is one that is sold."""
        spot = self.spot(seat)
        prices = by.prices.get(self.place(seat, by), {}) if spot is not None else {}
        kind = next(iter(prices), "")
        known = chosen is None or (isinstance(chosen, str) and chosen in prices)
        if isinstance(chosen, str) and chosen in prices:
            kind = chosen
        price = prices.get(kind, 0)
        item = CartItem(f"seat:{seat}", price, seat=seat, spot=spot, type=kind)
        return item, [Line(seat, None, kind, price)], known and bool(prices)

    def _price_pool(
        self, by: PriceList, pool: str, units: int, chosen: TypeChoice | None
    ) -> tuple[CartItem, list[Line], bool]:
        prices = by.prices.get(pool, {})
        wanted = {chosen: units} if isinstance(chosen, str) else dict(chosen or {})
        split: dict[str, int] = {}
        left = units
        for kind, count in wanted.items():
            # A choice for more units than are held counts for those that are.
            taken = min(count, left) if kind in prices else 0
            if taken > 0:
                split[kind] = taken
                left -= taken
        if left:
            default = next(iter(prices), "")
            split[default] = split.get(default, 0) + left
        lines = [Line(None, pool, kind, prices.get(kind, 0)) for kind, count in split.items() for _ in range(count)]
        item = CartItem(f"pool:{pool}", sum(line.price for line in lines), pool=pool, units=units, types=split)
        return item, lines, bool(prices) and all(kind in prices for kind in wanted)


def _zones_of(by: PriceList) -> list[tuple[int, int, str]]:
    """First seat, the one behind the last, and the zone of each run, in order."""
    runs = [(first, first + seats, each) for each, zone in by.zones.items() for first, seats in zone.runs]
    return sorted(runs)
