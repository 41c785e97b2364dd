"""Merges a sale's changes for its watchers, and labels each event with how far it takes them.

Owns: what is not told yet, and up to which seq everybody has been told.
Guarantees: an event's seq says that its watcher has everything up to it of the topics it watches, wherever the stream
is cut: of events that leave together only the last one carries the new seq. Seqs never go back within an epoch.
Pure: no stores, no sockets.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from engine.onsale.model import Delta
from server.known.sale_view import SLOW_TOPICS, Change

Bodies = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Step:
    """How far events that leave together take a watcher."""

    before: int
    now: int


@dataclass(frozen=True, slots=True)
class Telling:
    """Events that leave together. Who watches seats and pools alone is often further than who watches more."""

    bodies: Bodies  # topic → the members of its event, in the order they are sent
    stock_alone: Step
    all_topics: Step

    def to(self, topics: Collection[str]) -> list[tuple[str, int]]:
        """The topics of these events that a watcher of `topics` gets, each with the seq it carries."""
        step = self.all_topics if is_slow(topics) else self.stock_alone
        mine = [topic for topic in self.bodies if topic in topics]
        return [(topic, step.now if topic == mine[-1] else step.before) for topic in mine]


class Merging:
    """Seats and pools are told after a moment; room, counters and takings, which people read at leisure, later."""

    __slots__ = ("_fast", "_slow", "_told", "_told_stock")

    def __init__(self, seq: int) -> None:
        self._told = self._told_stock = seq
        self._fast = Change()
        self._slow = Change()

    def told(self, topics: Collection[str]) -> int:
        """Up to where those who watch these topics have been told; a snapshot for a new one is at least as new."""
        return self._told if is_slow(topics) else self._told_stock

    def take(self, delta: Delta) -> None:
        """Keep what the next delta changed until it is told."""
        self._fast.merge_fast(delta)
        self._slow.merge_slow(delta)
        if not self._fast:
            self._moved_on(delta.seq)

    def skip(self, delta: Delta) -> None:
        """Nobody watches: drop the change, since a new watcher gets everything with its snapshot."""
        self._fast, self._slow = Change(), Change()
        self._moved_on(delta.seq)

    def seats_and_pools(self, seq: int) -> Telling:
        """What is to be told of seats and pools, up to seq."""
        fast, self._fast = self._fast, Change()
        return self._telling(fast.bodies(), seq)

    def everything(self, seq: int) -> Telling:
        """What is to be told of all topics, up to seq."""
        fast, self._fast = self._fast, Change()
        slow, self._slow = self._slow, Change()
        return self._telling({**fast.bodies(), **slow.bodies()}, seq)

    def _telling(self, bodies: Bodies, seq: int) -> Telling:
        told, told_stock = self._told, self._told_stock
        self._moved_on(seq)
        return Telling(bodies, Step(told_stock, self._told_stock), Step(told, self._told))

    def _moved_on(self, seq: int) -> None:
        """Seats and pools have been told up to seq; and all, unless room, counters or takings wait."""
        self._told_stock = seq
        if not self._slow:
            self._told = seq


def is_slow(topics: Collection[str]) -> bool:
    return any(topic in topics for topic in SLOW_TOPICS)
