"""What one process knows of a sale: the last snapshot and every delta since, kept in memory for those who watch.

Owns: seats, pools, room, counters and takings of one sale as of (epoch, seq), and the deltas to resume from.
Guarantees: a delta is applied once and in order; a gap or another epoch is reported, never guessed over. What a sale
takes in is never among its counters, which everybody may see.
Pure: no stores, no sockets.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any

from engine.limits import DELTAS_KEPT_MAX
from engine.onsale.model import Delta, RoomState, Snapshot
from server.contract.live import WATCHED

TOPICS: tuple[str, ...] = tuple(WATCHED)
SLOW_TOPICS = ("room", "counters", "takings")
TAKINGS = frozenset({"revenue"})
SEAT_WORDS = ("free", "held", "sold", "off")
SEATS_PER_BYTE = 4


def flat(record: Any) -> dict[str, Any]:
    """A flat dataclass as the wire says it."""
    values = {each.name: getattr(record, each.name) for each in fields(record)}
    return {name: value.value if isinstance(value, Enum) else value for name, value in values.items()}


def parted(counts: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    """What the engine counted, as counters and takings."""
    counters = {name: value for name, value in counts.items() if name not in TAKINGS}
    return counters, {name: value for name, value in counts.items() if name in TAKINGS}


def room_of(state: RoomState) -> dict[str, Any]:
    """The room as the wire says it: a revision only once its event has changed, as releases without one have it."""
    room = flat(state)
    if not room["revision"]:
        del room["revision"]
    return room


@dataclass(slots=True)
class Change:
    """Deltas merged: the latest state wins."""

    seats: dict[int, int] = field(default_factory=dict)
    pools: dict[str, int] = field(default_factory=dict)
    room: dict[str, Any] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    takings: dict[str, int] = field(default_factory=dict)

    def merge(self, delta: Delta) -> None:
        self.merge_fast(delta)
        self.merge_slow(delta)

    def merge_fast(self, delta: Delta) -> None:
        self.seats.update(delta.seats)
        self.pools.update(delta.pools)

    def merge_slow(self, delta: Delta) -> None:
        counters, takings = parted(delta.counters)
        self.room.update(delta.room)
        self.counters.update(counters)
        self.takings.update(takings)

    def __bool__(self) -> bool:
        return bool(self.seats or self.pools or self.room or self.counters or self.takings)

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
        if self.takings:
            found["takings"] = self.takings
        return found

    def _seats_by_state(self) -> dict[str, list[int]]:
        lists: tuple[list[int], ...] = ([], [], [], [])
        for seat, state in self.seats.items():
            lists[state].append(seat)
        return {word: seats for word, seats in zip(SEAT_WORDS, lists, strict=True) if seats}


class SaleView:
    """A sale as of (epoch, seq)."""

    __slots__ = ("_recent", "counters", "epoch", "pools", "room", "seat_count", "seats", "seq", "state", "takings")

    def __init__(self, snapshot: Snapshot) -> None:
        self.epoch = snapshot.epoch
        self.seq = snapshot.seq
        self.state: str = snapshot.state.value
        self.seats = bytearray(snapshot.seats)
        self.seat_count = snapshot.seat_count
        self.pools = dict(snapshot.pools)
        self.room = room_of(snapshot.room)
        self.counters, self.takings = parted(flat(snapshot.counters))
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
        counters, takings = parted(delta.counters)
        self.room.update(delta.room)
        self.counters.update(counters)
        self.takings.update(takings)
        self.state = str(delta.room.get("state", self.state))
        self.seq = delta.seq
        self._recent.append(delta)

    def member(self, topic: str) -> Any:
        """The full member of a topic, as `watch` answers it."""
        if topic == "seats":
            return {"count": self.seat_count, "bits": bytes(self.seats)}
        members = {"room": self.room, "pools": self.pools, "counters": self.counters, "takings": self.takings}
        return members[topic]

    def since(self, epoch: str, seq: int) -> Change | None:
        """What changed after (epoch, seq); None when that is no longer known."""
        if epoch != self.epoch or not self.seq - len(self._recent) <= seq <= self.seq:
            return None
        change = Change()
        for delta in self._recent:
            if delta.seq > seq:
                change.merge(delta)
        return change
