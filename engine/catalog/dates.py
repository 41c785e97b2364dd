"""Dates of a series as they are written: a list of starts, or a rule. Pure.

Guarantees: a date that the clocks skip or repeat is named and never guessed, and spoils no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine.catalog.event_inputs import WEEKDAYS, DateRule, DatesInput
from engine.catalog.findings import Findings
from engine.catalog.local_time import Moment, parse_moment
from engine.limits import DATES_AT_ONCE_MAX

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Start:
    """When a date is to start, as written; either the instant, or what is wrong."""

    written: str
    at: datetime | None
    wrong: str = ""


def days_of(rule: DateRule) -> Iterator[date]:
    """The days of a rule in their order. Weeks are counted from the one in which it begins."""
    wanted = set(range(7)) if rule.every == "day" else {WEEKDAYS.index(each) for each in rule.every}
    skipped = set(rule.skip)
    monday = rule.start - rule.start.weekday() * DAY
    day = rule.start
    while day <= rule.until:
        in_turn = (day - monday).days // 7 % rule.weeks == 0
        if in_turn and day.weekday() in wanted and day not in skipped:
            yield day
        if day == date.max:
            return
        day += DAY


def starts_of(read: DatesInput, zone: ZoneInfo, now: datetime, findings: Findings) -> list[Start]:
    """Every date once, soonest first, those that can't be read last; what is wrong with the list goes to `findings`."""
    moments = list(read.dates)
    if read.rule is not None:
        moments += _moments_of(read.rule, findings)
    if not moments and findings.fine(("rule",)):
        where = ("rule",) if read.rule is not None else ("dates",)
        findings.add(where, "names no date" if read.rule is not None else "is missing: name dates, or a rule for them")
    if len(moments) > DATES_AT_ONCE_MAX:
        findings.add(("rule",), f"makes more than {DATES_AT_ONCE_MAX} dates: make them in parts")
        return []
    found, seen = [], set()
    for moment in moments:
        start = _start(moment, zone, now)
        if start.at is None or start.at not in seen:
            found.append(start)
            seen.add(start.at)
    return sorted(found, key=lambda start: (start.at is None, start.at or datetime.max.replace(tzinfo=UTC)))


def _moments_of(rule: DateRule, findings: Findings) -> list[Moment]:
    if rule.until < rule.start:
        findings.add(("rule", "until"), "is before from")
        return []
    at = time.fromisoformat(rule.at)
    found: list[Moment] = []
    for day in days_of(rule):
        try:
            found.append(parse_moment(datetime.combine(day, at).isoformat(" ", timespec="minutes")))
        except ValueError as wrong:
            findings.add(("rule", "from"), str(wrong))
            return []
        if len(found) > DATES_AT_ONCE_MAX:
            break
    return found


def _start(moment: Moment, zone: ZoneInfo, now: datetime) -> Start:
    try:
        at = moment.resolve(zone, now)
    except ValueError as wrong:
        return Start(moment.text, None, str(wrong))
    return Start(moment.text, at, "is in the past" if at <= now else "")
