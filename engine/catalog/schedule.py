"""When a sale is in which state. Pure: time comes in as an argument.

Owns: which state may follow which, and the state that a sale's times ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from engine.catalog.model import SaleState

MAY_FOLLOW: Mapping[SaleState, frozenset[SaleState]] = {
    SaleState.SCHEDULED: frozenset(),
    SaleState.LOBBY: frozenset({SaleState.SCHEDULED}),
    SaleState.OPEN: frozenset({SaleState.SCHEDULED, SaleState.LOBBY, SaleState.PAUSED}),
    SaleState.PAUSED: frozenset({SaleState.OPEN}),
    SaleState.CLOSED: frozenset({SaleState.SCHEDULED, SaleState.LOBBY, SaleState.OPEN, SaleState.PAUSED}),
    SaleState.ENDED: frozenset({SaleState.SCHEDULED, SaleState.LOBBY, SaleState.OPEN, SaleState.PAUSED}),
}


class Steered(Protocol):
    """Whatever knows the times of a sale and its switches."""

    @property
    def lobby_at(self) -> datetime | None: ...
    @property
    def opens_at(self) -> datetime: ...
    @property
    def closes_at(self) -> datetime: ...
    @property
    def opened_at(self) -> datetime | None: ...
    @property
    def paused(self) -> bool: ...
    @property
    def closed_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Steering:
    """The times of a sale, and what was switched by hand."""

    lobby_at: datetime | None
    opens_at: datetime
    closes_at: datetime
    opened_at: datetime | None = None  # opened, by schedule or by hand
    paused: bool = False
    closed_at: datetime | None = None  # closed early by hand


def state_at(steering: Steered, now: datetime) -> SaleState:
    """The state a sale should be in; manual switches override the clock, but a sale that is over stays over."""
    if steering.closed_at is not None:
        return SaleState.CLOSED
    if now >= steering.closes_at:
        return SaleState.ENDED
    if steering.opened_at is not None or now >= steering.opens_at:
        return SaleState.PAUSED if steering.paused else SaleState.OPEN
    if steering.lobby_at is not None and now >= steering.lobby_at:
        return SaleState.LOBBY
    return SaleState.SCHEDULED


def seconds_to_change(steering: Steering, now: datetime) -> float | None:
    """How long until the clock moves the sale on; None when it never will."""
    ahead = [at for at in (steering.lobby_at, steering.opens_at, steering.closes_at) if at is not None and at > now]
    return (min(ahead) - now).total_seconds() if ahead else None
