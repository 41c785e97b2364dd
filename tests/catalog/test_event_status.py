"""Every act on an event in every status."""

from __future__ import annotations

from itertools import product

import pytest

from engine.catalog.event_status import EventAct, after
from engine.catalog.model import EventStatus
from engine.refusals import Code

S, M, P, C = EventStatus.SCHEDULED, EventStatus.MOVED, EventStatus.POSTPONED, EventStatus.CANCELLED
EXPECTED: dict[tuple[EventStatus, EventAct], EventStatus | Code] = {
    (S, EventAct.MOVE): M,
    (S, EventAct.POSTPONE): P,
    (S, EventAct.CANCEL): C,
    (S, EventAct.SCHEDULE): Code.EVENT_DATED,
    (M, EventAct.MOVE): M,
    (M, EventAct.POSTPONE): P,
    (M, EventAct.CANCEL): C,
    (M, EventAct.SCHEDULE): Code.EVENT_DATED,
    (P, EventAct.MOVE): Code.EVENT_POSTPONED,
    (P, EventAct.POSTPONE): P,
    (P, EventAct.CANCEL): C,
    (P, EventAct.SCHEDULE): M,
    (C, EventAct.MOVE): Code.EVENT_CANCELLED,
    (C, EventAct.POSTPONE): Code.EVENT_CANCELLED,
    (C, EventAct.CANCEL): C,
    (C, EventAct.SCHEDULE): Code.EVENT_CANCELLED,
}


@pytest.mark.parametrize(("status", "act"), [*product(EventStatus, EventAct)])
def test_every_pair(status: EventStatus, act: EventAct) -> None:
    assert after(status, act) is EXPECTED[status, act]


@pytest.mark.parametrize("status", EventStatus)
def test_the_same_date_is_no_move(status: EventStatus) -> None:
    moved = after(status, EventAct.MOVE, same_date=True)
    assert moved is (status if status in (S, M) else EXPECTED[status, EventAct.MOVE])
    assert after(P, EventAct.SCHEDULE, same_date=True) is S
