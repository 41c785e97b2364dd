"""What an event's seq promises, in every interleaving: resuming from the last one seen loses nothing."""

from __future__ import annotations

import random

import pytest

from engine.catalog.model import SaleState
from engine.onsale.model import Counters, Delta, RoomState, SeatState, Snapshot
from server.known.sale_view import TOPICS, SaleView
from server.live.merging import Merging, Telling

SEATS = 8
STATES = (SeatState.FREE, SeatState.HELD, SeatState.SOLD)
Known = dict[str, dict[object, object]]


def empty_view() -> SaleView:
    room = RoomState(SaleState.OPEN, 0, 0, 0, 0, 0, SEATS, SEATS, 0.0, 0, "", None, None)
    counters = Counters(0, 0, 0, 0, 0, 0, 0)
    return SaleView(Snapshot("e1", 1, SaleState.OPEN, bytes(SEATS // 4), SEATS, {"floor": 9}, room, counters, 0))


def seats_in(bits: bytes) -> dict[object, object]:
    return {seat: bits[seat // 4] >> (6 - 2 * (seat % 4)) & 3 for seat in range(SEATS)}


def known_by(view: SaleView, topics: frozenset[str]) -> Known:
    """What a snapshot of these topics says."""
    return {topic: seats_in(bytes(view.seats)) if topic == "seats" else dict(view.member(topic)) for topic in topics}


def learn(known: Known, topic: str, body: dict[str, object]) -> None:
    if topic == "seats":
        for state, word in enumerate(("free", "held", "sold", "off")):
            seats = body.get(word, ())
            assert isinstance(seats, (list, tuple))
            known["seats"].update(dict.fromkeys(seats, state))
    else:
        news = body["pools"] if topic == "pools" else body
        assert isinstance(news, dict)
        known[topic].update(news)


class Watching:
    """A watcher with what it knows, and the seq of the last thing it saw."""

    def __init__(self, view: SaleView, merging: Merging, topics: frozenset[str]) -> None:
        self.topics = topics
        self.known = known_by(view, topics)
        self.seq = merging.told(topics)

    def take(self, telling: Telling, events: int) -> bool:
        """Take so many of these events; answers whether that was all of them."""
        mine = telling.to(self.topics)
        for topic, seq in mine[:events]:
            assert seq >= self.seq, "an event came with a smaller seq than what came before"
            self.seq = seq
            learn(self.known, topic, telling.bodies[topic])
        return events >= len(mine)

    def resume(self, view: SaleView) -> None:
        """Come back by the letter. The hub tells slow topics whole; it would do without."""
        missed = view.since("e1", self.seq)
        assert missed is not None
        for topic, body in missed.bodies().items():
            if topic in self.topics:
                learn(self.known, topic, body)


def any_delta(chance: random.Random, seq: int) -> Delta:
    return Delta(
        "e1",
        seq,
        seats={chance.randrange(SEATS): chance.choice(STATES)} if chance.random() < 0.6 else {},
        pools={"floor": chance.randrange(9)} if chance.random() < 0.4 else {},
        room={"left": chance.randrange(9)} if chance.random() < 0.4 else {},
        counters={
            name: chance.randrange(9) for name, often in (("held", 0.6), ("revenue", 0.3)) if chance.random() < often
        },
    )


@pytest.mark.parametrize("seed", range(200))
def test_resuming_from_any_event_gives_what_a_snapshot_gives(seed: int) -> None:
    chance = random.Random(seed)
    view = empty_view()
    merging = Merging(view.seq)
    watching: list[Watching] = []
    for _ in range(200):
        if len(watching) < 6:
            topics = frozenset(chance.sample(TOPICS, chance.randint(1, len(TOPICS))))
            watching.append(Watching(view, merging, topics))
        match chance.randrange(5):
            case 0:
                telling = merging.seats_and_pools(view.seq)
            case 1:
                telling = merging.everything(view.seq)
            case _:
                delta = any_delta(chance, view.seq + 1)
                view.apply(delta)
                merging.take(delta)
                continue
        for each in list(watching):
            cut = chance.choice((0, 1, 2, 3, 99))
            if not each.take(telling, cut) or chance.random() < 0.1:
                watching.remove(each)
                each.resume(view)
                assert each.known == known_by(view, each.topics)


def test_room_and_counters_never_run_ahead_of_seats() -> None:
    view = empty_view()
    merging = Merging(view.seq)
    delta = Delta("e1", 2, seats={5: SeatState.HELD}, room={"free": 7}, counters={"held": 1})
    view.apply(delta)
    merging.take(delta)
    telling = merging.everything(view.seq)
    assert telling.to(TOPICS) == [("seats", 1), ("room", 1), ("counters", 2)]
    assert telling.to({"seats"}) == [("seats", 2)]
    assert telling.bodies["seats"] == {"held": [5]}


def test_seats_do_not_take_a_watcher_past_counters_that_wait() -> None:
    merging = Merging(1)
    merging.take(Delta("e1", 2, seats={5: SeatState.HELD}, counters={"held": 1}))
    seats = merging.seats_and_pools(2)
    assert seats.to({"seats", "counters"}) == [("seats", 1)]
    assert seats.to({"seats", "pools"}) == [("seats", 2)]
    assert merging.everything(2).to({"seats", "counters"}) == [("counters", 2)]


def test_who_comes_while_seats_are_merged_is_answered_with_what_all_were_told() -> None:
    merging = Merging(1)
    merging.take(Delta("e1", 2, seats={5: SeatState.HELD}))
    merging.take(Delta("e1", 3, counters={"held": 1}))
    assert (merging.told({"seats"}), merging.told(TOPICS)) == (1, 1)
    assert merging.seats_and_pools(3).to({"seats", "pools"}) == [("seats", 3)]
    merging.take(Delta("e1", 4, counters={"held": 2}))
    assert (merging.told({"seats"}), merging.told(TOPICS)) == (4, 1)
    merging.everything(4)
    assert merging.told(TOPICS) == 4


def test_nothing_is_told_of_what_nobody_watched() -> None:
    merging = Merging(1)
    merging.take(Delta("e1", 2, seats={5: SeatState.HELD}))
    merging.skip(Delta("e1", 3, seats={5: SeatState.FREE}))
    assert merging.seats_and_pools(3).bodies == {}
