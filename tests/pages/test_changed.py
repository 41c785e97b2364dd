"""What pages, letters, tickets and search engines say of an event that was moved, postponed or cancelled."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.catalog.model import EventStatus
from server.buying.about import About
from server.pages.changed import when_words
from server.pages.linked_data import event_json
from server.pages.shells import sale_text
from tests.pages.sales import sale

BEFORE = datetime(2027, 3, 20, 19, 30, tzinfo=UTC)
SAID: dict[EventStatus, tuple[str, str, str]] = {
    EventStatus.SCHEDULED: ("EventScheduled", "Sun 28 March 2027, 21:30", "dom 28 de marzo de 2027, 21:30"),
    EventStatus.MOVED: (
        "EventRescheduled",
        "moved from Sat 20 March 2027, 20:30",
        "antes, sáb 20 de marzo de 2027, 20:30",
    ),
    EventStatus.POSTPONED: ("EventPostponed", "Postponed", "Aplazado"),
    EventStatus.CANCELLED: ("EventCancelled", "Cancelled", "Cancelado"),
}


@pytest.mark.parametrize("status", EventStatus)
def test_every_status_is_said(status: EventStatus) -> None:
    one = sale(status=status, moved_from=BEFORE)
    schema, en, es = SAID[status]
    data: dict[str, Any] = event_json(one, "https://tickets.example/s/x")
    assert data["eventStatus"] == f"https://schema.org/{schema}"
    assert ("previousStartDate" in data) == (status is EventStatus.MOVED)
    assert en in when_words(one, one.starts_at, "en")
    assert es in when_words(one, one.starts_at, "es")
    assert en in sale_text(one, "en")


def test_orders_say_it_too() -> None:
    about = About(False, "Jazz", "", "", "Sala", "", None, None, "Europe/Madrid", BEFORE, status=EventStatus.POSTPONED)
    shape = about.shape()
    assert (shape["status"], shape["moved_from_ms"]) == ("postponed", None)
