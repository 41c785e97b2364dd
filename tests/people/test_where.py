"""Positions: which jumps are believed, and which positions may claim."""

import pytest

from engine.people import Point, Position, near_enough, plausible

SOL = Point(40.4168, -3.7038)
BARCELONA = Point(41.3874, 2.1686)  # 505 km away
HOUR = 3_600


@pytest.mark.parametrize(
    ("elapsed_s", "accuracy_m", "believed"),
    [
        (0, 20, False),
        (600, 20, False),
        (HOUR, 20, True),  # an aeroplane
        (-HOUR, 20, False),
        (HOUR, 6_000, False),
    ],
)
def test_jumps(elapsed_s: int, accuracy_m: int, believed: bool) -> None:
    before = Position(SOL, 20, 1_000_000)
    assert plausible(before, Position(BARCELONA, accuracy_m, 1_000_000 + elapsed_s)) is believed


def test_a_first_position_is_believed() -> None:
    assert plausible(None, Position(SOL, 10, 0))


def test_vague_positions_may_jump_by_their_own_vagueness() -> None:
    before = Position(SOL, 1_000, 1_000_000)
    assert plausible(before, Position(Point(40.43, -3.7038), 500, 1_000_000))


@pytest.mark.parametrize(
    ("known", "near"),
    [
        (None, False),
        (Position(SOL, 10, 100_000), True),
        (Position(SOL, 10, 100_000 - 25 * HOUR), False),
        (Position(BARCELONA, 10, 100_000), False),
        (Position(Point(40.4357, -3.7038), 10, 100_000), False),  # 2,101 m
        (Position(Point(40.4357, -3.7038), 150, 100_000), True),
        (Position(Point(40.4393, -3.7038), 5_000, 100_000), False),  # 2,502 m: vagueness helps by 200 m only
    ],
)
def test_who_may_claim(known: Position | None, near: bool) -> None:
    assert near_enough(known, SOL, 2_000, 100_000) is near
