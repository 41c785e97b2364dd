"""Layouts: where seats are, what they are called, and that the compact form loses nothing."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.layout import (
    Row,
    Section,
    row_from_json,
    row_to_json,
    seat_name,
    seat_positions,
    section_from_json,
    section_shape,
)
from tests.catalog.layouts import drawn, mistakes


def points(section: Section) -> list[tuple[float, float]]:
    flat = seat_positions(section)
    return list(zip(flat[::2], flat[1::2], strict=True))


def test_a_straight_section_is_a_centred_grid() -> None:
    (stalls,) = drawn(stalls={"rows": 2, "seats": 3, "shape": {"at": [10, 5], "row_gap": 2}}).sections
    assert points(stalls) == [(9, 5), (10, 5), (11, 5), (9, 7), (10, 7), (11, 7)]
    assert stalls.label_at == (10, 6)


def test_sections_without_a_place_stand_one_behind_the_other() -> None:
    near, far = drawn(near={"rows": 3, "seats": 5}, far={"rows": 1, "seats": 5}).sections
    assert max(y for _, y in points(near)) < min(y for _, y in points(far))
    assert (near.rank, near.first_seat, far.rank, far.first_seat) == (0, 0, 1, 15)


def test_a_turned_section_keeps_its_distances() -> None:
    (turned,) = drawn(box={"rows": 2, "seats": 2, "shape": {"at": [0, 0], "turn": 90, "row_gap": 3}}).sections
    assert points(turned) == [pytest.approx(at) for at in [(0, -0.5), (0, 0.5), (-3, -0.5), (-3, 0.5)]]


def test_an_arc_keeps_its_radius_and_runs_from_left_to_right() -> None:
    (arc,) = drawn(circle={"rows": 3, "seats": 30, "shape": {"kind": "arc", "radius": 40, "row_gap": 2}}).sections
    at = points(arc)
    for row in range(3):
        for x, y in at[row * 30 : row * 30 + 30]:
            assert math.hypot(x, y) == pytest.approx(40 + 2 * row, abs=0.01)
    assert [x for x, _ in at[:30]] == sorted(x for x, _ in at[:30])
    assert at[0][0] == pytest.approx(-at[29][0], abs=0.01), "it is centred"
    for (x, y), (x_next, y_next) in pairwise(at[:30]):
        assert math.hypot(x_next - x, y_next - y) == pytest.approx(1, abs=0.01)


def test_an_arc_fills_the_sweep_it_is_given() -> None:
    (filled,) = drawn(circle={"rows": 4, "shape": {"kind": "arc", "radius": 30, "sweep": 60}}).sections
    widths = [row.seats for row in filled.rows]
    assert widths == sorted(widths)
    assert widths[-1] > widths[0]
    assert all(row.seats <= math.radians(60) * (30 + 1.6 * index) for index, row in enumerate(filled.rows))


def test_blocks_of_a_ring_do_not_overlap() -> None:
    ring = drawn(ring={"rows": 2, "blocks": 12, "shape": {"kind": "arc", "radius": 30}}).sections
    assert [section.id for section in ring] == [f"ring-{block}" for block in range(1, 13)]
    seats = [at for section in ring for at in points(section)]
    nearest = min(math.dist(a, b) for index, a in enumerate(seats) for b in seats[:index])
    assert nearest > 0.9


def test_an_aisle_cuts_a_row_in_two_runs() -> None:
    (stalls,) = drawn(stalls={"rows": 1, "seats": 6, "aisles": [2]}).sections
    assert [(row.label, row.first_seat, row.seats, row.number) for row in stalls.rows] == [
        ("A", 0, 2, 1),
        ("A", 2, 4, 3),
    ]
    at = points(stalls)
    assert at[2][0] - at[1][0] == pytest.approx(3)


@pytest.mark.parametrize(
    ("numbers", "aisles", "labels"),
    [
        ("left", [], ["1", "2", "3", "4", "5"]),
        ("right", [], ["5", "4", "3", "2", "1"]),
        ("right", [2], ["5", "4", "3", "2", "1"]),
        ("odd-even", [], ["3", "1", "2", "4", "6"]),
        ("odd-even", [3], ["5", "3", "1", "2", "4"]),
        ("odd-even", [1, 4], ["1", "2", "4", "6", "8"]),
    ],
)
def test_seats_are_numbered_as_asked(numbers: str, aisles: list[int], labels: list[str]) -> None:
    layout = drawn(stalls={"rows": 1, "seats": 5, "numbers": numbers, "aisles": aisles})
    named = [seat_name(layout.sections, seat) for seat in range(layout.seats)]
    assert [name[2] for name in named if name is not None] == labels
    assert seat_name(layout.sections, layout.seats) is None


def test_seats_are_marked_by_the_names_people_give_them() -> None:
    layout = drawn(
        stalls={
            "rows": 2,
            "seats": 5,
            "off": ["B"],
            "accessible": ["A 2-3", "A 5"],
            "numbers": "odd-even",
            "aisles": [3],
        }
    )
    assert layout.off_seats == (5, 6, 7, 8, 9)
    accessible = [row.first_seat + at for row in layout.sections[0].rows for at in row.accessible]
    named = [seat_name(layout.sections, seat) for seat in accessible]
    assert sorted(name[2] for name in named if name is not None) == ["2", "3", "5"]


def test_row_labels() -> None:
    (lettered,) = drawn(stalls={"rows": 28, "seats": 1}).sections
    assert [row.label for row in lettered.rows][24:] == ["Y", "Z", "AA", "AB"]
    (named,) = drawn(boxes={"rows": 2, "seats": 1, "row_labels": ["Real", "Río"]}).sections
    assert [row.label for row in named.rows] == ["Real", "Río"]


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"rows": 3, "seats": 300, "shape": {"kind": "arc", "radius": 10}}, "row A does not fit its arc"),
        ({"rows": [3, 4], "seats": 3}, "rows lists the seats of each row already"),
        ({"seats": 3}, "rows are missing"),
        ({"rows": 3, "seats": 3, "row_labels": ["a", "a", "b"]}, "row_labels names a row twice"),
        ({"rows": 900, "blocks": 400, "shape": {"kind": "arc", "radius": 1000}}, "a sale has at most 200,000"),
        ({"rows": 1000, "seats": 1000}, "has about 1,000,000 seats"),
    ],
)
def test_what_does_not_fit_is_named(section: dict[str, object], message: str) -> None:
    assert any(message in told for told in mistakes(stalls=section))


@given(
    seats=st.integers(1, 60),
    x=st.floats(-1e4, 1e4),
    y=st.floats(-1e4, 1e4),
    angle=st.floats(-180, 180),
    radius=st.floats(5, 1e4),
    side=st.sampled_from((-1, 1)),
)
def test_a_run_of_any_arc_stays_on_its_circle(
    *, seats: int, x: float, y: float, angle: float, radius: float, side: int
) -> None:
    row = Row("A", 0, seats, x, y, angle=angle, curve=side / radius)
    heading = math.radians(angle)
    centre = (x - side * radius * math.sin(heading), y + side * radius * math.cos(heading))
    for position in range(seats):
        assert math.dist(row.point(position), centre) == pytest.approx(radius, rel=1e-6)


def test_the_compact_form_loses_nothing() -> None:
    layout = drawn(
        stalls={"rows": 2, "seats": 8, "aisles": [3], "numbers": "odd-even", "off": ["A 1"], "accessible": ["B"]},
        ring={"rows": 2, "blocks": 3, "shape": {"kind": "arc", "radius": 30, "sweep": 90}},
    )
    for section in layout.sections:
        assert tuple(row_from_json(row_to_json(row)) for row in section.rows) == section.rows
        record = {
            "id": section.id,
            "name": section.name,
            "rank": section.rank,
            "first_seat": section.first_seat,
            "rows": [row_to_json(row) for row in section.rows],
            "shape": section_shape(section),
        }
        assert section_from_json(record) == section
