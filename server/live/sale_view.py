"""What one process knows of a sale: the last snapshot and every delta since, kept in memory for those who watch.

Owns: seats, pools, room and counters of one sale as of (epoch, seq), and the deltas a client may resume from.
Guarantees: a delta is applied once and in order; a gap or another epoch is reported, never guessed over.
Pure: no stores, no sockets.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any

from engine.limits import DELTAS_KEPT_MAX
from engine.onsale.model import Delta, Snapshot

TOPICS = ("room", "seats", "pools", "counters")
SLOW_TOPICS = ("room", "counters")
SEAT_WORDS = ("free", "held", "sold", "off")
SEATS_PER_BYTE = 4


def flat(record: Any) -> dict[str, Any]:
    """A flat dataclass as the wire says it."""
    values = {each.name: getattr(record, each.name) for each in fields(record)}
    return {name: value.value if isinstance(value, Enum) else value for name, value in values.items()}


@dataclass(slots=True)
class Change:
    """Deltas merged: the latest state wins."""

    seats: dict[int, int] = field(default_factory=dict)
    pools: dict[str, int] = field(default_factory=dict)
    room: dict[str, Any] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)

    def merge(self, delta: Delta) -> None:
        self.seats.update(delta.seats)
        self.pools.update(delta.pools)
        self.room.update(delta.room)
        self.counters.update(delta.counters)

    def __bool__(self) -> bool:
        return bool(self.seats or self.pools or self.room or self.counters)

    def bodies(self) -> dict[str, dict[str, Any]]:
        """topic → the members of its event, for topics that changed."""
        found: dict[str, dict[str, Any]] = {}
        if self.seats:
            found["seats"] = self._seats_by_state()
        if self.pools:
            found["pools"] = {"pools": self.pools}
        if self.room:
            found["room"] = self.room
        if self.counters:
            found["counters"] = self.counters
        return found

    def _seats_by_state(self) -> dict[str, list[int]]:
        lists: tuple[list[int], ...] = ([], [], [], [])
        for seat, state in self.seats.items():
            lists[state].append(seat)
        return {word: seats for word, seats in zip(SEAT_WORDS, lists, strict=True) if seats}


class SaleView:
    """A sale as of (epoch, seq)."""

    __slots__ = ("_recent", "counters", "epoch", "pools", "room", "seat_count", "seats", "seq", "state")

    def __init__(self, snapshot: Snapshot) -> None:
        self.epoch = snapshot.epoch
        self.seq = snapshot.seq
        self.state: str = snapshot.state.value
        self.seats = bytearray(snapshot.seats)
        self.seat_count = snapshot.seat_count
        self.pools = dict(snapshot.pools)
        self.room = flat(snapshot.room)
        self.counters = flat(snapshot.counters)
        self._recent: deque[Delta] = deque(maxlen=DELTAS_KEPT_MAX)

    def follows(self, delta: Delta) -> bool:
        """Whether `delta` is the very next one."""
        return delta.epoch == self.epoch and delta.seq == self.seq + 1

    def already_knows(self, delta: Delta) -> bool:
        return delta.epoch == self.epoch and delta.seq <= self.seq

    def apply(self, delta: Delta) -> None:
        assert self.follows(delta), "a gap was not noticed"
        seats = self.seats
        for seat, state in delta.seats.items():
            shift = 6 - 2 * (seat % SEATS_PER_BYTE)
            at = seat // SEATS_PER_BYTE
            seats[at] = seats[at] & ~(3 << shift) | state << shift
        self.pools.update(delta.pools)
        self.room.update(delta.room)
        self.counters.update(delta.counters)
        self.state = str(delta.room.get("state", self.state))
        self.seq = delta.seq
        self._recent.append(delta)

    def member(self, topic: str) -> Any:
        """The full member of a topic, as `watch` answers it."""
        if topic == "seats":
            return {"count": self.seat_count, "bits": bytes(self.seats)}
        return {"room": self.room, "pools": self.pools, "counters": self.counters}[topic]

    def since(self, epoch: str, seq: int) -> Change | None:
        """What changed after (epoch, seq); None when that is no longer known."""
        if epoch != self.epoch or not self.seq - len(self._recent) <= seq <= self.seq:
            return None
        change = Change()
        for delta in self._recent:
            if delta.seq > seq:
                change.merge(delta)
        return change
