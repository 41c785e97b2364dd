"""Pricing: the total is what the lines say, whatever is chosen."""

from hypothesis import given
from hypothesis import strategies as st

from engine.catalog import PriceList
from engine.orders.making import TypeChoice
from engine.orders.model import Spot
from engine.orders.pricing import TYPE_UNKNOWN, Goods, PriceBook, SeatRun


def label_of(position: int) -> str:
    return str(position + 1)


PRICES = {
    "stalls": {"general": 4500, "half": 2250},
    "circle": {"general": 3000},
    "floor": {"general": 2000, "half": 1000},
    "early": {"general": 1500},
}
GOODS = Goods(
    currency="EUR",
    person_max=6,
    lists=(PriceList(1, 0, PRICES),),
    runs=(
        SeatRun(20, 10, "circle", "A", label_of),
        SeatRun(0, 10, "stalls", "A", label_of),
        SeatRun(10, 10, "stalls", "B", label_of),
    ),
    pools=("floor", "early"),
)
BOOK = PriceBook(GOODS)

KINDS = st.sampled_from(["general", "half", "vip"])
SEATS = st.sets(st.integers(0, 29), max_size=8)
UNITS = st.dictionaries(st.sampled_from(["floor", "early"]), st.integers(1, 9))
TYPES = st.dictionaries(
    st.one_of(st.integers(0, 29).map("seat:{}".format), st.sampled_from(["pool:floor", "pool:early"])),
    st.one_of(KINDS, st.dictionaries(KINDS, st.integers(0, 12), max_size=3)),
)


@given(SEATS, UNITS, TYPES)
def test_lines_and_items_add_up(seats: set[int], units: dict[str, int], types: dict[str, TypeChoice]) -> None:
    priced = BOOK.price(seats, units, types, 0)
    assert priced.total == sum(line.price for line in priced.lines) == sum(item.price for item in priced.items)
    assert {line.seat for line in priced.lines if line.seat is not None} == seats
    for pool, count in units.items():
        assert sum(line.pool == pool for line in priced.lines) == count
    for line in priced.lines:
        spot = None if line.seat is None else BOOK.spot(line.seat)
        where = line.pool if spot is None else spot.section
        assert where is not None
        assert line.price == PRICES[where][line.type]


@given(SEATS, UNITS, TYPES)
def test_only_types_that_are_sold_go_without_an_issue(
    seats: set[int], units: dict[str, int], types: dict[str, TypeChoice]
) -> None:
    wrong = {issue.field for issue in BOOK.price(seats, units, types, 0).issues}
    expected = set()
    for seat in seats:
        choice = types.get(f"seat:{seat}")
        spot = BOOK.spot(seat)
        assert spot is not None
        if choice is not None and (not isinstance(choice, str) or choice not in PRICES[spot.section]):
            expected.add(f"types.seat:{seat}")
    for pool in units:
        choice = types.get(f"pool:{pool}", {})
        kinds = [choice] if isinstance(choice, str) else list(choice)
        if any(kind not in PRICES[pool] for kind in kinds):
            expected.add(f"types.pool:{pool}")
    assert wrong == expected


def test_a_choice_for_some_units_leaves_the_rest_to_the_first_type() -> None:
    priced = BOOK.price([], {"floor": 5}, {"pool:floor": {"half": 2}}, 0)
    assert dict(priced.items[0].types) == {"half": 2, "general": 3}
    assert priced.total == 2 * 1000 + 3 * 2000


def test_a_choice_for_too_many_units_counts_for_those_held() -> None:
    priced = BOOK.price([], {"floor": 2}, {"pool:floor": {"half": 5, "general": 5}}, 0)
    assert dict(priced.items[0].types) == {"half": 2}


def test_a_seat_is_called_as_people_call_it() -> None:
    assert BOOK.spot(10) == Spot("stalls", "B", "1")
    assert BOOK.spot(29) == Spot("circle", "A", "10")
    assert BOOK.spot(30) is None
    assert BOOK.spot(-1) is None


def test_a_seat_of_no_row_is_not_for_sale() -> None:
    assert [issue.code for issue in BOOK.price([99], {}, {}, 0).issues] == [TYPE_UNKNOWN]


def test_seats_alike_are_of_the_section_the_nearest_first() -> None:
    assert BOOK.alike(11, 1)[:4] == [11, 10, 12, 9]
    assert sorted(BOOK.alike(11, 1)) == list(range(20))
    assert BOOK.alike(30, 1) == []
