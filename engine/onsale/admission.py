"""How many waiting buyers to call in. Pure: time comes in as an argument.

Guarantees: never more than the room's pace allows since the last step, never more than there is something left for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.catalog.model import RoomPlan

# A keeper that was away makes up for at most this much time.
STEP_MS_MAX = 1_000
RATE_OVER_MS = 20_000
# A new rate goes to everybody who waits, so smaller relative changes are not sent.
RATE_NEWS = 0.1


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """What the last step left behind."""

    shopping: int
    called: int  # buyers called that may still come
    free: int  # seats and units neither held nor sold
    now_ms: int


def calls_allowed(room: RoomPlan, facts: RoomFacts, since_ms: int, owed: float, pace: float = 1.0) -> tuple[int, float]:
    """How many to call now, and the fraction carried over to the next step. `pace` below 1 slows down, 0 stops."""
    step_ms = min(STEP_MS_MAX, max(0, since_ms))
    due = owed + room.per_second_max * pace * step_ms / 1000
    slots = room.shoppers_max - facts.shopping - facts.called
    # Never call more buyers than there are units left: each takes at least one.
    sensible = facts.free - facts.called
    calls = max(0, min(math.floor(due), slots, sensible))
    return calls, min(due - calls, float(max(1, room.per_second_max)))


def rate_after(rate: float, admitted: int, since_ms: int) -> float:
    """Admissions per second lately: a mean that forgets over RATE_OVER_MS."""
    if since_ms <= 0:
        return rate
    weight = 1 - math.exp(-since_ms / RATE_OVER_MS)
    return rate + weight * (admitted * 1000 / since_ms - rate)


def rate_told(rate: float, told: float) -> float:
    """The rate to tell the room, which was told `told` before."""
    now = round(rate, 2)
    return now if abs(now - told) > RATE_NEWS * told else told
