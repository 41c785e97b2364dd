"""Breaker: stops asking a payment provider that does not answer, and tries again after a while.

Pure: time comes in as an argument. Closed → open after several failures in a row → one trial after a pause → closed.
"""

from __future__ import annotations

FAILURES_TO_OPEN = 5
PAUSE_MS = 5_000


class Breaker:
    def __init__(self, failures_to_open: int = FAILURES_TO_OPEN, pause_ms: int = PAUSE_MS) -> None:
        self._failures_to_open = failures_to_open
        self._pause_ms = pause_ms
        self._failures = 0
        self._closed_again_at_ms: int | None = None
        self._trial = False

    @property
    def pause_ms(self) -> int:
        return self._pause_ms

    def is_open(self, now_ms: int) -> bool:
        """Whether asking now is pointless. Changes nothing."""
        return self._closed_again_at_ms is not None and (self._trial or now_ms < self._closed_again_at_ms)

    def admits(self, now_ms: int) -> bool:
        """Whether to ask now; the first to ask after the pause is the trial, and the others wait for how it goes."""
        if self.is_open(now_ms):
            return False
        self._trial = self._closed_again_at_ms is not None
        return True

    def went_well(self) -> None:
        self._failures = 0
        self._closed_again_at_ms = None
        self._trial = False

    def learned_nothing(self) -> None:
        """The charge failed for a reason of its own: if it was the trial, the next ask becomes the trial."""
        self._trial = False

    def went_badly(self, now_ms: int) -> None:
        self._failures += 1
        if self._trial or self._failures >= self._failures_to_open:
            self._closed_again_at_ms = now_ms + self._pause_ms
        self._trial = False
