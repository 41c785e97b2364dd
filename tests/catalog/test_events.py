"""Events that change, over a real database: beside a model, at once, across clock changes, and never a neighbour's."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from engine.access import Reach
from engine.access.api_keys import ApiKeys
from engine.audit import Act
from engine.catalog import Catalog, CreatedSale, EventShown, Mistake
from engine.catalog.invariants import violations
from engine.catalog.model import EventStatus
from engine.refusals import Code, RefusalError, Refused
from engine.stores.office import Office
from tests.catalog.keeping import coupons_of


async def sale_of(catalog: Catalog, by: Act, **fields: Any) -> CreatedSale:
    body = {
        "event": "Noche de boleros",
        "starts": "2037-03-20 20:30",
        "ends": "2037-03-20 23:00",
        "zone": "Europe/Madrid",
        "currency": "EUR",
        "opens": "now",
        "closes": "2037-03-20 18:30",
        "pools": {"floor": {"capacity": 9, "price": 20}},
        **fields,
    }
    made = await catalog.create_sale(by, body)
    assert isinstance(made, CreatedSale), made
    return made


def shown(done: EventShown | Refused | list[Mistake]) -> EventShown:
    assert isinstance(done, EventShown), done
    return done


async def test_moving_keeps_the_date_before_and_closes_as_long_before_the_new_one(
    catalog: Catalog, by: Act, converged: list[str], db: asyncpg.Pool
) -> None:
    sale = await sale_of(catalog, by)
    converged.clear()
    # The clocks go forward on the 29th.
    moved = shown(await catalog.events.move(by, sale.event_id, {"starts": "2037-04-02 20:30"}))
    assert moved.event.status is EventStatus.MOVED
    assert moved.event.moved_from == datetime(2037, 3, 20, 19, 30, tzinfo=UTC)
    assert moved.event.starts_at == datetime(2037, 4, 2, 18, 30, tzinfo=UTC)
    assert moved.event.ends_at == datetime(2037, 4, 2, 21, 0, tzinfo=UTC)
    assert moved.event.starts_local == datetime.fromisoformat("2037-04-02 20:30")
    assert moved.sales[0].times.closes_at == datetime(2037, 4, 2, 16, 30, tzinfo=UTC)
    assert converged == [sale.id], "open pages are told"
    told = await db.fetchval("SELECT event_revision FROM sale WHERE id = $1", sale.id)
    again = shown(await catalog.events.move(by, sale.event_id, {"starts": "2037-04-02 20:30"}))
    assert again == moved
    assert await db.fetchval("SELECT event_revision FROM sale WHERE id = $1", sale.id) == told == 1, (
        "nothing was done again"
    )
    acts = await db.fetch("SELECT act, subject FROM audit WHERE act LIKE 'event.%'")
    assert [(row["act"], row["subject"]) for row in acts] == [("event.move", sale.event_id)]


async def test_postponing_pauses_and_a_date_again_lets_go_on_what_it_paused(catalog: Catalog, by: Act) -> None:
    sale = await sale_of(catalog, by)
    other = await sale_of(catalog, by)
    await catalog.pause(by, other.id)
    for one in (sale, other):
        postponed = shown(await catalog.events.postpone(by, one.event_id, {}))
        assert postponed.event.status is EventStatus.POSTPONED
        assert postponed.sales[0].times.paused
        assert await catalog.events.move(by, one.event_id, {"starts": "2037-05-02 20:30"}) == Refused(
            Code.EVENT_POSTPONED
        )
    assert shown(await catalog.events.postpone(by, sale.event_id, {"keep_selling": True})).sales[0].times.paused
    same = shown(await catalog.events.schedule(by, sale.event_id, {"starts": "2037-03-20 20:30"}))
    assert (same.event.status, same.sales[0].times.paused) == (EventStatus.SCHEDULED, False)
    later = shown(await catalog.events.schedule(by, other.event_id, {"starts": "2037-06-20 20:30"}))
    assert (later.event.status, later.sales[0].times.paused) == (EventStatus.MOVED, True), (
        "it was paused by hand before"
    )
    assert await catalog.events.schedule(by, other.event_id, {"starts": "2037-07-20 20:30"}) == Refused(
        Code.EVENT_DATED
    )


async def test_a_postponed_event_may_go_on_selling_or_wait_longer(catalog: Catalog, by: Act) -> None:
    sale = await sale_of(catalog, by)
    going_on = shown(await catalog.events.postpone(by, sale.event_id, {"keep_selling": True}))
    assert not going_on.sales[0].times.paused
    sale = await sale_of(catalog, by)
    await catalog.events.postpone(by, sale.event_id, {})
    waits = shown(await catalog.events.schedule(by, sale.event_id, {"starts": "2037-08-01 20:30", "resume": False}))
    assert waits.sales[0].times.paused


async def test_cancelling_closes_and_is_final(catalog: Catalog, by: Act) -> None:
    sale = await sale_of(catalog, by)
    cancelled = shown(await catalog.events.cancel(by, sale.event_id))
    assert cancelled.event.status is EventStatus.CANCELLED
    assert cancelled.sales[0].times.closed_at is not None
    assert shown(await catalog.events.cancel(by, sale.event_id)) == cancelled
    assert await catalog.events.move(by, sale.event_id, {"starts": "2037-05-02 20:30"}) == Refused(Code.EVENT_CANCELLED)
    assert await catalog.reopen(by, sale.id, {}) == Refused(Code.EVENT_CANCELLED)


async def test_others_are_told_of_status_and_times_once(catalog: Catalog, by: Act, db: asyncpg.Pool) -> None:
    """And of nothing that was refused, was so already, or is about other things."""
    sale = await sale_of(catalog, by)
    event = sale.event_id
    shown(await catalog.events.change(by, event, {"description": "Con orquesta."}))
    for _ in range(2):
        shown(await catalog.events.move(by, event, {"starts": "2037-04-02 20:30"}))
    assert isinstance(await catalog.events.move(by, event, {"starts": "2001-04-02 20:30"}), list)
    shown(await catalog.events.postpone(by, event, {}))
    shown(await catalog.events.schedule(by, event, {"starts": "2037-05-02 20:30"}))
    for _ in range(2):
        shown(await catalog.events.cancel(by, event))
    told = await db.fetch(
        "SELECT subject, organizer_id, body FROM outbox_told WHERE topic = 'event.changed' ORDER BY id"
    )
    assert {(row["subject"], row["organizer_id"]) for row in told} == {(event, by.organizer_id)}
    statuses = [(row["body"]["status_before"], row["body"]["status"]) for row in told]
    assert statuses == [
        ("scheduled", "moved"),
        ("moved", "postponed"),
        ("postponed", "moved"),
        ("moved", "cancelled"),
    ]
    assert told[0]["body"]["starts_at"] == "2037-04-02T18:30:00Z"
    assert told[0]["body"]["starts_at_before"] == "2037-03-20T19:30:00Z"
    assert told[0]["body"]["sales"] == [sale.id]


async def test_nothing_more_is_sold_of_a_cancelled_event(catalog: Catalog, by: Act, db: asyncpg.Pool) -> None:
    sale = await sale_of(catalog, by)
    body = {"currency": "EUR", "opens": "now", "pools": {"a": {"capacity": 1, "price": 1}}}
    made, cancelled = await asyncio.gather(
        catalog.create_sale(by, {**body, "event_id": sale.event_id}),
        catalog.events.cancel(by, sale.event_id),
        return_exceptions=True,
    )
    assert isinstance(cancelled, EventShown)
    assert isinstance(made, CreatedSale) or (isinstance(made, RefusalError) and made.code is Code.EVENT_CANCELLED)
    with pytest.raises(RefusalError, match="cancelled"):
        await catalog.create_sale(by, {**body, "event_id": sale.event_id})
    assert await violations(db) == []
    await db.execute("UPDATE sale SET closed_at = NULL WHERE id = $1", sale.id)
    assert [found.subject for found in await violations(db)] == [f"sale {sale.id}"]


async def test_putting_right(catalog: Catalog, by: Act) -> None:
    sale = await sale_of(catalog, by, opens="in 3 days")
    right = shown(await catalog.events.change(by, sale.event_id, {"event": "Boleros", "starts": "2037-03-21 20:30"}))
    assert (right.event.name, right.event.status) == ("Boleros", EventStatus.SCHEDULED)
    assert right.event.ends_at == datetime(2037, 3, 21, 22, 0, tzinfo=UTC)
    assert right.event.description == ""
    assert right.event.revision == 1
    await catalog.open_now(by, sale.id)
    late = await catalog.events.change(by, sale.event_id, {"starts": "2037-03-22 20:30"})
    assert isinstance(late, list)
    assert [mistake.path for mistake in late] == ["starts"]
    assert shown(await catalog.events.change(by, sale.event_id, {"description": "One night."})).event.revision == 2


@pytest.mark.parametrize(
    ("zone", "starts", "said"),
    [
        ("Europe/Madrid", "2037-03-29 02:30", "does not exist in Europe/Madrid"),
        ("Europe/Madrid", "2037-10-25 02:30", "happens twice in Europe/Madrid"),
        ("Australia/Lord_Howe", "2037-10-04 02:15", "does not exist in Australia/Lord_Howe"),
        ("Australia/Lord_Howe", "2037-04-05 01:45", "happens twice in Australia/Lord_Howe"),
        ("America/Sao_Paulo", "2017-10-15 00:30", "does not exist in America/Sao_Paulo"),
    ],
)
async def test_a_time_that_the_clocks_skip_or_repeat_is_asked_about(
    catalog: Catalog, by: Act, zone: str, starts: str, said: str
) -> None:
    sale = await sale_of(catalog, by, zone=zone)
    wrong = await catalog.events.move(by, sale.event_id, {"starts": starts})
    assert isinstance(wrong, list)
    assert (wrong[0].path, said in wrong[0].message) == ("starts", True), wrong
    unchanged = await catalog.events.one(by.organizer_id, sale.event_id)
    assert unchanged is not None
    assert unchanged.event.revision == 0


async def test_a_closing_time_that_the_clocks_skip_is_told(catalog: Catalog, by: Act) -> None:
    sale = await sale_of(catalog, by, starts="2037-03-20 04:30", ends="2037-03-20 06:00", closes="2037-03-20 02:30")
    wrong = await catalog.events.move(by, sale.event_id, {"starts": "2037-03-29 04:30"})
    assert isinstance(wrong, list)
    assert sale.id in wrong[0].message
    assert "does not exist in Europe/Madrid" in wrong[0].message


async def test_a_change_of_a_zones_rules_is_told(catalog: Catalog, by: Act, db: asyncpg.Pool) -> None:
    sale = await sale_of(catalog, by)
    one = await catalog.events.one(by.organizer_id, sale.event_id)
    assert one is not None
    assert not one.event.clock_moved
    # As if the law had put the clocks otherwise since: the instant stays, and is another time there.
    await db.execute("UPDATE event SET starts_local = starts_local - interval '1 hour' WHERE id = $1", sale.event_id)
    one = await catalog.events.one(by.organizer_id, sale.event_id)
    assert one is not None
    assert one.event.clock_moved


async def test_two_members_at_once_come_one_after_the_other(catalog: Catalog, by: Act) -> None:
    for _ in range(5):
        sale = await sale_of(catalog, by)
        moved, cancelled = await asyncio.gather(
            catalog.events.move(by, sale.event_id, {"starts": "2037-05-02 20:30"}),
            catalog.events.cancel(by, sale.event_id),
        )
        assert shown(cancelled).event.status is EventStatus.CANCELLED
        assert isinstance(moved, EventShown) or moved == Refused(Code.EVENT_CANCELLED)
        now = await catalog.events.one(by.organizer_id, sale.event_id)
        assert now is not None
        assert now.event.status is EventStatus.CANCELLED
        assert now.event.revision == (2 if isinstance(moved, EventShown) else 1)


async def test_a_neighbours_event_is_nobodys(catalog: Catalog, by: Act, db: asyncpg.Pool) -> None:
    sale = await sale_of(catalog, by)
    other = Act(await ApiKeys(db).create_organizer("Otro"), "ak_other")
    date = {"starts": "2037-05-02 20:30"}
    assert await catalog.events.change(other, sale.event_id, {"event": "Mine"}) == Refused(Code.NOT_FOUND)
    assert await catalog.events.move(other, sale.event_id, date) == Refused(Code.NOT_FOUND)
    assert await catalog.events.postpone(other, sale.event_id, {}) == Refused(Code.NOT_FOUND)
    assert await catalog.events.schedule(other, sale.event_id, date) == Refused(Code.NOT_FOUND)
    assert await catalog.events.cancel(other, sale.event_id) == Refused(Code.NOT_FOUND)
    assert await catalog.reopen(other, sale.id, {}) == Refused(Code.UNKNOWN_SALE)
    assert await catalog.events.one(other.organizer_id, sale.event_id) is None
    assert (await catalog.events.listed(other.organizer_id)).items == ()


async def test_the_list_has_what_comes_next_first(catalog: Catalog, by: Act) -> None:
    times = ("2037-03-20 20:30", "2037-01-20 20:30", "2037-02-20 20:30")
    made = [
        await sale_of(catalog, by, event=f"Night {n}", starts=starts, ends=None, closes=None)
        for n, starts in enumerate(times)
    ]
    await catalog.events.postpone(by, made[0].event_id, {})
    names = [card.name for card in (await catalog.events.listed(by.organizer_id)).items]
    assert names == ["Night 0", "Night 1", "Night 2"], "what has no date waits for one"
    first = await catalog.events.listed(by.organizer_id, limit=2)
    rest = await catalog.events.listed(by.organizer_id, limit=2, cursor=first.next)
    assert [card.name for card in (*first.items, *rest.items)] == names
    found = await catalog.events.listed(by.organizer_id, words="NIGHT 2")
    assert [card.id for card in found.items] == [made[2].event_id]
    narrow = Reach(everything=False, events=frozenset({made[1].event_id}), venues=frozenset())
    assert [card.name for card in (await catalog.events.listed(by.organizer_id, reach=narrow)).items] == ["Night 1"]


async def test_events_of_the_release_before_have_their_clocks(catalog: Catalog, by: Act, db: asyncpg.Pool) -> None:
    """It writes instants alone."""
    sale = await sale_of(catalog, by)
    await db.execute("UPDATE event SET starts_local = NULL, ends_local = NULL WHERE id = $1", sale.event_id)
    one = await catalog.events.one(by.organizer_id, sale.event_id)
    assert one is not None
    assert not one.event.clock_moved
    moved = shown(await catalog.events.move(by, sale.event_id, {"starts": "2037-04-02 20:30"}))
    assert moved.event.starts_local == datetime.fromisoformat("2037-04-02 20:30")


async def test_closing_a_sale_later_after_it_ended(db: asyncpg.Pool, by: Act) -> None:
    now = datetime.now(UTC)
    catalog = Catalog(db, Office(db), mark_code=str, coupons=coupons_of(db), now=lambda: now)
    sale = await sale_of(catalog, by)
    await catalog.close_early(by, sale.id)
    reopened = await catalog.reopen(by, sale.id, {})
    assert not isinstance(reopened, Refused | list)
    assert reopened.closed_at is None
    now = datetime(2037, 3, 20, 18, 0, tzinfo=UTC)  # it has closed by the clock, and the event is still to come
    reopened = await catalog.reopen(by, sale.id, {})
    assert not isinstance(reopened, Refused | list)
    info = await catalog.sale_info(sale.id)
    assert info is not None
    assert info.times.closes_at == now + timedelta(hours=1, minutes=30), "until its event starts"
    now = datetime(2037, 3, 20, 20, 0, tzinfo=UTC)
    assert await catalog.reopen(by, sale.id, {}) == Refused(Code.EVENT_BEGUN)
