"""Points on the globe, and what a reported position is worth: it replaces the last known one, or lets a buyer claim.

Pure. Owns the formula that lua/promos/_distance.lua repeats. A position comes from the buyer's own device and can be
made up; this catches jumps no traveller makes and reports too vague to mean anything. docs/flash-promos.md says what
location can't prove.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from engine.limits import (
    POSITION_ACCURACY_M_MAX,
    POSITION_AGE_S_MAX,
    POSITION_FUTURE_S_MAX,
    TRAVEL_M_PER_S_MAX,
    VAGUENESS_ALLOWED_M,
)
from engine.refusals import Code, Refused

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


# What is answered to a report that can't be true; it changes nothing.
IMPLAUSIBLE = Refused(Code.TOO_FAR, {"reason": "implausible"})


@dataclass(frozen=True, slots=True)
class Position:
    """Where a buyer was, how sure the device is, and when."""

    point: Point
    accuracy_m: int
    at_s: int


def plausible(before: Position | None, report: Position) -> bool:
    """Whether somebody last seen at `before` can be at `report`."""
    if report.accuracy_m > POSITION_ACCURACY_M_MAX:
        return False
    if before is None:
        return True
    if report.at_s < before.at_s - POSITION_FUTURE_S_MAX:
        return False
    apart_m = distance_m(before.point, report.point) - before.accuracy_m - report.accuracy_m
    # Two reports of the same second may still differ by what a device jumps when it finds itself again.
    elapsed_s = max(1, report.at_s - before.at_s)
    return apart_m <= elapsed_s * TRAVEL_M_PER_S_MAX


def near_enough(known: Position | None, store: Point, radius_m: int, now_s: int) -> bool:
    """Whether the last known position lets a buyer claim at `store`: recent, and within the radius.

    A vague position may lie outside by its own accuracy, up to a bound.
    """
    if known is None or now_s - known.at_s > POSITION_AGE_S_MAX:
        return False
    return distance_m(known.point, store) <= radius_m + min(known.accuracy_m, VAGUENESS_ALLOWED_M)


def position_of(latitude: float, longitude: float, accuracy_m: float | None) -> Position:
    """A report as it comes in now; one that doesn't say how sure it is counts as fairly sure."""
    return Position(Point(latitude, longitude), round(accuracy_m) if accuracy_m is not None else 50, int(time.time()))
