"""What a rehearsal makes of its steps: the search for the limit, what was at its end, what is advised."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from crowd.tally import Tally
from server.rehearsing.advice import advise, first_of, inflow_of, outlook_of, room_for
from server.rehearsing.climb import Ramp, places_for
from server.rehearsing.model import Bounds, Funnel, Load, Room, Step, Wish
from server.rehearsing.step import Seen, answered_well, between, step_of

ROOM = Room(500, 200, 60)
FUNNEL = Funnel(admitted=1_000, orders=600, units=1_200, stock=3_000, waiting_max=400)
WISH = Wish(
    "jazz", buyers=1_000, seconds=60, expected=10_000, bounds=Bounds(), margin=0.2, inside_s=0, seed=1, processes=1
)


def step(rate: float, *, held: bool, load: Load | None = None, reached: bool = True, waiting: int = 500) -> Step:
    return Step("a step", 10.0, round(rate * 10), waiting, 9.0, 20.0, 50.0, 10, 10, 0, load or Load(), held, reached)


@pytest.mark.parametrize("limit", [1, 2, 7, 40, 333, 9_999])
@pytest.mark.parametrize("first", [0.4, 3.0, 80.0, 2_000.0])
def test_the_search_comes_near_any_limit_in_a_few_steps(limit: int, first: float) -> None:
    ramp, tried = Ramp(), []
    ramp.learn(first, held=first <= limit)
    while (pace := ramp.next()) is not None:
        tried.append(pace)
        ramp.learn(pace, held=pace <= limit)
        assert len(tried) <= 20
    assert len(set(tried)) == len(tried)
    assert ramp.held <= limit
    assert limit < ramp.held * 1.6 + 1


def test_what_holds_nothing_is_searched_down_to_one_a_second() -> None:
    ramp = Ramp()
    ramp.learn(0.5, held=False)
    assert ramp.next() is None
    ramp = Ramp()
    ramp.learn(9.0, held=False)
    tried = []
    while (pace := ramp.next()) is not None:
        tried.append(pace)
        ramp.learn(pace, held=False)
    assert tried == [3, 1]
    assert math.isclose(ramp.held, 0.0)


def test_a_pace_that_costs_nothing_is_left_in_larger_steps() -> None:
    ramp = Ramp()
    ramp.learn(5.0, held=True, easily=step(5, held=True, load=Load(machine=0.2)).easy)
    assert ramp.next() == 20
    ramp.learn(20.0, held=True, easily=step(20, held=True, load=Load(machine=0.6)).easy)
    assert ramp.next() == 40


def test_the_room_that_is_advised_lets_in_no_more_than_is_safe() -> None:
    room = room_for(12.7, 12.9, 180.0, ROOM, 5_000)
    assert (room.per_second, room.claim_seconds) == (12, 60)
    assert inflow_of(room, 180.0) <= 12.7
    # The pace may round up as long as it was seen to hold; the shoppers keep the margin.
    room = room_for(1.6, 2.0, 180.0, ROOM, 5_000)
    assert room.per_second == 2
    assert inflow_of(room, 180.0) <= 1.6
    assert room_for(0.3, 0.4, 100.0, ROOM, 5_000).shoppers == 30
    assert room_for(0.0, 0.0, 100.0, ROOM, 5_000).per_second == 1


def test_an_expected_crowd_is_let_in_and_buys_what_the_funnel_says() -> None:
    outlook = outlook_of(Room(100, 10, 60), 50.0, expected=1_000, funnel=FUNNEL)
    assert outlook.per_minute == 120.0
    assert (outlook.sold, outlook.sold_out) == (1_020, False)
    assert math.isclose(outlook.minutes, (100 / 10 + (850 - 100) / 2 + 50) / 60)
    large = outlook_of(Room(100, 10, 60), 50.0, expected=10_000, funnel=FUNNEL)
    assert (large.sold, large.sold_out) == (3_000, True)
    assert math.isclose(large.minutes, (10 + (2_500 - 100) / 2 + 50) / 60)


def test_nobody_bought_and_nothing_is_divided_by_that() -> None:
    empty = Funnel(0, 0, 0, 100, 0)
    outlook = outlook_of(ROOM, 60.0, 100, empty)
    assert (outlook.sold, outlook.sold_out) == (0, False)


def test_advice_takes_the_best_that_held_less_the_margin() -> None:
    busy = Load({"servers": 1.2, "valkey": 0.2, "crowd": 0.3}, machine=0.97)
    steps = [step(20, held=True), step(40, held=True), step(60, held=False, load=busy)]
    advice = advise(WISH, ROOM, steps, FUNNEL, inside_s=100.0, cores=2, servers=2)
    assert (advice.limit_per_minute, advice.safe_per_minute, advice.limit_was_met) == (2_400, 1_920, True)
    assert advice.recommended == Room(1_000, 32, 60)
    assert advice.now_is_safe
    assert advice.waiting_max == 4_000
    assert "processors of this machine" in advice.first
    assert advice.notes == (
        "The safe inflow would fill 3,200 places; more than 1,000 inside were not rehearsed. "
        "Rehearse with --buyers 3200 to allow so many.",
    )
    many = replace(WISH, buyers=5_000)
    advice = advise(many, ROOM, steps, FUNNEL, inside_s=100.0, cores=2, servers=2)
    assert (advice.recommended.shoppers, advice.notes) == (3_200, ())
    # Places that the sale has already, and that held, stay.
    few = replace(WISH, buyers=10)
    advice = advise(few, ROOM, steps, FUNNEL, inside_s=100.0, cores=2, servers=2)
    assert advice.recommended.shoppers == ROOM.shoppers


def test_a_room_that_lets_in_no_more_has_met_its_limit_too() -> None:
    steps = [step(20, held=True), step(30, held=True, reached=False, load=Load({"worker": 0.99}, 0.7))]
    advice = advise(WISH, ROOM, steps, FUNNEL, inside_s=1.0, cores=2, servers=2)
    assert (advice.limit_was_met, advice.first) == (True, "the worker: 0.99 of its core")


def test_settings_that_did_not_hold_are_not_safe() -> None:
    steps = [step(50, held=False), step(20, held=True)]
    advice = advise(WISH, ROOM, steps, FUNNEL, inside_s=100.0, cores=2, servers=2)
    assert not advice.now_is_safe
    assert advice.safe_per_minute == 960


def test_a_crowd_that_is_its_own_limit_is_said_to_be() -> None:
    busy = Load({"servers": 0.8, "crowd": 1.0}, machine=0.99)
    advice = advise(WISH, ROOM, [step(5, held=False, load=busy)], FUNNEL, inside_s=1.0, cores=2, servers=2)
    assert "the crowd itself (1.00)" in advice.first
    assert "The crowd itself took 1.00 of 1.80 cores" in advice.notes[0]


def test_a_limit_that_was_not_met_is_not_made_up() -> None:
    steps = [step(20, held=True), step(30, held=True, reached=False, waiting=0)]
    advice = advise(WISH, ROOM, steps, FUNNEL, inside_s=1.0, cores=2, servers=2)
    assert (advice.first, advice.limit_was_met) == ("", False)
    assert "Nobody was left waiting" in advice.notes[0]


def test_a_stock_that_is_gone_at_once_is_no_limit_of_anything_else() -> None:
    """Of a sale without a room, whose stock was gone before the first pace could be seen, no room is made up."""
    rush = replace(step(0, held=True, load=Load({"valkey": 0.1}, 0.2), waiting=200), gone=True)
    at_once = Room(1_000_000, 10_000, 60, open=True)
    advice = advise(WISH, at_once, [rush], FUNNEL, inside_s=60.0, cores=2, servers=2)
    assert (advice.limit_was_met, advice.first, advice.now_is_safe) == (False, "", True)
    assert (advice.limit_per_minute, advice.safe_per_minute) == (None, None)
    assert (advice.recommended, advice.then) == (None, None)
    assert "the stock is the limit" in advice.notes[-1]
    # A pace that was seen to hold before is a ground.
    steady = step(20, held=True)
    assert advise(WISH, ROOM, [steady, rush], FUNNEL, inside_s=60.0, cores=2, servers=2).safe_per_minute == 960
    # A crowd that was too much is never reported as held, however soon the stock was gone.
    slow = replace(rush, held=False)
    advice = advise(WISH, at_once, [slow], FUNNEL, inside_s=60.0, cores=2, servers=2)
    assert (advice.limit_was_met, advice.now_is_safe, advice.recommended) == (True, False, None)
    assert "no pace that was tried held" in advice.notes[-1]


def test_a_step_after_the_stock_was_gone_says_nothing_of_the_pace() -> None:
    seen = Seen(waiting=200)
    step = step_of("x", Tally(), seconds=1.0, pace=0, seen=seen, load=Load(), bounds=Bounds(), gone=True)
    assert (step.held, step.gone) == (True, True)


@pytest.mark.parametrize(
    ("load", "said"),
    [
        (Load({"valkey": 0.95}, 0.6), "Valkey"),
        (Load({"servers": 1.9, "valkey": 0.3}, 0.5), "the server processes: 1.90 of 2"),
        (Load({"servers": 0.5, "worker": 0.97}, 0.4), "the worker"),
        (Load({"servers": 0.5}, 0.4, lag_ms=400.0), "event loop"),
        (Load({"servers": 0.5}, 0.4), "the disk of Postgres"),
    ],
)
def test_what_is_at_its_end_is_named(load: Load, said: str) -> None:
    assert said in first_of(load, cores=4, servers=2)


def test_servers_at_their_end_beside_idle_cores_should_be_more() -> None:
    steps = [step(5, held=False, load=Load({"servers": 1.9}, 0.5))]
    assert advise(WISH, ROOM, steps, FUNNEL, inside_s=1.0, cores=4, servers=2).processes == 3


def test_a_step_in_which_nothing_is_answered_did_not_hold() -> None:
    crowd = Seen(waiting=300)
    assert not step_of("x", Tally(), seconds=1.0, pace=9, seen=crowd, load=Load(), bounds=Bounds()).held
    assert step_of("x", Tally(), seconds=1.0, pace=9, seen=Seen(), load=Load(), bounds=Bounds()).held


def test_people_in_haste_get_fewer_places() -> None:
    assert places_for(Room(2_000, 100, 60), inside_s=180.0, visit_s=2.1, seconds=13.0) == 48
    assert places_for(Room(2_000, 100, 60), inside_s=10.0, visit_s=11.0, seconds=13.0) == 2_000
    assert places_for(Room(3, 100, 60), inside_s=180.0, visit_s=1.0, seconds=1.0) == 5
    assert places_for(Room(1_000_000, 10_000, 60, open=True), 180.0, 1.0, 1.0) == 1_000_000


def test_a_step_is_judged_by_what_was_answered_in_it() -> None:
    before, after = Tally(), Tally()
    for tally, times in ((before, 5), (after, 5), (after, 10)):
        for _ in range(times):
            tally.answered("hold", 0.01)
    after.answered("hold", 2.0, "seat_taken")
    after.answered("enter", 0.02)
    told = between(before, after)
    assert told.took["hold"].count == 11
    assert answered_well(told, "hold") == 10
    made = step_of("a step", told, seconds=1.0, pace=2, seen=Seen(), load=Load(), bounds=Bounds())
    assert (made.held, made.admitted, made.reached) == (False, 1, False)
    assert step_of("x", told, seconds=1.0, pace=1, seen=Seen(), load=Load(), bounds=Bounds(hold_ms=3_000)).held
