"""Events as the office sees and changes them: shapes, and how they are made of what the engine knows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from engine.catalog import EventCard, EventShown, SaleLine
from engine.catalog.model import EventStatus
from server.contract.live import StateWord
from server.contract.routes import Paged, Search
from server.contract.sales import EventShape, StatusWord, Visibility, event_shape


class SaleLineShape(TypedDict):
    """A sale of an event, as its times have it."""

    id: str
    state: StateWord
    visibility: Visibility
    opens_at: datetime
    closes_at: datetime


class EventCardShape(TypedDict):
    id: str
    name: str
    kind: str
    zone: str
    starts_at: datetime
    ends_at: datetime | None
    status: StatusWord
    moved_from: datetime | None
    series_id: str | None
    series_name: str
    venue_name: str
    sales: list[SaleLineShape]


class EventPageShape(TypedDict):
    items: list[EventCardShape]
    next: str | None


class EventShownShape(TypedDict):
    event: EventShape
    venue_name: str
    clock_moved: Annotated[
        bool,
        Field(description="The rules of its zone have changed since: its clocks will not show what was announced."),
    ]
    sales: list[SaleLineShape]
    dates: Annotated[list[EventCardShape], Field(description="All dates of its series, itself among them.")]


class EventsQuery(Paged):
    q: Search | None = Field(default=None, description="Words of event, venue or series.")


def line_shape(line: SaleLine) -> SaleLineShape:
    times = line.times
    return {
        "id": line.id,
        "state": times.state(datetime.now(UTC)).value,
        "visibility": times.visibility,
        "opens_at": times.opens_at,
        "closes_at": times.closes_at,
    }


def card_of(card: EventCard) -> EventCardShape:
    return {
        "id": card.id,
        "name": card.name,
        "kind": card.kind,
        "zone": card.zone,
        "starts_at": card.starts_at,
        "ends_at": card.ends_at,
        "status": card.status.value,
        "moved_from": card.moved_from if card.status is EventStatus.MOVED else None,
        "series_id": card.series_id,
        "series_name": card.series_name,
        "venue_name": card.venue_name,
        "sales": [line_shape(line) for line in card.sales],
    }


def shown_shape(shown: EventShown) -> EventShownShape:
    return {
        "event": event_shape(shown.event),
        "venue_name": shown.venue_name,
        "clock_moved": shown.event.clock_moved,
        "sales": [line_shape(line) for line in shown.sales],
        "dates": [card_of(date) for date in shown.dates],
    }
