"""Any order of acts on an event and its sales, beside a model: on a real database, through the office's own role."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from engine.access.api_keys import ApiKeys
from engine.audit import Act
from engine.catalog import Catalog, CreatedSale, EventShown, Switches
from engine.catalog.invariants import violations
from engine.catalog.model import EventStatus, SaleState
from engine.catalog.schedule import state_at
from engine.refusals import Code, Refused
from engine.stores import database
from engine.stores.office import Office
from tests.catalog.keeping import coupons_of
from tests.property.test_stock import bounded

MADRID = ZoneInfo("Europe/Madrid")
# Around both changes of the clocks; each at 20:30, so that all exist.
DAYS = ["2037-03-20", "2037-03-28", "2037-03-29", "2037-04-10", "2037-10-24", "2037-10-26"]
days = st.sampled_from(DAYS)
CLOSES_BEFORE = timedelta(hours=2)  # by the clocks


@dataclass(frozen=True)
class Model:
    status: EventStatus
    day: str
    before: str | None = None
    paused: bool = False
    paused_by_it: bool = False
    closed: bool = False
    revision: int = 0

    @property
    def closes_at(self) -> datetime:
        local = datetime.fromisoformat(f"{self.day} 20:30") - CLOSES_BEFORE
        return local.replace(tzinfo=MADRID).astimezone(UTC)


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day} 20:30").replace(tzinfo=MADRID).astimezone(UTC)


class EventMachine(RuleBasedStateMachine):
    """A fresh event with an open sale per example; `runner` and `db` are set by the test."""

    runner: asyncio.Runner
    db: asyncpg.Pool

    @initialize()
    def begin(self) -> None:
        self.told: list[str] = []

        async def tell(sale: str) -> None:
            self.told.append(sale)

        self.catalog = Catalog(self.db, Office(self.db), mark_code=str, coupons=coupons_of(self.db), converge=tell)
        self.by = Act(self.run(ApiKeys(self.db).create_organizer(secrets.token_hex(4))), "cli")
        body = {
            "event": "Jazz",
            "starts": f"{DAYS[0]} 20:30",
            "zone": "Europe/Madrid",
            "currency": "EUR",
            "opens": "now",
            "closes": f"{DAYS[0]} 18:30",
            "pools": {"floor": {"capacity": 9, "price": 20}},
        }
        made = self.run(self.catalog.create_sale(self.by, body))
        assert isinstance(made, CreatedSale), made
        self.event, self.sale = made.event_id, made.id
        self.model = Model(EventStatus.SCHEDULED, DAYS[0])

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def became(self, done: Any, then: Model) -> None:
        """The act was done, or changed nothing since it was done already."""
        assert isinstance(done, EventShown), done
        if then != self.model:
            then = replace(then, revision=self.model.revision + 1)
        self.model = then

    @rule(day=days)
    def move(self, day: str) -> None:
        done = self.run(self.catalog.events.move(self.by, self.event, {"starts": f"{day} 20:30"}))
        match self.model.status:
            case EventStatus.CANCELLED:
                assert done == Refused(Code.EVENT_CANCELLED)
            case EventStatus.POSTPONED:
                assert done == Refused(Code.EVENT_POSTPONED)
            case _ if day == self.model.day:
                self.became(done, self.model)
            case _:
                moved = replace(self.model, status=EventStatus.MOVED, day=day, before=self.model.day)
                self.became(done, moved)

    @rule(keeps=st.booleans())
    def postpone(self, keeps: bool) -> None:
        done = self.run(self.catalog.events.postpone(self.by, self.event, {"keep_selling": keeps}))
        model = self.model
        if model.status is EventStatus.CANCELLED:
            assert done == Refused(Code.EVENT_CANCELLED)
        elif model.status is EventStatus.POSTPONED:
            self.became(done, model)
        else:
            pauses = not keeps and not model.paused and not model.closed
            paused = model.paused or pauses
            self.became(done, replace(model, status=EventStatus.POSTPONED, paused=paused, paused_by_it=pauses))

    @rule(day=days, resume=st.booleans())
    def schedule(self, day: str, resume: bool) -> None:
        body = {"starts": f"{day} 20:30", "resume": resume}
        done = self.run(self.catalog.events.schedule(self.by, self.event, body))
        model = self.model
        if model.status is EventStatus.CANCELLED:
            assert done == Refused(Code.EVENT_CANCELLED)
        elif model.status is not EventStatus.POSTPONED:
            assert done == Refused(Code.EVENT_DATED)
        else:
            same = day == model.day
            goes_on = resume and model.paused_by_it
            then = replace(
                model,
                status=EventStatus.SCHEDULED if same else EventStatus.MOVED,
                day=day,
                before=model.before if same else model.day,
                paused=model.paused and not goes_on,
                paused_by_it=model.paused_by_it and not resume,
            )
            self.became(done, then)

    @rule()
    def cancel(self) -> None:
        done = self.run(self.catalog.events.cancel(self.by, self.event))
        self.became(done, replace(self.model, status=EventStatus.CANCELLED, closed=True))

    @rule()
    def pause(self) -> None:
        done = self.run(self.catalog.pause(self.by, self.sale))
        if self.model.closed:
            assert done == Refused(Code.SALE_CLOSED)
        else:
            assert isinstance(done, Switches)
            self.model = replace(self.model, paused=True)

    @rule()
    def close(self) -> None:
        assert isinstance(self.run(self.catalog.close_early(self.by, self.sale)), Switches)
        self.model = replace(self.model, closed=True)

    @rule()
    def reopen(self) -> None:
        done = self.run(self.catalog.reopen(self.by, self.sale, {}))
        if self.model.status is EventStatus.CANCELLED:
            assert done == Refused(Code.EVENT_CANCELLED)
        else:
            assert isinstance(done, Switches)
            self.model = replace(self.model, closed=False)

    @invariant()
    def it_is_as_the_model_has_it(self) -> None:
        if not hasattr(self, "sale"):
            return
        one = self.run(self.catalog.events.one(self.by.organizer_id, self.event))
        assert one is not None
        model, times = self.model, one.sales[0].times
        assert (one.event.status, one.event.revision) == (model.status, model.revision)
        assert one.event.starts_at == at(model.day)
        assert f"{one.event.starts_local:%Y-%m-%d %H:%M}" == f"{model.day} 20:30"
        assert one.event.moved_from == (None if model.before is None else at(model.before))
        assert (times.paused, times.closed_at is not None) == (model.paused, model.closed)
        assert times.closes_at == model.closes_at
        wanted = SaleState.CLOSED if model.closed else SaleState.PAUSED if model.paused else SaleState.OPEN
        assert state_at(times, datetime.now(UTC)) is wanted
        assert self.run(violations(self.db)) == []


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def test_an_event_keeps_its_promises(shared_database_url: str, runner: asyncio.Runner) -> None:
    db = runner.run(database.connect(shared_database_url))

    class Machine(EventMachine):
        pass

    Machine.runner, Machine.db = runner, db
    try:
        run_state_machine_as_test(Machine, settings=bounded(20))
    finally:
        db.terminate()
