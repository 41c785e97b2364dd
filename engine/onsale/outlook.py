"""From which place on there is no chance any more. Pure.

An honest estimate, not a promise: it counts what the buyers let in so far took, and leaves a wide margin, because
carts come back and later buyers may want less. Before enough is known it answers 0: nobody knows yet.
"""

from __future__ import annotations

import math

ORDERS_TO_JUDGE_MIN = 30
MARGIN = 2.0


def hopeless_from(*, left: int, sold: int, orders: int, serving: int) -> int:
    """The first place without a chance, 0 while nobody knows."""
    if left <= 0:
        # Nothing is left, and nothing is held that could come back.
        return max(1, serving)
    if orders < ORDERS_TO_JUDGE_MIN or serving <= 0:
        return 0
    taken_per_place = sold / serving
    return serving + math.ceil(MARGIN * left / taken_per_place)
