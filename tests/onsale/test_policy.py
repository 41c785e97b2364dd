"""How many to call, how fast it goes, who has no chance any more, how many numbers to leave out."""

from __future__ import annotations

import pytest

from engine.catalog.model import PoolPlan, RoomPlan, drawn_pools
from engine.onsale.admission import RoomFacts, calls_allowed, rate_after, rate_told
from engine.onsale.outlook import hopeless_from
from engine.onsale.plan import free_units
from engine.onsale.rebuild import gap_of
from engine.onsale.records import Checkpoint

ROOM = RoomPlan(shoppers_max=50, per_second_max=10)


def facts(shopping: int = 0, called: int = 0, free: int = 1_000) -> RoomFacts:
    return RoomFacts(shopping, called, free, now_ms=0)


def test_the_pace_is_kept_over_many_short_steps() -> None:
    owed, calls = 0.0, 0
    for _ in range(40):
        now, owed = calls_allowed(ROOM, facts(), 130, owed)
        calls += now
    assert calls == 52


@pytest.mark.parametrize(
    ("state", "since_ms", "calls"),
    [
        (facts(), 1_000, 10),
        (facts(), 60_000, 10),  # a keeper that was away does not make up for it
        (facts(), -5, 0),
        (facts(shopping=45), 1_000, 5),
        (facts(shopping=30, called=20), 1_000, 0),
        (facts(shopping=60), 1_000, 0),
        (facts(free=3), 1_000, 3),
        (facts(free=3, called=2), 1_000, 1),
        (facts(free=0), 1_000, 0),
    ],
)
def test_bounds(state: RoomFacts, since_ms: int, calls: int) -> None:
    assert calls_allowed(ROOM, state, since_ms, 0.0)[0] == calls


def test_trouble_slows_down() -> None:
    assert calls_allowed(ROOM, facts(), 1_000, 0.0, pace=0.2)[0] == 2
    assert calls_allowed(ROOM, facts(), 1_000, 0.0, pace=0.0)[0] == 0


def test_what_is_owed_does_not_grow_without_limit() -> None:
    owed = 0.0
    for _ in range(100):
        _, owed = calls_allowed(ROOM, facts(free=0), 1_000, owed)
    assert owed <= ROOM.per_second_max


def test_a_rate_that_fades_is_told_seldom() -> None:
    rate, told, news = 10.0, 10.0, 0
    for _ in range(1_000):  # 200 seconds of the keeper's steps
        rate = rate_after(rate, 0, 200)
        before, told = told, rate_told(rate, told)
        news += told != before
    assert told == 0
    assert news < 80


def test_a_rate_that_moves_is_told_at_once() -> None:
    assert rate_told(0.014, 0) == 0.01
    assert rate_told(10.9, 10) == 10
    assert rate_told(11.2, 10) == 11.2
    assert rate_told(8.9, 10) == 8.9


def test_the_rate_follows_slowly() -> None:
    rate = 0.0
    for _ in range(400):
        rate = rate_after(rate, 2, 250)
    assert rate == pytest.approx(8, rel=0.01)
    assert rate_after(rate, 100, 0) == rate


def test_outlook() -> None:
    assert hopeless_from(left=100, sold=10, orders=5, serving=10) == 0, "nobody knows yet"
    assert hopeless_from(left=100, sold=200, orders=100, serving=200) == 400
    assert hopeless_from(left=0, sold=200, orders=100, serving=200) == 200


def test_the_gap_covers_the_busiest_stretch() -> None:
    assert gap_of(Checkpoint(), 1.0) == 100
    assert gap_of(Checkpoint(joins_per_s_max=1_000.0), 1.0) == 6_000
    assert gap_of(Checkpoint(joins_per_s_max=1_000.0), 10**9) == gap_of(Checkpoint(joins_per_s_max=1_000.0), 600)


def test_a_unit_counts_in_every_pool_it_draws_on_once() -> None:
    pools = (
        PoolPlan("a", "A", 10, ("b", "c")),
        PoolPlan("b", "B", 9, ("d",)),
        PoolPlan("c", "C", 8, ("d",)),
        PoolPlan("d", "D", 7),
    )
    assert drawn_pools(pools)["a"] == ["a", "b", "c", "d"]
    assert free_units(pools, {"a": 2, "b": 1}) == {"a": 8, "b": 6, "c": 6, "d": 4}
