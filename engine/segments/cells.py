"""The grid of cells that finds who is near.

Pure. Owns how a position becomes a cell number, and the units positions are kept in.
Guarantees: `cells_around` never leaves out a cell that holds a point within the radius, at poles and date line too.
"""

from __future__ import annotations

import math

from engine.people import EARTH_RADIUS_M, Point

# About 1.1 km: a radius of 2 km touches some 25 cells.
CELL_DEGREES = 0.01
BANDS = round(180 / CELL_DEGREES)
CELLS_PER_BAND_MAX = 65_536
# Positions are kept as whole ten-millionths of a degree, about a centimetre.
UNITS_PER_DEGREE = 10_000_000
SLACK_DEGREES = 2 / UNITS_PER_DEGREE


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
