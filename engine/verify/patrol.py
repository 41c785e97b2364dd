"""The patrol: which sales to verify next. Pure.

Guarantees: each that moved, each that was broken, and of the others the next few, so that all of them come round.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

QUIET_PER_TURN = 10


class Patrol:
    def __init__(self, quiet_per_turn: int = QUIET_PER_TURN) -> None:
        self._quiet_per_turn = quiet_per_turn
        self._last = ""
        self._broken: set[str] = set()

    def turn(self, live: Sequence[str], moved: Collection[str]) -> list[str]:
        """Sales to look at now."""
        urgent = [sale for sale in live if sale in moved or sale in self._broken]
        quiet = sorted(set(live).difference(urgent))
        ahead = [sale for sale in quiet if sale > self._last]
        some = (ahead + quiet)[: min(self._quiet_per_turn, len(quiet))]
        if some:
            self._last = some[-1]
        return urgent + some

    def looked(self, sale: str, *, broken: bool) -> None:
        """What is broken is looked at again in the next turn."""
        (self._broken.add if broken else self._broken.discard)(sale)
