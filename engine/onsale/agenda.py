"""The agenda: when the keeper looks at each sale next. A sale that is not due costs nothing.

Guarantees: a sale has one instant at most; setting it again replaces it. Pure.
"""

from __future__ import annotations

import heapq

WORN_MIN = 64


class Agenda:
    """A heap; outdated entries are skipped, and removed once they are the majority."""

    def __init__(self) -> None:
        self._at: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []

    def set(self, sale_id: str, at: float) -> None:
        """Look at it at `at`, and not before."""
        self._at[sale_id] = at
        heapq.heappush(self._heap, (at, sale_id))
        if len(self._heap) > 2 * len(self._at) + WORN_MIN:
            self._heap = [(each_at, each) for each, each_at in self._at.items()]
            heapq.heapify(self._heap)

    def advance(self, sale_id: str, at: float) -> None:
        """Look at it at `at` at the latest."""
        before = self._at.get(sale_id)
        if before is None or at < before:
            self.set(sale_id, at)

    def drop(self, sale_id: str) -> None:
        self._at.pop(sale_id, None)

    def first(self) -> float | None:
        """The instant of what comes first, or a little before; None when nothing is to be looked at."""
        return self._heap[0][0] if self._heap else None

    def due(self, instant: float) -> list[str]:
        """Take off what is due, the earliest first."""
        found = []
        while self._heap and self._heap[0][0] <= instant:
            at, sale_id = heapq.heappop(self._heap)
            if self._at.get(sale_id) == at:
                del self._at[sale_id]
                found.append(sale_id)
        return found
