"""What must never happen in a rehearsal: messages, real money, a trace in lists or of the real sale, anything left."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from engine.access import OrganizerChange
from engine.audit import Act, Actor
from engine.catalog.local_time import ms_of
from engine.catalog.model import Entry, EntryRule, Phase, RoomPlan, SaleKind, SaleState
from engine.catalog.phases import phases_to_json
from engine.engine import Engine
from engine.limits import LET_GO_KEPT_DAYS
from engine.onsale.model import SeatsHold, Snapshot
from engine.orders import Bought, NotARehearsal, Purchase
from engine.payments import Card
from engine.payments.port import Charge, ChargeAnswer, Listener, LookupAnswer, Unheard
from engine.refusals import Code, Refused
from engine.stores.keys import SALE_KEYS, sale_keys
from engine.stores.redis import RedisClient
from engine.verify import verify
from tests.orders.house import House, card, orders_of
from tests.rehearsals.remover import REFUSED

ROOT = Path(__file__).resolve().parents[2]
DAY_MS = 24 * 3_600_000
OPEN_ROOM = RoomPlan(shoppers_max=1_000, per_second_max=1_000)
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"
TELL_OF = """
INSERT INTO outbox_told (topic, version, subject, organizer_id, body, sale_kind)
VALUES ('order.paid', 1, 'x', 'org', $1, $2)
"""


class Bank:
    """A real provider, as far as the engine knows: it remembers who asked."""

    name = "bank"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def plays(self, _card: Card) -> bool:
        return False

    async def charge(self, charge: Charge) -> ChargeAnswer:
        raise AssertionError(f"a rehearsal charged {charge.order} for real")

    async def lookup(self, order: str) -> LookupAnswer:
        self.asked.append(order)
        return Unheard()

    abandon = refund = lookup

    def listen(self, listener: Listener) -> None:
        self.listener = listener

    async def close(self) -> None:
        self.asked.append("close")


async def opened(house: House) -> House:
    """The shadow of the house, open, as one can shop in it."""
    engine = house.engine
    shadow = await engine.rehearsals.make(Actor("test"), house.sale.id, OPEN_ROOM)
    assert shadow is not None
    await engine.rehearsals.open_at(shadow, datetime.now(UTC))
    assert await engine.keeper.converge(shadow) is SaleState.OPEN
    return replace(house, sale=engine.onsale.sale(shadow))


async def admitted(shadow: House, *seats: int) -> str:
    """A buyer that the room let in, with these seats in a cart."""
    await shadow.sale.join(buyer := f"{seats[0]:016d}")
    for _ in range(3):
        await shadow.engine.onsale.calls(shadow.sale.id).ask("room_admit", (1_000, "0", 0))
    await shadow.fill(buyer, seats, {})
    return buyer


async def rows_naming(db: asyncpg.Pool, text: str) -> dict[str, list[str]]:
    """Every row of the database that has `text` in any column."""
    tables = [row["relname"] for row in await db.fetch(TABLES)]
    found = {}
    for table in tables:
        rows = await db.fetch(f'SELECT t::text AS row FROM "{table}" t WHERE t::text LIKE $1 ORDER BY 1', f"%{text}%")
        found[table] = [row["row"] for row in rows]
    return {table: rows for table, rows in found.items() if rows}


async def keys_naming(redis: RedisClient, text: str) -> dict[bytes, Any]:
    return {key: await redis.dump(key) async for key in redis.scan_iter(match=f"*{text}*")}


async def test_a_shadow_is_the_sale_under_another_id(house: House) -> None:
    await house.engine.db.execute("UPDATE sale SET tax_identity = true WHERE id = $1", house.sale.id)
    shadow = await opened(house)
    assert await house.engine.catalog.kinds.of(shadow.sale.id) is SaleKind.REHEARSAL
    assert await house.engine.catalog.kinds.of(house.sale.id) is SaleKind.EVENT
    real, copy = [await house.engine.catalog.sale_info(each.sale.id) for each in (house, shadow)]
    assert real is not None
    assert copy is not None
    names = ("prices", "sections", "pools", "types", "seats", "person_max", "cart_ms", "currency", "venue")
    for name in (*names, "tax_identity"):
        assert getattr(copy, name) == getattr(real, name), name
    assert copy.draw_commit != real.draw_commit
    await house.engine.rehearsals.remove(shadow.sale.id)


async def test_a_shadow_has_the_phases_of_its_sale_and_everybody_enters_them(house: House) -> None:
    engine = house.engine
    original = await engine.catalog.plan(house.sale.id)
    assert original is not None
    opens_ms = ms_of(original.opens_at)
    only = Entry(EntryRule.CODE, ("mark",))
    phases = (
        Phase("members", "Members", 0, opens_ms + DAY_MS, only, person_max=2, types=("half",), places=("stalls",)),
        Phase("public", "Public", opens_ms + 2 * DAY_MS, 0),
    )
    set_ = "UPDATE sale SET phases = $2 WHERE id = $1"
    await engine.db.execute(set_, house.sale.id, phases_to_json(phases))
    shadow = await opened(house)
    plan = await engine.catalog.plan(shadow.sale.id)
    assert plan is not None
    later_ms = ms_of(plan.opens_at) - opens_ms
    assert plan.phases == (
        replace(phases[0], until_ms=phases[0].until_ms + later_ms, entry=Entry(), types=()),
        replace(phases[1], from_ms=phases[1].from_ms + later_ms),
    )
    buyer = await admitted(shadow, 0, 1)
    for wish, code in (
        (SeatsHold(buyer, "circle", (40,)), Code.NOT_IN_PHASE),
        (SeatsHold(buyer, "third", (2,)), Code.OVER_MAXIMUM),
    ):
        refused = await shadow.sale.hold(wish)
        assert isinstance(refused, Refused)
        assert refused.code is code
    assert isinstance(await shadow.buy(buyer), Bought)
    assert await verify(engine, shadow.sale.id, grace_s=0) == []
    await engine.rehearsals.remove(shadow.sale.id)


@pytest.mark.every_redis
async def test_the_live_sale_says_what_it_is(house: House, redis: RedisClient) -> None:
    """Also after Redis lost it; and verify would notice if it said something else."""
    shadow = await opened(house)
    for each, kind in ((house, SaleKind.EVENT), (shadow, SaleKind.REHEARSAL)):
        for lost in (False, True):
            if lost:
                await redis.delete(*sale_keys(each.sale.id, *SALE_KEYS))
                await house.engine.keeper.rebuild(each.sale.id)
            snapshot = await each.sale.snapshot()
            assert isinstance(snapshot, Snapshot)
            assert snapshot.kind is kind
    plan = await house.engine.catalog.plan(house.sale.id)
    assert plan is not None
    await house.engine.onsale.update(replace(plan, kind=SaleKind.PROMO))
    (wrong,) = await verify(house.engine, house.sale.id, grace_s=0)
    assert (wrong.invariant, wrong.subject) == (2, "the sale")
    await house.engine.rehearsals.remove(shadow.sale.id)


async def test_nobody_finds_a_shadow_who_does_not_know_its_id(house: House) -> None:
    catalog = house.engine.catalog
    shadow = await opened(house)
    owned = await catalog.organizer_sales(house.organizer)
    assert [card.id for card in owned.items] == [house.sale.id]
    page = await catalog.sales(limit=200)
    assert shadow.sale.id not in [each.id for each in page.items]
    assert (await catalog.sales(words="rehearsal")).items == ()
    await house.engine.rehearsals.remove(shadow.sale.id)


async def test_a_rehearsal_never_reaches_a_real_provider(engine: Engine, house: House) -> None:
    bank = Bank()
    orders = orders_of(engine, provider=bank)
    shadow = await opened(house)
    sale = shadow.sale.id
    bought = await orders.purchase(Purchase(sale, await admitted(shadow, 0, 1), "one", card()))
    assert isinstance(bought, Bought), bought
    late = await orders.purchase(Purchase(sale, await admitted(shadow, 2), "one", card("4000000000000093")))
    assert isinstance(late, Refused)
    await engine.db.execute("UPDATE sandbox_charge SET visible_at = now()")
    await orders.finish(order_after_s=0.0)
    assert await orders.rehearsed.paying(sale) == 0
    assert bank.asked == []
    assert {
        row["provider"] for row in await engine.db.fetch("SELECT provider FROM payment WHERE sale_id = $1", sale)
    } == {"sandbox"}
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="payment_has_kind_of_sale"):
        await engine.db.execute("UPDATE payment SET provider = 'bank', sale_kind = 'event' WHERE sale_id = $1", sale)
    with pytest.raises(asyncpg.CheckViolationError, match="payment_of_a_rehearsal_is_play"):
        await engine.db.execute("UPDATE payment SET provider = 'bank' WHERE sale_id = $1", sale)
    assert await verify(engine, sale) == []
    await engine.rehearsals.remove(sale)
    await orders.close()
    assert bank.asked == ["close"]


async def test_cards_that_hang_in_a_rehearsal_do_not_stop_real_payments(house: House) -> None:
    shadow = await opened(house)
    for seat in range(6):
        buyer = await admitted(shadow, seat)
        assert isinstance(await shadow.buy(buyer, "4000000000000168"), Refused)
    assert not house.engine.orders.payments_are_down()
    assert isinstance(await house.buy(await house.buyer_holding(5)), Bought)
    await house.engine.rehearsals.remove(shadow.sale.id)


async def test_nobody_is_told_of_a_rehearsal(engine: Engine, house: House) -> None:
    shadow = await opened(house)
    buyer = await admitted(shadow, 7)
    await engine.db.execute("INSERT INTO zone (name) VALUES ('UTC') ON CONFLICT DO NOTHING")
    await engine.db.execute(
        "INSERT INTO profile (buyer_id, zone) SELECT $1, number FROM zone WHERE name = 'UTC'", buyer
    )
    assert isinstance(await shadow.buy(buyer), Bought)
    assert await shadow.count("told") == 0
    await engine.order_counts.consumer.step(engine.db)
    await engine.order_counts.step()
    assert await engine.db.fetchval("SELECT orders_count FROM profile WHERE buyer_id = $1", buyer) == 0
    with pytest.raises(asyncpg.CheckViolationError, match="outbox_tells_nothing_of_a_rehearsal"):
        await engine.db.execute(TELL_OF, {"sale": shadow.sale.id}, "rehearsal")
    for kind in ("event", None):
        with pytest.raises(asyncpg.ForeignKeyViolationError, match="outbox_has_kind_of_sale"):
            await engine.db.execute(TELL_OF, {"sale": shadow.sale.id}, kind)
    await engine.rehearsals.remove(shadow.sale.id)
    await engine.db.execute("DELETE FROM profile WHERE buyer_id = $1", buyer)


@pytest.mark.every_redis
async def test_the_real_sale_stays_as_it_was_and_nothing_is_left(house: House, redis: RedisClient) -> None:
    engine, real = house.engine, house.sale.id
    assert isinstance(await house.buy(await house.buyer_holding(0, units={"floor": 2})), Bought)
    await engine.orders.note_ended_carts()
    rows, keys = await rows_naming(engine.db, real), await keys_naming(redis, real)
    shadow = await opened(house)
    for seat in range(0, 6, 2):
        await shadow.buy(await admitted(shadow, seat, seat + 1), "4242424242424242" if seat else "4000000000000002")
    orders = [row["id"] for row in await engine.db.fetch("SELECT id FROM orders WHERE sale_id = $1", shadow.sale.id)]
    assert len(orders) == 3
    await engine.orders.note_ended_carts()
    await engine.rehearsals.remove(shadow.sale.id)
    assert await rows_naming(engine.db, shadow.sale.id) == {}
    for order in orders:
        assert await rows_naming(engine.db, order) == {}
    assert await keys_naming(redis, shadow.sale.id) == {}
    assert await keys_naming(redis, real) == keys
    after = await rows_naming(engine.db, real)
    noted = [row for row in after["audit"] if "sale.rehearse" in row]
    assert len(noted) == 1
    after["audit"] = [row for row in after["audit"] if row not in noted]
    assert after == rows


async def test_the_crowd_of_a_rehearsal_leaves_the_vault_and_real_buyers_stay(house: House) -> None:
    engine, db = house.engine, house.engine.db
    assert isinstance(await house.buy(await house.buyer_holding(0)), Bought)
    there = "SELECT id FROM vault_person WHERE organizer_id = $1"
    (real,) = await db.fetch(there, house.organizer)
    shadow = await opened(house)
    for seat in (1, 2):
        assert isinstance(await shadow.buy(await admitted(shadow, seat)), Bought)
    await admitted(shadow, 3)  # a cart that is left
    await engine.rehearsals.remove(shadow.sale.id)
    assert len(await db.fetch(there, house.organizer)) == 4
    await db.execute("UPDATE vault_let_go SET at = now() - make_interval(days => $1)", LET_GO_KEPT_DAYS + 1)
    assert await engine.letting_go.step() >= 3  # others' of this database are among them
    assert await db.fetch(there, house.organizer) == [real]


async def test_a_rehearsal_that_nobody_prolongs_is_removed(house: House, redis: RedisClient) -> None:
    rehearsals, db = house.engine.rehearsals, house.engine.db
    left, running = await opened(house), await opened(house)
    for each in (left, running):
        assert isinstance(await each.buy(await admitted(each, 3)), Bought)
        await db.execute("UPDATE sale SET rehearsal_until = now() - interval '1 s' WHERE id = $1", each.sale.id)
    await rehearsals.prolong(running.sale.id)
    await rehearsals.remove_left()
    assert await rows_naming(db, left.sale.id) == {}
    assert await keys_naming(redis, left.sale.id) == {}
    assert await running.count("paid") == 1
    await rehearsals.remove(running.sale.id)
    await rehearsals.remove(running.sale.id)  # a second time is harmless


async def test_a_keeper_does_not_bring_a_removed_shadow_back(house: House, redis: RedisClient) -> None:
    """It remembers the sale it kept a moment ago, and Redis lost it."""
    keeper, shadow = house.engine.keeper, await opened(house)
    await keeper.step()
    await house.engine.rehearsals.remove(shadow.sale.id)
    keeper._lookout._agenda.set(shadow.sale.id, 0.0)
    await keeper.step()
    assert await keys_naming(redis, shadow.sale.id) == {}


async def test_a_crowd_that_rehearses_accepts_no_terms(house: House) -> None:
    by = Act(house.organizer, "test")
    assert not isinstance(await house.engine.organizers.change(by, OrganizerChange("Sala", "No smoking.")), Refused)
    assert await house.buy(await house.buyer_holding(5)) == Refused(Code.TERMS_NEEDED, {"terms": 1})
    shadow = await opened(house)
    bought = await shadow.buy(await admitted(shadow, 5))
    assert isinstance(bought, Bought)
    assert bought.order.terms is None
    await house.engine.rehearsals.remove(shadow.sale.id)


async def test_what_cannot_be_rehearsed_is_not_copied(house: House) -> None:
    rehearsals = house.engine.rehearsals
    assert await rehearsals.make(Actor("test"), "no-such-sale", OPEN_ROOM) is None
    shadow = await opened(house)
    assert await rehearsals.make(Actor("test"), shadow.sale.id, OPEN_ROOM) is None
    await rehearsals.remove(shadow.sale.id)


async def test_a_real_sale_may_have_any_name(house: House) -> None:
    """An id says nothing: what begins like a rehearsal is an event all the same, and sells for real."""
    body = {
        "id": "rehearsal--jazz",
        "event": "Rehearsal -- jazz",
        "starts": "in 5 days at 20:00",
        "zone": "UTC",
        "currency": "EUR",
        "opens": "now",
        "room": False,
        "pools": {"floor": {"capacity": 10, "price": 5}},
    }
    made = await house.engine.catalog.create_sale(Act(house.organizer, "test"), body)
    assert not isinstance(made, list), made
    jazz = House(house.engine, house.engine.onsale.sale("rehearsal--jazz"), house.organizer)
    assert isinstance(await jazz.buy(await jazz.buyer_holding(units={"floor": 2})), Bought)
    assert (await jazz.count("told"), await jazz.count("tickets")) == (1, 2)
    assert await house.engine.catalog.kinds.of("rehearsal--jazz") is SaleKind.EVENT
    for kind, guard in (("rehearsal", "sale_rehearsal_has_an_original"), ("promo", "sale_promo_has_no_event")):
        with pytest.raises(asyncpg.CheckViolationError, match=guard):
            await house.engine.db.execute("UPDATE sale SET kind = $2 WHERE id = $1", house.sale.id, kind)


async def test_nothing_of_a_rehearsal_can_touch_a_real_sale(house: House) -> None:
    rehearsals, sale = house.engine.rehearsals, house.sale.id
    before = await house.engine.db.fetchrow("SELECT * FROM sale WHERE id = $1", sale)
    await house.buy(await house.buyer_holding(0))
    await rehearsals.remove(sale)
    async with house.engine.db.acquire() as connection, connection.transaction():
        with pytest.raises(NotARehearsal):
            await house.engine.orders.rehearsed.forget(sale, connection)
    assert await house.count("paid") == 1
    await rehearsals.open_at(sale, datetime.now(UTC))
    await rehearsals.prolong(sale)
    await rehearsals.set_room(sale, OPEN_ROOM)
    assert await house.engine.db.fetchrow("SELECT * FROM sale WHERE id = $1", sale) == before


async def test_no_real_sale_is_deleted_where_python_leaves_out_asserts(house: House) -> None:
    settings, sale = house.engine.settings, house.sale.id
    assert settings.redis_url is not None
    assert settings.database_url is not None
    assert isinstance(await house.buy(await house.buyer_holding(0)), Bought)
    given = {
        "AFORO_REDIS_URL": settings.redis_url,
        "AFORO_DATABASE_URL": settings.database_url,
        "AFORO_SECRET": "s" * 32,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-O", "-m", "tests.rehearsals.remover", sale]
    process = await asyncio.create_subprocess_exec(*command, env=os.environ | given, cwd=ROOT)
    async with asyncio.timeout(60):
        assert await process.wait() == REFUSED
    assert (await house.count("paid"), await house.count("tickets")) == (1, 1)
    assert await verify(house.engine, sale, grace_s=0) == []
