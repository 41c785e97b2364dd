"""Moments as people write them, around both clock changes."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest

from engine.catalog.local_time import parse_moment, zone_of

NOW = datetime(2027, 3, 20, 22, 30, 15, 250, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")


@pytest.mark.parametrize(
    ("written", "zone", "instant"),
    [
        ("2027-03-28 01:59", "Europe/Madrid", "2027-03-28T00:59+00:00"),
        ("2027-03-28 03:00", "Europe/Madrid", "2027-03-28T01:00+00:00"),
        ("2027-10-31 01:59", "Europe/Madrid", "2027-10-30T23:59+00:00"),
        ("2027-10-31 03:00", "Europe/Madrid", "2027-10-31T02:00+00:00"),
        ("2027-10-31T02:30+02:00", "Europe/Madrid", "2027-10-31T00:30+00:00"),
        ("2027-10-31T02:30+01:00", "Europe/Madrid", "2027-10-31T01:30+00:00"),
        ("2027-10-31 02:30:30Z", "Europe/Madrid", "2027-10-31T02:30:30+00:00"),
        ("2027-04-04 01:45", "Australia/Lord_Howe", None),  # its clocks go back by half an hour
        ("now", "Europe/Madrid", "2027-03-20T22:30:15+00:00"),
        ("in 90 seconds", "Europe/Madrid", "2027-03-20T22:31:45+00:00"),
        ("in 1 day", "Europe/Madrid", "2027-03-21T22:30:15+00:00"),
        ("in 1 day at 20:30", "Europe/Madrid", "2027-03-21T19:30+00:00"),
        ("in 2 hours at 20:30", "Europe/Madrid", "2027-03-21T19:30+00:00"),
        ("in 7 days at 02:30", "Europe/Madrid", "2027-03-27T01:30+00:00"),
    ],
)
def test_moments(written: str, zone: str, instant: str | None) -> None:
    moment = parse_moment(written)
    if instant is None:
        with pytest.raises(ValueError, match="happens twice"):
            moment.resolve(ZoneInfo(zone), NOW)
    else:
        assert moment.resolve(ZoneInfo(zone), NOW) == datetime.fromisoformat(instant)


def test_a_time_that_clocks_skip_names_the_next_that_exists() -> None:
    with pytest.raises(ValueError, match=r"does not exist in Europe/Madrid.* 2027-03-28 03:30"):
        parse_moment("2027-03-28 02:30").resolve(MADRID, NOW)


def test_a_time_that_clocks_repeat_offers_both() -> None:
    with pytest.raises(ValueError, match=r"2027-10-31T02:30\+02:00 or 2027-10-31T02:30\+01:00"):
        parse_moment("2027-10-31 02:30").resolve(MADRID, NOW)


@pytest.mark.parametrize(
    "written",
    ["tomorrow", "20:30", "2027-02-30 10:00", "2027-3-1 10:00", "in 3 days at 25:00", 7, None, "2027-03-01 10:00 CET"],
)
def test_what_is_no_time_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"is not a (time|date)"):
        parse_moment(written)


@pytest.mark.parametrize(
    "written",
    [
        "9999-12-31 23:59",
        "9999-12-31T23:59-12:00",
        "0001-01-01 00:00",
        datetime(1, 1, 1, tzinfo=UTC),
    ],
)
def test_what_lies_beyond_the_calendar_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="is too far off"):
        parse_moment(written)


def test_the_ends_of_the_calendar_mean_an_instant_in_every_zone() -> None:
    for zone in map(zone_of, sorted(available_timezones())):
        for written in ("1900-02-01 12:34", "9998-12-31 12:34"):
            assert parse_moment(written).resolve(zone, NOW).astimezone(zone).strftime("%Y-%m-%d %H:%M") == written


def test_zones() -> None:
    assert zone_of("America/Argentina/Buenos_Aires").key == "America/Argentina/Buenos_Aires"
    for name in ("Europe/Madird", "../../etc/passwd", "", "CEST"):
        with pytest.raises(ValueError, match="is not a known time zone"):
            zone_of(name)
