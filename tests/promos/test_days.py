"""Local days and windows around midnight and both clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.promos.days import Daily, NoWindows, Once, Window, days_by_zone, local_day, windows

MADRID = "Europe/Madrid"
ZONES = ("Europe/Madrid", "America/New_York", "Pacific/Apia", "Pacific/Kiritimati", "Asia/Kathmandu", "UTC")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def daily(opens: str, closes: str, first: str, last: str, weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)) -> Daily:
    return Daily(
        time.fromisoformat(opens),
        time.fromisoformat(closes),
        date.fromisoformat(first),
        date.fromisoformat(last),
        weekdays,
    )


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        (MADRID, "2026-07-01T21:59:59", "2026-07-01"),
        (MADRID, "2026-07-01T22:00:00", "2026-07-02"),
        ("America/Los_Angeles", "2026-07-02T06:59:59", "2026-07-01"),
        ("Pacific/Kiritimati", "2026-07-01T10:00:00", "2026-07-02"),
        ("Asia/Kathmandu", "2026-07-01T18:15:00", "2026-07-02"),
        ("Pacific/Apia", "2011-12-30T09:59:59", "2011-12-29"),
        ("Pacific/Apia", "2011-12-30T10:00:00", "2011-12-31"),  # Samoa had no 30 December that year
    ],
)
def test_local_day(zone: str, at: str, day: str) -> None:
    assert local_day(zone, utc(at)) == date.fromisoformat(day)


@given(st.integers(0, 8_000_000), st.sampled_from(ZONES))
def test_local_days_never_go_back(minutes: int, zone: str) -> None:
    at = utc("2020-01-01T00:00") + timedelta(minutes=minutes)
    assert local_day(zone, at) <= local_day(zone, at + timedelta(minutes=1))


def test_at_any_instant_there_are_two_or_three_days() -> None:
    days = days_by_zone({1: "Pacific/Kiritimati", 2: "UTC", 3: "Pacific/Niue", 4: MADRID}, utc("2026-07-01T10:30:00"))
    assert days == {date(2026, 6, 30): (3,), date(2026, 7, 1): (2, 4), date(2026, 7, 2): (1,)}


def test_a_daily_window_follows_the_clock_of_the_store() -> None:
    found = windows(daily("17:00", "19:00", "2026-03-28", "2026-03-30"), MADRID)
    assert [window.opens_at for window in found] == [
        utc("2026-03-28T16:00"),
        utc("2026-03-29T15:00"),
        utc("2026-03-30T15:00"),
    ]


def test_a_window_over_midnight_ends_the_next_day() -> None:
    assert windows(daily("23:00", "01:00", "2026-07-01", "2026-07-01"), MADRID) == [
        Window(utc("2026-07-01T21:00"), utc("2026-07-01T23:00"))
    ]


def test_a_time_that_does_not_exist_is_read_with_the_offset_before() -> None:
    assert windows(daily("02:10", "02:50", "2026-03-29", "2026-03-29"), MADRID) == [
        Window(utc("2026-03-29T01:10"), utc("2026-03-29T01:50"))
    ]


def test_a_window_that_a_clock_change_swallows_is_left_out() -> None:
    found = windows(daily("02:30", "03:15", "2026-03-28", "2026-03-30"), MADRID)
    assert [window.opens_at.day for window in found] == [28, 30]


def test_a_time_that_comes_twice_means_the_first() -> None:
    assert windows(daily("02:15", "02:45", "2026-10-25", "2026-10-25"), MADRID) == [
        Window(utc("2026-10-25T00:15"), utc("2026-10-25T00:45"))
    ]


def test_weekdays() -> None:
    found = windows(daily("09:00", "10:00", "2026-06-01", "2026-06-14", (5, 6)), MADRID)
    assert [window.opens_at.date().isoformat() for window in found] == [
        "2026-06-06",
        "2026-06-07",
        "2026-06-13",
        "2026-06-14",
    ]


@pytest.mark.parametrize(
    ("schedule", "why"),
    [
        (daily("17:00", "19:00", "2026-03-02", "2026-03-01"), "before the first"),
        (daily("17:00", "19:00", "2026-03-01", "2028-03-01"), "366 days"),
        (daily("17:00", "19:00", "2026-03-02", "2026-03-02", (6,)), "no day"),
        (Once(utc("2026-03-01T10:00"), utc("2026-03-01T10:00")), "close after"),
        (Once(utc("2026-03-01T10:00"), utc("2026-04-01T10:00")), "may last"),
    ],
)
def test_schedules_that_make_no_sense(schedule: Once | Daily, why: str) -> None:
    with pytest.raises(NoWindows, match=why):
        windows(schedule, MADRID)


clocks = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))


@given(clocks, clocks, st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.sampled_from(ZONES))
def test_windows_are_in_order_and_never_overlap(opens: time, closes: time, first: date, zone: str) -> None:
    try:
        found = windows(Daily(opens, closes, first, first + timedelta(days=40)), zone)
    except NoWindows:
        return
    for earlier, later in pairwise(found):
        assert earlier.opens_at < earlier.closes_at <= later.opens_at
