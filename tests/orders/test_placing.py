"""Which orders of a batch are placed: whatever the facts, nothing is sold beyond them."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from engine.ids import new_id
from engine.orders.codes import new_code
from engine.orders.model import Line, OrderState
from engine.orders.placing import Known, Placed, PlaceFacts, Placement, PoolFacts, counters_of, decide
from engine.refusals import Code, Refused

BUYERS = ("a", "b", "c")
LINES = st.lists(
    st.one_of(
        st.integers(0, 9).map(lambda seat: Line(seat, None, "general", 100)),
        st.sampled_from(["floor", "early", "vip"]).map(lambda pool: Line(None, pool, "general", 100)),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda line: line.seat if line.seat is not None else object(),
)


@st.composite
def batches(draw: st.DrawFn) -> tuple[list[Placement], PlaceFacts]:
    """Orders that want more than there is, some of them asked twice, some placed before."""
    orders = []
    for lines in draw(st.lists(LINES, min_size=1, max_size=12)):
        buyer = draw(st.sampled_from(BUYERS))
        orders.append(
            Placement(new_id("ord"), "cart", buyer, tuple(lines), 100 * len(lines), new_code(), "{}", "", "4242")
        )
    orders += draw(st.lists(st.sampled_from(orders), max_size=3))
    known = {
        order.order: (draw(st.sampled_from(OrderState)), draw(st.sampled_from([order.code, "another"])))
        for order in draw(st.lists(st.sampled_from(orders), max_size=2))
    }
    pools = {
        "floor": PoolFacts(6, draw(st.integers(0, 6)), ()),
        "early": PoolFacts(3, draw(st.integers(0, 3)), ("floor",)),
        "vip": PoolFacts(2, draw(st.integers(0, 2)), ("early",)),
    }
    facts = PlaceFacts(
        person_max=5,
        known=known,
        sold_seats=frozenset(draw(st.sets(st.integers(0, 9), max_size=5))),
        pools=pools,
        owned={buyer: draw(st.integers(0, 5)) for buyer in BUYERS},
    )
    return orders, facts


@given(batches())
def test_nothing_is_sold_beyond_the_facts(drawn: tuple[list[Placement], PlaceFacts]) -> None:
    orders, facts = drawn
    decision = decide(orders, facts)
    seats = [line.seat for order in decision.accepted for line in order.lines if line.seat is not None]
    assert len(set(seats)) == len(seats)
    assert not facts.sold_seats.intersection(seats)
    takes: Counter[str] = Counter()
    counters = counters_of({pool: each.draws_on for pool, each in facts.pools.items()})
    for order in decision.accepted:
        for line in order.lines:
            takes.update(counters[line.pool] if line.pool else ())
    assert decision.taken == {pool: units for pool, units in takes.items() if units}
    for pool, each in facts.pools.items():
        assert each.sold + takes[pool] <= each.capacity
    for buyer in BUYERS:
        bought = sum(len(order.lines) for order in decision.accepted if order.buyer == buyer)
        assert not bought or facts.owned[buyer] + bought <= facts.person_max


@given(batches())
def test_each_is_answered_by_what_became_of_it(drawn: tuple[list[Placement], PlaceFacts]) -> None:
    orders, facts = drawn
    decision = decide(orders, facts)
    accepted = {order.order for order in decision.accepted}
    assert len(accepted) == len(decision.accepted)
    for order, verdict in zip(orders, decision.verdicts, strict=True):
        match verdict:
            case Placed():
                ours = facts.known.get(order.order) == (OrderState.PAYING, order.code)
                assert ours or order.order in accepted
            case Known():
                assert order.order in facts.known
            case Refused():
                assert order.order not in facts.known


def test_a_refused_order_leaves_room_for_the_next() -> None:
    def order(*lines: Line) -> Placement:
        return Placement(new_id("ord"), "cart", "a", lines, 0, new_code(), "{}", "", "")

    both = order(Line(1, None, "general", 0), Line(2, None, "general", 0))
    facts = PlaceFacts(6, {}, frozenset({2}), {}, {})
    refused, placed = decide([both, order(Line(1, None, "general", 0))], facts).verdicts
    assert isinstance(refused, Refused)
    assert placed == Placed()


def test_units_of_a_pool_that_is_not_there_are_refused() -> None:
    lines = (Line(None, "loft", "general", 0),)
    wanted = Placement(new_id("ord"), "cart", "a", lines, 0, new_code(), "{}", "", "")
    (verdict,) = decide([wanted], PlaceFacts(6, {}, frozenset(), {}, {})).verdicts
    assert verdict == Refused(Code.UNKNOWN_POOL, {"pools": ["loft"]})


def test_a_pool_takes_from_all_it_draws_on() -> None:
    counters = counters_of({"floor": (), "early": ("floor",), "vip": ("early", "floor")})
    assert {pool: set(each) for pool, each in counters.items()} == {
        "floor": {"floor"},
        "early": {"early", "floor"},
        "vip": {"vip", "early", "floor"},
    }
