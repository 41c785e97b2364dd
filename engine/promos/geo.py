"""Distances on the globe, and the grid of cells that finds who is near.

Pure. Owns the formula that lua/promos/_distance.lua repeats, and how a position becomes a cell number.
Guarantees: `cells_around` never leaves out a cell that holds a point within the radius, at poles and date line too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

EARTH_RADIUS_M = 6_371_008.8
# About 1.1 km: a radius of 2 km touches some 25 cells.
CELL_DEGREES = 0.01
BANDS = round(180 / CELL_DEGREES)
CELLS_PER_BAND_MAX = 65_536
# Positions are kept as whole ten-millionths of a degree, about a centimetre.
UNITS_PER_DEGREE = 10_000_000
SLACK_DEGREES = 2 / UNITS_PER_DEGREE


@dataclass(frozen=True, slots=True)
class Point:
    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        assert -90 <= self.latitude <= 90, "checked at the edge"
        assert -180 <= self.longitude <= 180, "checked at the edge"


def distance_m(here: Point, there: Point) -> float:
    """Metres along the great circle (haversine: exact enough close by, stable at any distance)."""
    lat_1, lat_2 = math.radians(here.latitude), math.radians(there.latitude)
    by_lat = math.sin((lat_2 - lat_1) / 2)
    by_lon = math.sin(math.radians(there.longitude - here.longitude) / 2)
    share = by_lat * by_lat + math.cos(lat_1) * math.cos(lat_2) * by_lon * by_lon
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(share)))


def within(here: Point, there: Point, radius_m: float) -> bool:
    """Whether two points are at most `radius_m` apart; the edge itself is inside."""
    return distance_m(here, there) <= radius_m


def band_of(latitude: float) -> int:
    return min(BANDS - 1, int((latitude + 90) / CELL_DEGREES))


def cells_in_band(band: int) -> int:
    """Fewer towards the poles, so that a cell covers about the same ground everywhere."""
    middle = math.radians((band + 0.5) * CELL_DEGREES - 90)
    return max(1, round(360 / CELL_DEGREES * math.cos(middle)))


def cell_of(point: Point) -> int:
    band = band_of(point.latitude)
    cells = cells_in_band(band)
    return band * CELLS_PER_BAND_MAX + int((point.longitude + 180) / 360 * cells) % cells


def cells_around(centre: Point, radius_m: float) -> list[int]:
    """Every cell that may hold a point within `radius_m` of `centre`, in order, each once."""
    reach = math.degrees(radius_m / EARTH_RADIUS_M) + SLACK_DEGREES
    south, north = centre.latitude - reach, centre.latitude + reach
    spread = None if south <= -90 or north >= 90 else _spread(centre.latitude, radius_m)
    found: list[int] = []
    for band in range(band_of(max(-90.0, south)), band_of(min(90.0, north)) + 1):
        cells = cells_in_band(band)
        first, last = 0, cells - 1
        if spread is not None:
            first = math.floor((centre.longitude - spread + 180) / 360 * cells)
            last = min(math.floor((centre.longitude + spread + 180) / 360 * cells), first + cells - 1)
        found.extend(band * CELLS_PER_BAND_MAX + cell % cells for cell in range(first, last + 1))
    return sorted(found)


def _spread(latitude: float, radius_m: float) -> float | None:
    """Degrees of longitude that a circle reaches to either side; None when it goes all the way round."""
    ratio = math.sin(radius_m / EARTH_RADIUS_M) / math.cos(math.radians(latitude))
    if ratio >= 1:
        return None
    return math.degrees(math.asin(ratio)) + SLACK_DEGREES / max(0.01, math.cos(math.radians(latitude)))


def as_units(degrees: float) -> int:
    return round(degrees * UNITS_PER_DEGREE)


def from_units(units: int) -> float:
    return units / UNITS_PER_DEGREE
