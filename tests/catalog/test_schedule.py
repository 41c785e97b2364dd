"""States by the clock and by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engine.catalog.model import SaleState
from engine.catalog.schedule import MAY_FOLLOW, Steering, seconds_to_change, state_at

OPENS = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # minutes after the clocks of Madrid went forward
SALE = Steering(lobby_at=OPENS - timedelta(hours=1), opens_at=OPENS, closes_at=OPENS + timedelta(days=1))
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (OPENS - timedelta(hours=1) - TICK, SaleState.SCHEDULED),
        (OPENS - timedelta(hours=1), SaleState.LOBBY),
        (OPENS - TICK, SaleState.LOBBY),
        (OPENS, SaleState.OPEN),
        (OPENS + timedelta(days=1) - TICK, SaleState.OPEN),
        (OPENS + timedelta(days=1), SaleState.ENDED),
    ],
)
def test_states_by_the_clock(now: datetime, state: SaleState) -> None:
    assert state_at(SALE, now) is state


def test_hands() -> None:
    early = OPENS - timedelta(hours=2)
    assert state_at(replace(SALE, opened_at=early), early) is SaleState.OPEN
    assert state_at(replace(SALE, opened_at=early, paused=True), early) is SaleState.PAUSED
    assert state_at(replace(SALE, paused=True), early) is SaleState.SCHEDULED
    assert state_at(replace(SALE, closed_at=early), OPENS) is SaleState.CLOSED
    assert state_at(replace(SALE, closed_at=early), OPENS + timedelta(days=2)) is SaleState.CLOSED
    assert state_at(replace(SALE, paused=True), OPENS + timedelta(days=2)) is SaleState.ENDED


def test_a_sale_without_a_lobby() -> None:
    plain = replace(SALE, lobby_at=None)
    assert state_at(plain, OPENS - TICK) is SaleState.SCHEDULED
    assert seconds_to_change(plain, OPENS - timedelta(hours=3)) == 3 * 3600


def test_what_is_over_stays_over_by_the_clock() -> None:
    assert seconds_to_change(SALE, SALE.closes_at) is None
    assert seconds_to_change(replace(SALE, closes_at=SALE.closes_at + TICK), SALE.closes_at) == TICK.total_seconds()


def test_what_was_opened_does_not_go_back_before_its_opening() -> None:
    opened = {SaleState.OPEN, SaleState.PAUSED}
    assert not (MAY_FOLLOW[SaleState.SCHEDULED] | MAY_FOLLOW[SaleState.LOBBY]) & opened
    assert all(state not in MAY_FOLLOW[state] for state in SaleState)
