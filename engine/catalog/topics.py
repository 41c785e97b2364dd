"""What the catalog tells others."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict

from engine.outbox import Topic


class EventChanged(TypedDict):
    event: str
    name: str
    status: str  # scheduled, moved, postponed, cancelled
    starts_at: datetime  # postponed: as it was last
    ends_at: datetime | None
    status_before: str
    starts_at_before: datetime
    sales: list[str]


EVENT_CHANGED = Topic(
    "event.changed",
    EventChanged,
    version=1,
    told_by="catalog",
    meaning="The status or the times of an event changed.",
    for_organizers=True,
)
