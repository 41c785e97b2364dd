"""From which place on a buyer has no chance any more. Pure.

An estimate from what buyers let in so far have bought, with a wide margin, because carts come back and later buyers may
want less. Answers 0 until enough orders are known.
"""

from __future__ import annotations

import math

ORDERS_TO_JUDGE_MIN = 30
MARGIN = 2.0


def hopeless_from(*, left: int, sold: int, orders: int, serving: int) -> int:
    """The first place without a chance, 0 while nobody knows."""
    if left <= 0:
        # Everything is sold, and nothing is held that could come back.
        return max(1, serving)
    if orders < ORDERS_TO_JUDGE_MIN or serving <= 0:
        return 0
    taken_per_place = sold / serving
    return serving + math.ceil(MARGIN * left / taken_per_place)
