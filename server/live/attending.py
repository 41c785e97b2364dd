"""Which sockets hear about which buyer's cart in a sale, and what the answers to their own asks told them already.

Guarantees: whoever attends is told every change, once, by an event or by the answer to an ask of its own: a change that
is heard of while such an ask is on its way waits for its answer, and is told afterwards unless that told it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from engine.onsale.model import FeedPosition
from server.live.watcher import Watcher
from server.who.caller import Answered

UNKNOWN: FeedPosition = ("", 0)


@dataclass(slots=True)
class Hearing:
    """What one socket knows of its buyer's cart."""

    knows: FeedPosition = UNKNOWN  # it was told all that the feed says of the cart up to here
    asking: int = 0  # asks of its own that may tell it
    waits_for: FeedPosition | None = None  # heard of meanwhile

    def lacks(self, changed: FeedPosition) -> bool:
        return self.knows[0] != changed[0] or self.knows[1] < changed[1]

    def learn(self, told: FeedPosition) -> None:
        if told != UNKNOWN and self.lacks(told):
            self.knows = told


class Attending:
    """Of one sale in one process."""

    def __init__(self, changed: Callable[[str, FeedPosition], None]) -> None:
        """`changed`: who attends this buyer's cart has to be told."""
        self._changed = changed
        self._hearing: dict[str, dict[Watcher, Hearing]] = {}

    def __bool__(self) -> bool:
        return bool(self._hearing)

    @property
    def buyers(self) -> list[str]:
        return list(self._hearing)

    def add(self, socket: Watcher, buyer: str) -> None:
        self._hearing.setdefault(buyer, {}).setdefault(socket, Hearing())

    def remove(self, socket: Watcher, buyer: str) -> None:
        sockets = self._hearing.get(buyer)
        if sockets is not None:
            sockets.pop(socket, None)
            if not sockets:
                del self._hearing[buyer]

    def hear(self, buyer: str, at: FeedPosition) -> None:
        """The feed says that this buyer's cart changed by itself."""
        lacking = [each for each in self._hearing.get(buyer, {}).values() if each.lacks(at)]
        for each in lacking:
            if each.asking:
                each.waits_for = at
        if any(not each.asking for each in lacking):
            self._changed(buyer, at)

    def take_untold(self, buyer: str, at: FeedPosition) -> list[Watcher]:
        """Sockets to be told how the cart stands; they know it then."""
        untold = []
        for socket, each in self._hearing.get(buyer, {}).items():
            if each.waits_for is None and each.lacks(at):
                each.learn(at)
                untold.append(socket)
        return untold

    @contextmanager
    def asking(self, socket: Watcher, buyer: str) -> Iterator[Answered]:
        """While this socket asks for something that changes its cart; `as_of` says what the answer tells."""
        answered = Answered()
        each = self._hearing.get(buyer, {}).get(socket, Hearing())
        each.asking += 1
        try:
            yield answered
        finally:
            each.asking -= 1
            each.learn(answered.as_of)
            waited_for = each.waits_for
            if not each.asking and waited_for is not None:
                each.waits_for = None
                if each.lacks(waited_for):
                    self._changed(buyer, waited_for)
