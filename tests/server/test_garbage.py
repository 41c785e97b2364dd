"""Cycles that only a full collection frees."""

from __future__ import annotations

import gc
import weakref

from server.garbage import SWEEP_SOCKETS_MAX, sweep


class Knot:
    """Keeps itself."""

    def __init__(self) -> None:
        self.itself = self


def test_cycles_are_swept_but_not_in_a_crowd() -> None:
    gc.disable()
    try:
        left = weakref.ref(Knot())
        sweep(SWEEP_SOCKETS_MAX + 1)
        assert left() is not None
        sweep(SWEEP_SOCKETS_MAX)
        assert left() is None
    finally:
        gc.enable()
