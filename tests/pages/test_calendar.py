"""Calendar files: folded, escaped, and right about the clocks, also where they change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from server.pages.calendar import Appointment, calendar_file, clock_changes, escape, fold


def appointment(starts_at: datetime, zone: str, **changes: str) -> Appointment:
    texts = {"name": "Noche", "description": "", "place": "Teatro", "address": "https://tickets.example/s/x"} | changes
    return Appointment(
        uid="x@aforo",
        zone=zone,
        starts_at=starts_at,
        ends_at=None,
        written_at=datetime(2026, 11, 1, tzinfo=UTC),
        **texts,
    )


def lines_of(appointment: Appointment) -> list[str]:
    return calendar_file(appointment).decode().replace("\r\n ", "").split("\r\n")


def test_an_event_is_written_at_the_clocks_of_its_venue() -> None:
    lines = lines_of(appointment(datetime(2027, 3, 28, 19, 30, tzinfo=UTC), "Europe/Madrid"))
    assert "DTSTART;TZID=Europe/Madrid:20270328T213000" in lines
    assert "DTEND;TZID=Europe/Madrid:20270328T233000" in lines
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]


def test_the_zone_inside_the_file_holds_the_change_of_the_clocks() -> None:
    text = "\n".join(lines_of(appointment(datetime(2027, 3, 28, 19, 30, tzinfo=UTC), "Europe/Madrid")))
    assert (
        "BEGIN:DAYLIGHT\nDTSTART:20270328T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nTZNAME:CEST\nEND:DAYLIGHT"
        in text
    )


@pytest.mark.parametrize(
    "zone", ["UTC", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca"]
)
def test_the_last_change_before_an_event_leads_to_the_offset_of_the_event(zone: str) -> None:
    for month in range(1, 13):
        at = datetime(2027, month, 15, 12, 0, tzinfo=UTC)
        lines = lines_of(appointment(at, zone))
        local = f"{at.astimezone(ZoneInfo(zone)):%Y%m%dT%H%M%S}"
        starts = [line.partition(":")[2] for line in lines if line.startswith("DTSTART:")]
        offsets = [line.partition(":")[2] for line in lines if line.startswith("TZOFFSETTO:")]
        known = [offset for start, offset in zip(starts, offsets, strict=True) if start <= local]
        expected = at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
        sign = "-" if expected < timedelta() else "+"
        minutes = abs(int(expected.total_seconds())) // 60
        assert known[-1] == f"{sign}{minutes // 60:02d}{minutes % 60:02d}"


def test_clock_changes_are_found_to_the_second() -> None:
    zone = ZoneInfo("Europe/Madrid")
    found = clock_changes(zone, datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
    assert [at for at, _ in found] == [datetime(2027, 3, 28, 1, tzinfo=UTC), datetime(2027, 10, 31, 1, tzinfo=UTC)]


def test_text_cannot_break_out_of_its_line() -> None:
    assert escape("a,b;c\\d\r\nEND:VEVENT\x00") == "a\\,b\\;c\\\\d\\nEND:VEVENT"


def test_lines_are_folded_between_characters() -> None:
    line = "SUMMARY:" + "ñandú 🎟" * 40
    folded = list(fold(line))
    assert all(len(part.encode()) <= 75 for part in folded)
    assert folded[0] + "".join(part[1:] for part in folded[1:]) == line


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_calendar_takes_over_what_became_of_an_event(cancelled: bool) -> None:
    plain = appointment(datetime(2027, 3, 28, 19, 30, tzinfo=UTC), "Europe/Madrid")
    lines = lines_of(replace(plain, sequence=3, cancelled=cancelled))
    assert "SEQUENCE:3" in lines
    assert ("STATUS:CANCELLED" if cancelled else "STATUS:CONFIRMED") in lines
