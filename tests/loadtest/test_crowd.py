"""What people do and were told: behaviours without sockets, histograms, an audit that finds contradictions."""

from __future__ import annotations

import random

import pytest

from crowd.acts import Answer, Ask, Seen, Step, Think
from crowd.audit import bought_twice
from crowd.book import Book
from crowd.histogram import Histogram, bucket_of, highest_of
from crowd.people import Ground, Person
from crowd.scenarios import SCENARIOS, pay, shows
from crowd.tally import Tally
from loadtest.target import id_of

GROUND = Ground(
    sale="s",
    seats=400,
    sections=(("front", 0, 200), ("back", 200, 200)),
    pools=("floor",),
    row_seats=20,
    where=(40.0, -3.0),
)
STEPS_MAX = 500


def order(number: int, seats: list[int], **other: object) -> dict[str, object]:
    lines = [{"item": f"seat:{seat}", "seat": seat} for seat in seats]
    told = {"id": f"ord_{number}", "code": f"c{number}", "state": "paid", "total": 10, "lines": lines}
    return {**told, "tickets": lines, **other}


def answer_to(step: Step) -> Answer:
    """A kind installation: everything works."""
    if not isinstance(step, Ask):
        return Answer()
    match step.do:
        case "join":
            return Answer({"number": 3, "place": 3, "token": "t"})
        case "enter":
            return Answer({"state": "open"})
        case "checkout":
            return Answer({"order": order(1, [7])})
        case "watch":
            return Answer({"room": {"serving": 10}})
        case _:
            return Answer({"promos": []})


def played(name: str, number: int, seed: int = 1) -> list[str]:
    """The steps of one visit."""
    me = Person(number, seed, GROUND, Book())
    visit = SCENARIOS[name].visit(me)
    steps = []
    step = next(visit)
    while len(steps) < STEPS_MAX:
        steps.append(repr(step) if isinstance(step, Ask) else type(step).__name__)
        try:
            step = visit.send(answer_to(step))
        except StopIteration:
            return steps
    raise AssertionError("the visit does not end")


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_same_seed_makes_the_same_people(name: str) -> None:
    crowd = [played(name, number) for number in range(40)]
    assert crowd == [played(name, number) for number in range(40)]
    assert crowd != [played(name, number, seed=2) for number in range(40)]


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_visit_ends_when_everything_is_refused(name: str) -> None:
    for number in range(40):
        visit = SCENARIOS[name].visit(Person(number, 1, GROUND, Book()))
        next(visit)
        for _ in range(STEPS_MAX):
            try:
                visit.send(Answer(code="seat_taken"))
            except StopIteration:
                break
        else:
            raise AssertionError("the visit does not end")


def test_whoever_is_asked_answers_before_buying() -> None:
    asked = [
        {"id": "age", "kind": "text", "options": [], "ask": "?", "asked": [{"ticket": None, "answer": ""}]},
        {"id": "meal", "kind": "choice", "options": ["A"], "ask": "?", "asked": [{"ticket": "seat:1", "answer": ""}]},
        {"id": "news", "kind": "consent", "options": [], "ask": "Yes", "asked": [{"ticket": None, "answer": ""}]},
    ]
    buying = pay(Person(1, 1, GROUND, Book()))
    step = next(buying)
    assert isinstance(step, Ask)
    step = buying.send(Answer({"questions": asked}))
    assert isinstance(step, Ask)
    assert (step.do, step.fields["answers"]) == ("change", {"age": "None", "meal.seat:1": "A", "news": "Yes"})
    assert isinstance(buying.send(Answer({"questions": asked})), Think)


def test_what_is_seen_follows_answers_and_events() -> None:
    seen = Seen()
    at = {"sale": "s", "epoch": "e", "seq": 1}
    seen.begin({"room": {"serving": 1, "tail": 5}, "state": "lobby", "epoch": "e", "seq": 0, "now_ms": 1})
    seen.take({"on": "room", "serving": 4, **at})
    seen.take({"on": "state", "state": "open", **at})
    assert (seen.room, seen.state) == ({"serving": 4, "tail": 5}, "open")
    seen.take({"on": "snapshot", "state": "paused", "room": {"serving": 9}, **at})
    assert (seen.room, seen.state) == ({"serving": 9}, "paused")
    assert seen.heard("snapshot")


def test_a_seat_is_seen_also_when_its_event_comes_before_the_answer_and_another_follows() -> None:
    seen, fits = Seen(), shows(7, "held")
    seen.take({"on": "seats", "sale": "s", "held": [7]})
    assert not fits(seen), "that was before anybody waited"
    seen.noted = []
    seen.take({"on": "seats", "sale": "s", "held": [7]})
    seen.take({"on": "counters", "sale": "s", "held": 7})
    assert fits(seen)
    assert not shows(8, "held")(seen)


def test_a_seat_told_to_two_is_found() -> None:
    book = Book()
    book.buys("ann", "k", order(1, [7, 8]))
    book.buys("ann", "k", order(1, [7, 8]))  # the same purchase, told again
    assert list(bought_twice(book, GROUND)) == []
    book.buys("bob", "k", order(2, [8]))
    assert list(bought_twice(book, GROUND)) == ["seat 8 was sold in ord_1 and in ord_2"]


def test_more_than_the_maximum_and_missing_tickets_are_found() -> None:
    book = Book()
    book.buys("ann", "k", order(1, [1, 2, 3, 4]))
    book.buys("ann", "k", order(2, [5, 6, 7]))
    book.buys("bob", "k", order(3, [9], tickets=[]))
    assert list(bought_twice(book, GROUND)) == [
        "order ord_3 was told paid with 0 tickets for 1 units",
        "buyer ann bought 7, and 6 is the maximum",
    ]


def test_books_and_tallies_of_processes_add_up() -> None:
    one, other = Book(), Book()
    one.buys("ann", "k", order(1, [1]))
    other.placed("bob", 4, 2)
    one.add(other.take())
    assert (len(one.bought), len(one.places), other.places) == (1, 1, [])
    tally, more = Tally(), Tally()
    for each in (tally, more):
        each.answered("hold", 0.002)
        each.answered("hold", 0.004, "seat_taken")
        each.answered("hold", 0.004, "bad_message")
    tally.add(more.wire())
    assert (tally.answers, tally.refused, tally.failed) == (6, {"hold seat_taken": 2}, {"hold bad_message": 2})


def test_only_the_id_of_a_key_is_named() -> None:
    assert id_of("ak_5tzeax4wsv57_N5mGg_jMGtNsT_08RyP-lC") == "ak_5tzeax4wsv57"


def test_a_histogram_is_exact_to_two_percent() -> None:
    chance = random.Random(5)
    values = sorted(chance.randrange(10 ** chance.randint(1, 8)) for _ in range(5_000))
    histogram = Histogram()
    for value in values:
        assert value <= highest_of(bucket_of(value)) <= value * 1.02 + 1
        histogram.add(value / 1e6)
    for percent in (50, 90, 99, 99.9, 100):
        exact = values[min(len(values) - 1, int(len(values) * percent / 100))]
        assert histogram.percentile_ms(percent) == pytest.approx(exact / 1000, rel=0.03, abs=0.002)
    shares = [share for share, _ in histogram.curve()]
    assert shares == sorted(shares)
    assert shares[-1] == 1
