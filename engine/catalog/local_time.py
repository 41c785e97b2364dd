"""Moments as people write them: local to a zone, with an offset, or relative to now.

Pure: the zone and the present come in as arguments. Fails with a `ValueError` whose text says what to write instead;
a local time that clock changes skip or repeat is never guessed.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from engine.limits import MOMENT_YEAR_MAX, MOMENT_YEAR_MIN

_RELATIVE = re.compile(r"in (\d{1,4}) (second|minute|hour|day|week)s?( at (\d{2}):(\d{2}))?", re.ASCII)
_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?( ?(Z|[+-]\d{2}:?\d{2}))?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_FORMS = "write it as 2027-03-01 20:30 (local to the zone), with an offset, or as 'now' or 'in 10 minutes'"


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as written; `at` is None when it is relative to now, and naive when it is local to the zone."""

    text: str
    at: datetime | None
    after: timedelta = timedelta(0)
    clock: time | None = None  # "in 30 days at 20:30"

    def resolve(self, zone: ZoneInfo, now: datetime) -> datetime:
        """The instant meant, in UTC."""
        if self.clock is not None:
            return _from_local(datetime.combine((now + self.after).astimezone(zone).date(), self.clock), zone)
        if self.at is None:
            return now.astimezone(UTC).replace(microsecond=0) + self.after
        if self.at.tzinfo is not None:
            return self.at.astimezone(UTC)
        return _from_local(self.at, zone)


def parse_moment(value: object) -> Moment:
    """Read a moment; the zone is applied later, by `resolve`."""
    if isinstance(value, datetime):
        return Moment(value.isoformat(), _within_the_calendar(value))
    if not isinstance(value, str):
        raise ValueError(f"is not a time; {_FORMS}")
    text = value.strip()
    if text == "now":
        return Moment(text, None)
    if relative := _RELATIVE.fullmatch(text):
        after = timedelta(**{relative[2] + "s": int(relative[1])})
        return Moment(text, None, after, _clock(relative[4], relative[5]) if relative[3] else None)
    if _DATE.fullmatch(text):
        raise ValueError(f"needs a time of day, such as {text} 10:00")
    if not _WRITTEN.fullmatch(text):
        raise ValueError(f"is not a time; {_FORMS}")
    try:
        at = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-").replace(" Z", "Z"))
    except ValueError as wrong:
        raise ValueError(f"is not a date that exists ({wrong})") from wrong
    return Moment(text, _within_the_calendar(at))


def _within_the_calendar(at: datetime) -> datetime:
    if not MOMENT_YEAR_MIN <= at.year <= MOMENT_YEAR_MAX:
        raise ValueError(f"is too far off; years from {MOMENT_YEAR_MIN} to {MOMENT_YEAR_MAX} are known")
    return at


def _clock(hour: str, minute: str) -> time:
    try:
        return time(int(hour), int(minute))
    except ValueError as wrong:
        raise ValueError(f"{hour}:{minute} is not a time of day") from wrong


def zone_of(name: str) -> ZoneInfo:
    """The IANA time zone called `name`."""
    if name in _zone_names():
        return ZoneInfo(name)
    near = difflib.get_close_matches(name, _zone_names(), n=1, cutoff=0.6)
    hint = f"; did you mean {near[0]}?" if near else "; write it as Europe/Madrid"
    raise ValueError(f"is not a known time zone{hint}")


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def local_of(at: datetime, zone: str) -> datetime:
    """What the clocks of a zone show at an instant, without the zone."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def kept_apart(at: datetime, before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """An instant that is to lie as far from `after`, by the clocks of the zone, as `at` lies from `before`.

    Raises when the clocks skip or repeat it, as for a time that somebody wrote.
    """
    apart = at.astimezone(zone).replace(tzinfo=None) - before.astimezone(zone).replace(tzinfo=None)
    local = after.astimezone(zone).replace(tzinfo=None) + apart
    return after + apart if local == (after + apart).astimezone(zone).replace(tzinfo=None) else _from_local(local, zone)


def _from_local(local: datetime, zone: ZoneInfo) -> datetime:
    first = local.replace(tzinfo=zone, fold=0)
    second = local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local:
        raise ValueError(
            f"happens twice in {zone.key}, because the clocks go back; write {first.isoformat(timespec='minutes')} "
            f"or {second.isoformat(timespec='minutes')}"
        )
    raise ValueError(
        f"does not exist in {zone.key}, because the clocks go forward; the next that does is "
        f"{first.astimezone(UTC).astimezone(zone).replace(tzinfo=None).isoformat(' ', timespec='minutes')}"
    )


def ms_of(instant: datetime | None) -> int:
    """As scripts and rows keep it; 0 stands for none."""
    return 0 if instant is None else int(instant.timestamp() * 1000)
