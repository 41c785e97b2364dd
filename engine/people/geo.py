"""Points on the globe, and how far apart they are.

Pure. Owns the formula that lua/promos/_distance.lua repeats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

EARTH_RADIUS_M = 6_371_008.8


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
