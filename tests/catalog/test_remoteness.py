"""How remote seats are: on the vectors that pages are tested with, and what anybody would say of a house."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.layout import STAGE, Point, Row, Section, section_from_json, section_shape
from engine.catalog.remoteness import remoteness
from tests.catalog.layouts import drawn

VECTORS = json.loads((Path(__file__).parents[2] / "web" / "test" / "worth-vectors.json").read_text(encoding="utf-8"))


def stored(section: dict[str, Any]) -> Section:
    return section_from_json({**section, "shape": section})


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["case"] for vector in VECTORS])
def test_vectors_that_pages_share(vector: dict[str, Any]) -> None:
    remote = [each for section in vector["layout"]["sections"] for each in remoteness(stored(section))]
    assert remote == vector["remoteness"]
    assert vector["more_remote"] == [sum(other > each for other in remote) for each in remote]


def test_the_middle_of_the_fourth_row_goes_before_the_end_of_the_first() -> None:
    (stalls,) = drawn(stalls={"rows": 4, "seats": 21, "shape": {"at": [0, 10]}}).sections
    remote = remoteness(stalls)
    assert min(remote) == remote[10] == 100
    assert remote[3 * 21 + 10] < remote[0] == remote[20]


def test_side_sections_are_best_towards_the_middle_of_the_house() -> None:
    arc = {"kind": "arc", "radius": 20}
    left, right = drawn(
        left={"rows": 1, "seats": 9, "shape": {**arc, "direction": 130}},
        right={"rows": 1, "seats": 9, "shape": {**arc, "direction": 50}},
    ).sections
    assert list(remoteness(left)) == sorted(remoteness(left), reverse=True)
    assert list(remoteness(right)) == list(remoteness(left))[::-1]


def test_a_stand_beside_a_pitch_is_best_in_its_middle() -> None:
    pitch = {"rows": 4, "seats": 21, "focus": [0, 44]}
    east, west = drawn(
        east={**pitch, "shape": {"at": [30, 44], "turn": -90}},
        west={**pitch, "shape": {"at": [-30, 44], "turn": 90}},
    ).sections
    assert remoteness(east) == remoteness(west)
    assert remoteness(east)[10] == min(remoteness(east)) == 300


def test_a_section_looks_at_the_stage_unless_it_says_otherwise() -> None:
    said, silent, elsewhere = drawn(
        said={"rows": 1, "seats": 2, "focus": "stage"},
        silent={"rows": 1, "seats": 2},
        elsewhere={"rows": 1, "seats": 2, "blocks": 2, "focus": [0, 9.5], "shape": {"kind": "arc", "radius": 40}},
    ).sections[:3]
    assert said.focus == silent.focus == STAGE
    assert "focus" not in section_shape(silent)
    assert section_shape(elsewhere)["focus"] == [0, 9.5]


@given(
    turn=st.integers(0, 359),
    x=st.floats(1, 50),
    y=st.floats(-50, 50),
    kind=st.sampled_from([{}, {"kind": "arc", "radius": 30}]),
)
def test_turning_the_whole_house_about_a_focal_point_changes_nothing(
    *, turn: int, x: float, y: float, kind: dict[str, object]
) -> None:
    """A point has no front: only where seats are, as seen from it, counts."""
    hall = drawn(hall={"rows": 3, "seats": 7, "focus": [1, 2], "shape": {"at": [0, 20], **kind}}).sections[0]
    moved = replace(hall, rows=tuple(turned(row, hall.focus, turn, (x, y)) for row in hall.rows), focus=(x, y))
    pairs = zip(remoteness(hall), remoteness(moved), strict=True)
    assert all(abs(one - other) <= 1 for one, other in pairs), "a tenth at most, by rounding"


def turned(row: Row, about: Point, degrees: int, then_at: Point) -> Row:
    """The row turned about one point, which comes to lie at another."""
    angle, x, y = math.radians(degrees), row.x - about[0], row.y - about[1]
    return replace(
        row,
        x=then_at[0] + x * math.cos(angle) - y * math.sin(angle),
        y=then_at[1] + x * math.sin(angle) + y * math.cos(angle),
        angle=row.angle + degrees,
    )
