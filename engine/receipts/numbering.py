"""Numbering: which year's series a receipt belongs to, with which date, and when a month begins and ends.

Pure: the present comes in as an argument. Guarantees: within a series dates never go back, and a year that another has
followed gets no further number, whatever clocks do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

NUMBER_DIGITS = 6  # at least
MONTHS = 12
MONTH = re.compile(r"(?P<year>20[0-9]{2})-(?P<month>0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Series:
    """The numbers of an organizer's year, as far as they were given."""

    year: int
    last: int
    last_at: datetime


def year_of(now: datetime, zone: str, newest: Series | None) -> int:
    """Whose year it is: by the organizer's calendar, and never an earlier one than that of its last receipt."""
    year = now.astimezone(ZoneInfo(zone)).year
    return year if newest is None else max(year, newest.year)


def issued_at(now: datetime, series: Series) -> datetime:
    return max(now, series.last_at)


def number_text(prefix: str, year: int, number: int) -> str:
    """The number as people read it: 2026-000123."""
    return f"{prefix}{year}-{number:0{NUMBER_DIGITS}d}"


def month_now(zone: str) -> str:
    return f"{datetime.now(ZoneInfo(zone)):%Y-%m}"


def month_of(text: str, zone: str) -> tuple[datetime, datetime] | None:
    """When a month, as in 2026-11, begins and ends by the organizer's calendar; None when that is no month."""
    found = MONTH.fullmatch(text)
    if found is None:
        return None
    year, month = int(found["year"]), int(found["month"])
    after = (year + 1, 1) if month == MONTHS else (year, month + 1)
    return datetime(year, month, 1, tzinfo=ZoneInfo(zone)), datetime(*after, 1, tzinfo=ZoneInfo(zone))
