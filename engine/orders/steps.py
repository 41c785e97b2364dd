"""The steps of a purchase, by name: where a test may let a process die.

A hook is given when Orders is built; in service there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum


class Step(Enum):
    """What has been done when the hook is called."""

    LOCKED = "locked"  # the cart is kept for the order
    PLACED = "placed"  # the order is written as paying
    CHARGED = "charged"  # the provider has answered
    SETTLED = "settled"  # the answer is written
    SOLD = "sold"  # Redis knows it too
    MOVE_BEGUN = "move_begun"  # lines of another order count for the cart
    MOVED = "moved"  # they have ended, in Postgres
    MOVE_UNDONE = "move_undone"  # they count for nothing any more


StepHook = Callable[[Step], None]


def no_hook(_: Step) -> None:
    """What is called when nobody watches."""
