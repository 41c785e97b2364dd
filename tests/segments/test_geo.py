"""Distances and cells: at the poles, over the date line, and at the edge of the radius."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.people import EARTH_RADIUS_M, Point, distance_m, within
from engine.segments.cells import as_units, cell_of, cells_around, from_units

latitudes = st.floats(-90, 90) | st.sampled_from([-90.0, 90.0, -89.9999, 89.9999, 0.0])
longitudes = st.floats(-180, 180) | st.sampled_from([-180.0, 180.0, 179.99999, -179.99999, 0.0])
points = st.builds(Point, latitudes, longitudes)
DEGREE_M = math.pi * EARTH_RADIUS_M / 180


def beside(centre: Point, metres: float, bearing: float) -> Point:
    """The point `metres` away from `centre` towards `bearing` (radians)."""
    lat, lon, arc = math.radians(centre.latitude), math.radians(centre.longitude), metres / EARTH_RADIUS_M
    sin_lat = math.sin(lat) * math.cos(arc) + math.cos(lat) * math.sin(arc) * math.cos(bearing)
    to_lat = math.asin(max(-1.0, min(1.0, sin_lat)))
    to_lon = lon + math.atan2(
        math.sin(bearing) * math.sin(arc) * math.cos(lat), math.cos(arc) - math.sin(lat) * math.sin(to_lat)
    )
    degrees = (math.degrees(to_lon) + 540) % 360 - 180
    return Point(math.degrees(to_lat), degrees)


@pytest.mark.parametrize(
    ("here", "there", "metres"),
    [
        (Point(40.4168, -3.7038), Point(40.4168, -3.7038), 0),
        (Point(0, 0), Point(0, 1), DEGREE_M),
        (Point(0, 179.5), Point(0, -179.5), DEGREE_M),
        (Point(90, 0), Point(90, 135), 0),
        (Point(89.5, 10), Point(89.5, -170), DEGREE_M),
        (Point(90, 0), Point(-90, 0), math.pi * EARTH_RADIUS_M),
        (Point(10, 20), Point(-10, -160), math.pi * EARTH_RADIUS_M),
    ],
)
def test_known_distances(here: Point, there: Point, metres: float) -> None:
    assert distance_m(here, there) == pytest.approx(metres, rel=1e-7, abs=0.001)


def test_madrid_to_lisbon() -> None:
    assert distance_m(Point(40.4168, -3.7038), Point(38.7223, -9.1393)) == pytest.approx(502_700, rel=0.005)


@given(points, points)
def test_distance_is_the_same_both_ways(here: Point, there: Point) -> None:
    assert distance_m(here, there) == pytest.approx(distance_m(there, here), abs=1e-6)


@given(points, st.floats(0, 2 * math.pi))
def test_the_edge_of_the_radius(centre: Point, bearing: float) -> None:
    assert within(centre, beside(centre, 1_999.5, bearing), 2_000)
    assert not within(centre, beside(centre, 2_000.5, bearing), 2_000)


def test_the_edge_itself_is_inside() -> None:
    here, there = Point(0, 0), Point(0, 0.01)
    assert within(here, there, distance_m(here, there))


@given(points, st.floats(1, 50_000), st.floats(0, 1), st.floats(0, 2 * math.pi))
def test_cells_around_leave_nobody_out(centre: Point, radius_m: float, share: float, bearing: float) -> None:
    other = beside(centre, radius_m * share * 0.999, bearing)
    cells = cells_around(centre, radius_m)
    assert cell_of(other) in cells
    assert len(cells) == len(set(cells))


@given(points)
def test_a_stored_position_stays_in_reach(point: Point) -> None:
    stored = Point(from_units(as_units(point.latitude)), from_units(as_units(point.longitude)))
    assert distance_m(point, stored) < 0.02
    assert cell_of(stored) in cells_around(point, 1)


def test_two_kilometres_touch_few_cells() -> None:
    assert len(cells_around(Point(40.4168, -3.7038), 2_000)) <= 30


def test_the_date_line_is_no_edge() -> None:
    cells = cells_around(Point(-16.8, 179.999), 2_000)
    assert cell_of(Point(-16.8, -179.999)) in cells
    assert cell_of(Point(-16.8, 180)) == cell_of(Point(-16.8, -180))
