"""When an event takes place, in words that say whether it was moved, postponed or cancelled. Pure.

Owns: what search engines and calendars are told of that, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, assert_never

from engine.catalog.model import EventStatus
from server.pages.language import moment, say

# A calendar shows nothing on the date that is no longer meant.
NOTHING_THEN = frozenset({EventStatus.POSTPONED, EventStatus.CANCELLED})
# Words of Schema.org's EventStatusType.
SCHEMA_STATUS: Mapping[EventStatus, str] = {
    EventStatus.SCHEDULED: "EventScheduled",
    EventStatus.MOVED: "EventRescheduled",
    EventStatus.POSTPONED: "EventPostponed",
    EventStatus.CANCELLED: "EventCancelled",
}


class Dated(Protocol):
    """Whatever knows what became of the date of an event."""

    @property
    def zone(self) -> str: ...
    @property
    def status(self) -> EventStatus: ...
    @property
    def moved_from(self) -> datetime | None: ...


def when_words(event: Dated, starts_at: datetime, language: str) -> str:
    """The date, and what became of it."""
    when = moment(starts_at, event.zone, language)
    match event.status:
        case EventStatus.SCHEDULED:
            return when
        case EventStatus.MOVED:
            before = moment(event.moved_from or starts_at, event.zone, language)
            return say(language, "event_moved", when=when, before=before)
        case EventStatus.POSTPONED:
            return say(language, "event_postponed", when=when)
        case EventStatus.CANCELLED:
            return say(language, "event_cancelled", when=when)
        case _:
            assert_never(event.status)
