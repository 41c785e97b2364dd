"""When a sale is in which state. Pure: time comes in as an argument.

Owns: which state may follow which, and the state that a sale's times ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from engine.catalog.model import SaleState

_OVER = frozenset({SaleState.CLOSED, SaleState.ENDED})
_BEFORE = frozenset({SaleState.SCHEDULED, SaleState.LOBBY})
# What is over may go on: closed by hand it is opened again, ended by the clock it gets a later end.
MAY_FOLLOW: Mapping[SaleState, frozenset[SaleState]] = {
    SaleState.SCHEDULED: _OVER,
    SaleState.LOBBY: _OVER | {SaleState.SCHEDULED},
    SaleState.OPEN: _OVER | _BEFORE | {SaleState.PAUSED},
    SaleState.PAUSED: _OVER | {SaleState.OPEN},
    SaleState.CLOSED: _BEFORE | {SaleState.OPEN, SaleState.PAUSED, SaleState.ENDED},
    SaleState.ENDED: _BEFORE | {SaleState.OPEN, SaleState.PAUSED, SaleState.CLOSED},
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
    """The state a sale should be in; manual switches override the clock, but for the end that the clock brings."""
    if steering.closed_at is not None:
        return SaleState.CLOSED
    if now >= steering.closes_at:
        return SaleState.ENDED
    if steering.opened_at is not None or now >= steering.opens_at:
        return SaleState.PAUSED if steering.paused else SaleState.OPEN
    if steering.lobby_at is not None and now >= steering.lobby_at:
        return SaleState.LOBBY
    return SaleState.SCHEDULED


def over(state: SaleState) -> bool:
    """Whether nothing is sold any more, unless somebody has the sale go on."""
    return state in _OVER


def seconds_to_change(steering: Steering, now: datetime) -> float | None:
    """How long until the clock moves the sale on; None when it never will."""
    ahead = [at for at in (steering.lobby_at, steering.opens_at, steering.closes_at) if at is not None and at > now]
    return (min(ahead) - now).total_seconds() if ahead else None
