"""The demo: always one sale open, one in the lobby, one closed, however often it is started."""

from datetime import UTC, datetime, timedelta

import asyncpg

from engine.access import ApiKeys, Organizers
from engine.audit import Act
from engine.catalog import Catalog
from engine.catalog.demo import NAME, REFUND_RULE, ensure_demo, ensure_demo_organizer
from engine.stores.office import Office


async def test_the_demo_has_what_it_promises(catalog: Catalog, by: Act) -> None:
    now = datetime.now(UTC)
    sales = await ensure_demo(catalog, by, now)
    assert [sale.state for sale in sales] == ["open", "lobby", "open", "closed"]
    plans = [await catalog.plan(sale.id) for sale in sales]
    theatre, arena, club, closed = plans
    assert theatre is not None
    assert arena is not None
    assert club is not None
    assert closed is not None
    assert 1_150 <= theatre.seats <= 1_250
    assert arena.seats == 20_000
    assert (club.seats, closed.seats) == (0, 0)
    assert any(pool.draws_on for pool in club.pools)
    assert arena.lobby_at is not None
    assert arena.lobby_at <= datetime.now(UTC) < arena.opens_at
    info = await catalog.sale_info(sales[3].id)
    assert info is not None
    assert info.times.closed_at is not None


async def test_starting_again_adds_nothing_but_a_new_lobby(catalog: Catalog, by: Act, db: asyncpg.Pool) -> None:
    first = await ensure_demo(catalog, by, datetime.now(UTC))
    assert await ensure_demo(catalog, by, datetime.now(UTC)) == first
    later = await ensure_demo(catalog, by, datetime.now(UTC) + timedelta(minutes=10))
    assert [sale.id for sale in later if sale not in first] == ["demo-arena-2"]
    assert await db.fetchval("SELECT count(*) FROM layout") == 2, "the arena is the same building"


async def test_the_demo_of_another_organizer_gets_ids_of_its_own(catalog: Catalog, by: Act, db: asyncpg.Pool) -> None:
    first = await ensure_demo(catalog, by, datetime.now(UTC))
    other = Act(await ApiKeys(db).create_organizer("Otro"), "cli")
    second = await ensure_demo(catalog, other, datetime.now(UTC))
    assert not {sale.id for sale in first} & {sale.id for sale in second}


async def test_the_demo_says_who_sells_unless_somebody_has(db: asyncpg.Pool) -> None:
    organizers, keys = Organizers(Office(db)), ApiKeys(db)
    unnamed = Act(await keys.create_organizer("Organizer"), "cli")
    named = Act(await keys.create_organizer("Sala Norte"), "cli")
    for _ in range(2):
        for by in (unnamed, named):
            await ensure_demo_organizer(organizers, by, "Organizer")
    views = [await organizers.view(by.organizer_id) for by in (unnamed, named)]
    assert [view and (view.name, view.refund_rule, view.terms) for view in views] == [
        (NAME, REFUND_RULE, None),
        ("Sala Norte", "", None),
    ]
    assert await db.fetchval("SELECT count(*) FROM audit WHERE act = 'organizer.change'") == 1
