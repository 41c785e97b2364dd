"""What may become of an event: moved, postponed, cancelled, given a date again. Pure.

Owns: which act is possible in which status. Guarantees: a cancelled event stays cancelled, since people were told so,
and doing the same twice is harmless.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from engine.catalog.model import EventStatus
from engine.refusals import Code


class EventAct(Enum):
    """What is done to an event; the word is also that of its route and in the trail."""

    MOVE = "move"  # to another date
    POSTPONE = "postpone"  # to a date that nobody knows yet
    CANCEL = "cancel"
    SCHEDULE = "schedule"  # a postponed one has a date again


_DATED: Mapping[EventAct, EventStatus | Code] = {
    EventAct.MOVE: EventStatus.MOVED,
    EventAct.POSTPONE: EventStatus.POSTPONED,
    EventAct.CANCEL: EventStatus.CANCELLED,
    EventAct.SCHEDULE: Code.EVENT_DATED,
}
AFTER: Mapping[EventStatus, Mapping[EventAct, EventStatus | Code]] = {
    EventStatus.SCHEDULED: _DATED,
    EventStatus.MOVED: _DATED,
    EventStatus.POSTPONED: {
        EventAct.MOVE: Code.EVENT_POSTPONED,
        EventAct.POSTPONE: EventStatus.POSTPONED,
        EventAct.CANCEL: EventStatus.CANCELLED,
        EventAct.SCHEDULE: EventStatus.MOVED,
    },
    EventStatus.CANCELLED: {
        EventAct.MOVE: Code.EVENT_CANCELLED,
        EventAct.POSTPONE: Code.EVENT_CANCELLED,
        EventAct.CANCEL: EventStatus.CANCELLED,
        EventAct.SCHEDULE: Code.EVENT_CANCELLED,
    },
}


def after(status: EventStatus, act: EventAct, *, same_date: bool = False) -> EventStatus | Code:
    """The status after an act, or why it can't be done; `same_date`: its date is the one it had before."""
    found = AFTER[status][act]
    if found is EventStatus.MOVED and same_date:
        return EventStatus.SCHEDULED if act is EventAct.SCHEDULE else status
    return found
