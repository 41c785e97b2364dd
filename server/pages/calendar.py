"""Calendar files (RFC 5545): an event or its days, at the clocks of the venue.

Pure. The zone travels inside the file, so that a calendar that knows no zone database shows the right hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.catalog import Day

LINE_BYTES_MAX = 75
ZONES_KEPT = 64  # all orders of an event have the same
UNKNOWN_END_MS = 2 * 3_600_000  # an event whose end nobody wrote down is shown as two hours


@dataclass(frozen=True, slots=True)
class Appointment:
    uid: str
    name: str
    description: str
    place: str
    address: str  # of the page
    zone: str
    starts_at: datetime
    ends_at: datetime | None
    written_at: datetime
    latitude: float | None = None
    longitude: float | None = None
    sequence: int = 0  # how often it has changed
    cancelled: bool = False  # nothing takes place then

    @property
    def over_at(self) -> datetime:
        return self.ends_at or self.starts_at + timedelta(milliseconds=UNKNOWN_END_MS)


def each_day(event: Appointment, sale: str, days: Iterable[Day]) -> list[Appointment]:
    """The days of an event, each an appointment of its own."""
    return [
        replace(
            event,
            uid=f"{day.id}.{sale}@aforo",
            name=f"{event.name} · {day.name}",
            starts_at=day.starts_at,
            ends_at=None,
            sequence=event.sequence + day.revision,
        )
        for day in days
    ]


def calendar_file(*appointments: Appointment) -> bytes:
    """The whole .ics file, of one appointment at least, all of one zone."""
    zone = appointments[0].zone
    first, last = min(each.starts_at for each in appointments), max(each.over_at for each in appointments)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Aforo//Aforo//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines += _zone_lines(zone, first, last)
    for each in appointments:
        lines += _event_lines(each)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in fold(line)).encode()


def _event_lines(appointment: Appointment) -> list[str]:
    zone = ZoneInfo(appointment.zone)
    lines = [
        "BEGIN:VEVENT",
        f"UID:{escape(appointment.uid)}",
        f"DTSTAMP:{appointment.written_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;TZID={appointment.zone}:{_local(appointment.starts_at, zone)}",
        f"DTEND;TZID={appointment.zone}:{_local(appointment.over_at, zone)}",
        f"SUMMARY:{escape(appointment.name)}",
    ]
    if appointment.place:
        lines.append(f"LOCATION:{escape(appointment.place)}")
    if appointment.latitude is not None and appointment.longitude is not None:
        lines.append(f"GEO:{appointment.latitude:.6f};{appointment.longitude:.6f}")
    if appointment.description:
        lines.append(f"DESCRIPTION:{escape(appointment.description)}")
    status = (
        ["STATUS:CANCELLED", "TRANSP:TRANSPARENT"] if appointment.cancelled else ["STATUS:CONFIRMED", "TRANSP:OPAQUE"]
    )
    return [*lines, f"URL:{appointment.address}", f"SEQUENCE:{appointment.sequence}", *status, "END:VEVENT"]


def escape(text: str) -> str:
    """TEXT of RFC 5545: no line ends, and no separators that mean something."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "".join(c for c in text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n") if c >= " ")


def fold(line: str) -> Iterator[str]:
    """Lines of at most 75 octets; a continuation starts with a space, and no character is cut in two."""
    if len(line.encode()) <= LINE_BYTES_MAX:
        yield line
        return
    part, used = "", 0
    for character in line:
        size = len(character.encode())
        if used + size > LINE_BYTES_MAX:
            yield part
            part, used = " ", 1
        part += character
        used += size
    yield part


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y%m%dT%H%M%S}"


@lru_cache(maxsize=ZONES_KEPT)
def _zone_lines(name: str, starts_at: datetime, ends_at: datetime) -> tuple[str, ...]:
    """A VTIMEZONE with every change of the clocks from a year before the event to a day after it."""
    return tuple(_told_zone(ZoneInfo(name), name, starts_at, ends_at))


def _told_zone(zone: ZoneInfo, name: str, starts_at: datetime, ends_at: datetime) -> Iterator[str]:
    first = starts_at.astimezone(UTC) - timedelta(days=366)
    changes = list(clock_changes(zone, first, ends_at.astimezone(UTC) + timedelta(days=1)))
    yield from ("BEGIN:VTIMEZONE", f"TZID:{name}")
    for at, before in [(first, first.astimezone(zone).utcoffset() or timedelta()), *changes]:
        local = at.astimezone(zone)
        kind = "DAYLIGHT" if local.dst() else "STANDARD"
        offset = local.utcoffset() or timedelta()
        yield from (
            f"BEGIN:{kind}",
            f"DTSTART:{(at + before).replace(tzinfo=None):%Y%m%dT%H%M%S}",
            f"TZOFFSETFROM:{_offset(before)}",
            f"TZOFFSETTO:{_offset(offset)}",
            f"TZNAME:{escape(local.tzname() or name)}",
            f"END:{kind}",
        )
    yield "END:VTIMEZONE"


def clock_changes(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """Each instant in the span at which the zone's offset changes, with the offset before it."""
    at = first
    while at < last:
        after = min(at + timedelta(days=7), last)
        before_offset = at.astimezone(zone).utcoffset() or timedelta()
        if (after.astimezone(zone).utcoffset() or timedelta()) != before_offset:
            low, high = at, after
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) / 2
                if (middle.astimezone(zone).utcoffset() or timedelta()) == before_offset:
                    low = middle
                else:
                    high = middle
            yield high.replace(microsecond=0), before_offset
        at = after


def _offset(offset: timedelta) -> str:
    seconds = int(offset.total_seconds())
    sign = "-" if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{sign}{hours:02d}{minutes:02d}" + (f"{left:02d}" if left else "")
