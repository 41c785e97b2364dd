"""When a sale is in which state. Pure: time comes in as an argument.

Owns: which state may follow which, and the state that a sale's times ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from engine.onsale.model import SalePlan, SaleState

MAY_FOLLOW: Mapping[SaleState, frozenset[SaleState]] = {
    SaleState.SCHEDULED: frozenset(),
    SaleState.LOBBY: frozenset({SaleState.SCHEDULED}),
    SaleState.OPEN: frozenset({SaleState.SCHEDULED, SaleState.LOBBY, SaleState.PAUSED}),
    SaleState.PAUSED: frozenset({SaleState.OPEN}),
    SaleState.CLOSED: frozenset({SaleState.SCHEDULED, SaleState.LOBBY, SaleState.OPEN, SaleState.PAUSED}),
    SaleState.ENDED: frozenset({SaleState.SCHEDULED, SaleState.LOBBY, SaleState.OPEN, SaleState.PAUSED}),
}


def state_at(plan: SalePlan, now: datetime) -> SaleState:
    """The state that the times of a sale ask for, and what was done to it by hand."""
    if plan.closed_at is not None:
        return SaleState.CLOSED
    if now >= plan.closes_at:
        return SaleState.ENDED
    if plan.opened_at is not None or now >= plan.opens_at:
        return SaleState.PAUSED if plan.paused else SaleState.OPEN
    if plan.lobby_at is not None and now >= plan.lobby_at:
        return SaleState.LOBBY
    return SaleState.SCHEDULED
