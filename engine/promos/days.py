"""Local days, and the windows in which a promo sells.

Pure: the instant and the zone come in. A local time that a clock change skips is read with the offset before the
change, one that comes twice means the first: as RFC 5545 reads calendars, so an hour's window lasts an hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from engine.limits import PROMO_WINDOW_HOURS_MAX, PROMO_WINDOWS_MAX

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class Once:
    """One window, from an instant to an instant."""

    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Daily:
    """From `opens` to `closes` by the store's clock, on `weekdays` (0 is Monday) of `first_day`…`last_day`.

    A window whose end is not after its start ends on the next day.
    """

    opens: time
    closes: time
    first_day: date
    last_day: date
    weekdays: tuple[int, ...] = field(default=EVERY_DAY)


@dataclass(frozen=True, slots=True)
class Window:
    opens_at: datetime
    closes_at: datetime


class NoWindows(ValueError):
    """A schedule that makes no sense; the text says why."""


def local_day(zone: str, at: datetime) -> date:
    """The date on a calendar in `zone` at the instant `at`."""
    return at.astimezone(ZoneInfo(zone)).date()


def local_days(zones: Iterable[str], at: datetime) -> dict[str, date]:
    return {zone: local_day(zone, at) for zone in zones}


def instant(day: date, clock: time, zone: str) -> datetime:
    """When a clock in `zone` shows `clock` on `day`."""
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)


def windows(schedule: Once | Daily, zone: str) -> list[Window]:
    """The windows of a schedule, in order; none overlaps the next."""
    found = [Window(schedule.opens_at, schedule.closes_at)] if isinstance(schedule, Once) else _days(schedule, zone)
    if not found:
        raise NoWindows("no day of the schedule has a window")
    for window in found:
        if window.opens_at >= window.closes_at:
            raise NoWindows("a window must close after it opens")
        if window.closes_at - window.opens_at > timedelta(hours=PROMO_WINDOW_HOURS_MAX):
            raise NoWindows(f"a window may last {PROMO_WINDOW_HOURS_MAX} hours")
    for earlier, later in pairwise(found):
        if earlier.closes_at > later.opens_at:
            raise NoWindows("a window reaches into the next day's")
    return found


def _days(schedule: Daily, zone: str) -> list[Window]:
    count = (schedule.last_day - schedule.first_day).days + 1
    if count < 1:
        raise NoWindows("the last day is before the first")
    if count > PROMO_WINDOWS_MAX:
        raise NoWindows(f"a promo may run for {PROMO_WINDOWS_MAX} days")
    over_midnight = timedelta(days=0 if schedule.closes > schedule.opens else 1)
    found: list[Window] = []
    for number in range(count):
        day = schedule.first_day + timedelta(days=number)
        if day.weekday() not in schedule.weekdays:
            continue
        opens_at = instant(day, schedule.opens, zone)
        closes_at = instant(day + over_midnight, schedule.closes, zone)
        # A clock change can swallow a whole window: 02:30-03:15 on the night that skips 02:00-03:00.
        if opens_at < closes_at:
            found.append(Window(opens_at, closes_at))
    return found


def days_by_zone(zones: Mapping[int, str], at: datetime) -> dict[date, tuple[int, ...]]:
    """Numbers of zones gathered by the date they have at `at`: two or three dates exist at any instant."""
    found: dict[date, list[int]] = {}
    for number, zone in zones.items():
        found.setdefault(local_day(zone, at), []).append(number)
    return {day: tuple(sorted(numbers)) for day, numbers in sorted(found.items())}
