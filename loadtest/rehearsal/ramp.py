"""Which pace to try next: doubled while it holds (or more, while it costs nothing), divided when not, then between.

Pure. Guarantees: a pace is tried once; the search ends, at the latest when no time is left for it.
"""

from __future__ import annotations

import math

NEAR_ENOUGH = 1.25
PACE_MAX = 10_000
EASY_FACTOR = 4


class Ramp:
    """Paces are buyers let in per second."""

    def __init__(self) -> None:
        self.held = 0.0  # the best that held
        self.broke = math.inf  # the least that did not
        self._factor = 2

    def learn(self, pace: float, *, held: bool, easily: bool = False) -> None:
        """How a pace went; it may be another than the one that was asked for."""
        if held:
            self.held = max(self.held, pace)
            self._factor = EASY_FACTOR if easily else 2
        else:
            self.broke = min(self.broke, pace)

    def next(self) -> int | None:
        """The pace to try, None when nothing better can be learned."""
        if math.isinf(self.broke):
            return min(PACE_MAX, max(1, math.ceil(self.held * self._factor))) if self.held < PACE_MAX else None
        if not self.held:
            return max(1, math.floor(self.broke / 3)) if self.broke > 1 else None
        between = round(math.sqrt(self.held * self.broke))
        near = self.broke / self.held < NEAR_ENOUGH or not self.held < between < self.broke
        return None if near else between
