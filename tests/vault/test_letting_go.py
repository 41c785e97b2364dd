"""Whom nothing refers to any more goes after a while; whom anything refers to, or is about to, never does."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import asyncpg
import pytest

from engine.audit import Act
from engine.context import Erasure
from engine.engine import Engine
from engine.limits import LET_GO_KEPT_DAYS
from engine.orders import Bought, CartChange, Contact
from engine.people import PersonChange, take_people
from engine.refusals import Refused
from engine.settings import Settings
from engine.vault import CONTEXT, LettingGo
from engine.verify import verify, verify_contexts
from tests.orders.house import House, open_house

ANA = Contact("Ana Núñez", "ana@example.org")
BO = Contact("Bo Li", "bo@example.org")
LONG_AGO = f"now() - make_interval(days => {LET_GO_KEPT_DAYS + 1})"


@pytest.fixture
def settings(redis_url: str, database_url: str) -> Settings:
    return Settings.model_validate({"redis_url": redis_url, "database_url": database_url, "secret": "s" * 32})


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    async with Engine.open(settings) as engine:
        yield engine


@pytest.fixture
async def house(engine: Engine, sale_id: str) -> House:
    return await open_house(engine, sale_id)


async def typed(house: House, seat: int, contact: Contact = ANA) -> tuple[str, str]:
    """Somebody fills a cart and says who they are; their buyer, and the person."""
    buyer = await house.buyer_holding(seat, ready=False)
    return buyer, await types(house, buyer, contact)


async def types(house: House, buyer: str, contact: Contact) -> str:
    changed = await house.engine.orders.change_cart(
        house.sale.id, buyer, CartChange(contact=contact, key="tres tristes tigres")
    )
    assert not isinstance(changed, Refused)
    person: str = await house.engine.db.fetchval("SELECT person_id FROM cart WHERE buyer_id = $1", buyer)
    return person


async def age(db: asyncpg.Pool) -> None:
    """A while goes by, but for whatever somebody holds at this moment."""
    for table, key, column in (("vault_let_go", "number", "at"), ("vault_person", "id", "created_at")):
        free = f"SELECT {key} FROM {table} FOR UPDATE SKIP LOCKED"
        await db.execute(f"UPDATE {table} SET {column} = {LONG_AGO} WHERE {key} IN ({free})")


async def there(db: asyncpg.Pool) -> set[str]:
    return {row["id"] for row in await db.fetch("SELECT id FROM vault_person")}


async def sound(house: House) -> None:
    assert await verify(house.engine, house.sale.id, grace_s=0) == []
    found = await verify_contexts(house.engine, grace_s=0)
    assert (found["vault"], found["verify"]) == ([], [])


async def test_what_was_corrected_in_a_cart_goes_and_what_is_bought_stays(house: House) -> None:
    db, letting_go = house.engine.db, house.engine.letting_go
    buyer, before = await typed(house, 1, BO)
    after = await types(house, buyer, ANA)
    assert before != after
    bought = await house.buy(buyer)
    assert isinstance(bought, Bought)
    # Not at once: whoever read the cart before may be about to refer to them.
    assert (await letting_go.due_s(), await letting_go.step()) == (None, 0)
    await age(db)
    assert (await letting_go.due_s(), await letting_go.step()) == (0, 1)
    assert await there(db) == {after}
    assert (await letting_go.due_s(), await letting_go.step()) == (None, 0)
    assert await db.fetchval("SELECT count(*) FROM vault_let_go") == 0
    # Its cart is forgotten, and the order is enough.
    await db.execute("DELETE FROM cart")
    await age(db)
    assert await letting_go.step() == 0
    assert await there(db) == {after}
    order = await house.engine.orders.one(house.sale.id, bought.order.id)
    assert order is not None
    assert order.contact == ANA
    await sound(house)


async def test_carts_that_were_left_and_orders_that_were_removed_leave_nobody(house: House) -> None:
    db, letting_go = house.engine.db, house.engine.letting_go
    left = (await typed(house, 1))[0]
    buyer, stays = await typed(house, 2)
    assert isinstance(await house.buy(buyer), Bought)
    await db.execute("DELETE FROM cart WHERE buyer_id = $1", left)
    await age(db)
    assert await letting_go.step() == 1
    assert await there(db) == {stays}
    for table in ("ticket", "payment", "ledger_movement", "order_line", "sandbox_charge", "orders", "cart"):
        await db.execute(f"DELETE FROM {table}")
    await age(db)
    assert await letting_go.step() == 1
    assert await there(db) == set()


async def test_imports_and_profiles_hold_their_people_and_let_them_go(house: House) -> None:
    engine, db = house.engine, house.engine.db
    line = {"reference": "e-1", "name": "Ana", "email": ANA.email, "zone": "UTC"}
    await take_people(db, engine.vault, [line], Act(house.organizer, "ana"))
    buyer = await house.buyer_holding(3, ready=False)
    assert isinstance(await engine.persons.put(buyer, PersonChange("UTC", "es", "Bo", BO.email, None, True)), int)
    await db.execute("INSERT INTO vault_let_go (person_id) SELECT id FROM vault_person")
    await age(db)
    assert await engine.letting_go.step() == 0
    assert len(await there(db)) == 2
    await db.execute("DELETE FROM profile WHERE buyer_id <> $1", buyer)
    await age(db)
    assert await engine.letting_go.step() == 1
    assert await engine.vault.find_email(BO.email) == list(await there(db))
    await sound(house)


async def test_who_was_erased_and_a_name_that_is_kept_stay(house: House) -> None:
    engine, db = house.engine, house.engine.db
    _, person = await typed(house, 1)
    async with db.acquire() as connection, connection.transaction():
        assert CONTEXT.forget is not None
        await CONTEXT.forget(connection, Erasure(None, (person,), id="era_1"))
        until = await connection.fetchval("SELECT now() + interval '1 year'")
        await engine.vault.keep(connection, {person: ("Ana", until)})
    await db.execute("DELETE FROM cart")
    await db.execute("INSERT INTO vault_let_go (person_id) SELECT id FROM vault_person")
    await age(db)
    assert await engine.letting_go.step() == 0
    assert len(await there(db)) == 2
    assert await engine.letting_go.look_over() == 0


async def test_whoever_nothing_ever_referred_to_is_found_without_a_note(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, db = house.engine, house.engine.db
    stays = {(await typed(house, seat))[1] for seat in range(4)}
    async with db.acquire() as connection, connection.transaction():
        people = [engine.vault.filed(Contact(f"P {number}"), house.organizer, None) for number in range(7)]
        await engine.vault.add(connection, people)
    letting_go = LettingGo(db, [each.refers for each in engine.contexts if each.refers is not None])
    monkeypatch.setattr("engine.vault.letting_go.LOOKED_OVER_PER_STEP_MAX", 3)
    assert sum([await letting_go.look_over() for _ in range(6)]) == 0  # they have just come
    await age(db)
    assert sum([await letting_go.look_over() for _ in range(6)]) == 7
    assert sum([await letting_go.look_over() for _ in range(6)]) == 0
    assert await letting_go.step() == 0
    await age(db)
    assert await letting_go.step() == 7
    assert await there(db) == stays


async def test_steps_are_bounded_and_go_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, db = house.engine, house.engine.db
    async with db.acquire() as connection, connection.transaction():
        await engine.vault.add(connection, [engine.vault.filed(Contact(f"P {n}"), None, None) for n in range(25)])
    await db.execute("INSERT INTO vault_let_go (person_id) SELECT id FROM vault_person, generate_series(1, 2)")
    await age(db)
    monkeypatch.setattr("engine.vault.letting_go.LET_GO_PER_WRITE", 10)
    monkeypatch.setattr("engine.vault.letting_go.LET_GO_PER_STEP_MAX", 20)
    assert 10 <= await engine.letting_go.step() <= 20
    assert await engine.letting_go.due_s() == 0
    while await engine.letting_go.due_s() is not None:
        await asyncio.gather(engine.letting_go.step(), engine.letting_go.step())
    assert await there(db) == set()


async def test_who_is_being_typed_again_at_that_moment_stays(house: House) -> None:
    """The buyer's transaction is open when the job comes: it neither waits nor takes them away."""
    engine, db = house.engine, house.engine.db
    buyer, person = await typed(house, 1)
    await types(house, buyer, BO)
    await age(db)
    filed = engine.vault.filed(ANA, house.organizer, buyer)
    async with db.acquire() as connection, connection.transaction():
        assert await engine.vault.put(connection, [filed]) == [person]
        assert await asyncio.wait_for(engine.letting_go.step(), 10) == 0
        await connection.execute("UPDATE cart SET person_id = $1 WHERE buyer_id = $2", person, buyer)
    assert await engine.letting_go.due_s() == 0  # it is looked at again
    assert await engine.letting_go.step() == 0
    assert await engine.letting_go.due_s() is None
    assert await engine.vault.contacts([person]) == {person: ANA}
    await sound(house)


async def test_who_types_while_the_job_holds_them_is_somebody_new(house: House) -> None:
    """The job's transaction is open when the buyer comes: the buyer waits, and refers to nobody who is gone."""
    engine, db = house.engine, house.engine.db
    buyer, person = await typed(house, 1)
    await types(house, buyer, BO)
    await age(db)
    async with db.acquire() as connection:
        job = connection.transaction()
        await job.start()
        assert await connection.fetchval("SELECT id FROM vault_person WHERE id = $1 FOR UPDATE", person)
        typing = asyncio.ensure_future(types(house, buyer, ANA))
        await waits_for_a_lock(db)
        await connection.execute("DELETE FROM vault_person WHERE id = $1", person)
        await job.commit()
    again = await typing
    assert again != person
    assert await engine.vault.contacts([person, again]) == {again: ANA}
    await sound(house)


async def test_who_was_let_go_of_lately_stays_whatever_was_noted_long_ago(house: House) -> None:
    """A purchase reads the cart, the buyer types another name, and the job comes with a note of long ago."""
    engine, db = house.engine, house.engine.db
    buyer, person = await typed(house, 1)
    await db.execute("INSERT INTO vault_let_go (person_id) VALUES ($1)", person)
    await age(db)
    await types(house, buyer, BO)
    assert await engine.letting_go.step() == 0
    assert person in await there(db)
    # The order that was on its way.
    assert await types(house, buyer, ANA) == person
    assert isinstance(await house.buy(buyer), Bought)
    await age(db)
    assert await engine.letting_go.step() == 1  # Bo
    await sound(house)


async def test_typing_buying_and_letting_go_at_once_leave_nobody_astray(house: House) -> None:
    engine, db = house.engine, house.engine.db
    dice = random.Random(63)
    buyers = [await house.buyer_holding(seat, ready=False) for seat in range(12)]
    contacts = [ANA, BO, Contact("Cleo", "cleo@example.org")]
    ended = asyncio.Event()

    async def shops(buyer: str) -> None:
        for _ in range(12):
            await types(house, buyer, dice.choice(contacts))
        assert isinstance(await house.buy(buyer), Bought)

    async def lets_go() -> int:
        count = 0
        while not ended.is_set():
            await age(db)
            count += await engine.letting_go.step()
        return count

    jobs = [asyncio.ensure_future(lets_go()) for _ in range(2)]
    await asyncio.gather(*(shops(buyer) for buyer in buyers))
    ended.set()
    assert sum(await asyncio.gather(*jobs)) > 0, "else nothing was tried"
    await sound(house)
    await age(db)
    await engine.letting_go.step()
    assert await db.fetchval("SELECT count(*) FROM orders WHERE state = 'paid'") == len(buyers)
    people = {row[0] for row in await db.fetch("SELECT person_id FROM orders UNION SELECT person_id FROM cart")}
    assert await there(db) == people
    assert set(await engine.vault.contacts(people)) == people
    await sound(house)


async def test_verify_tells_of_whoever_is_not_there(house: House) -> None:
    engine, db = house.engine, house.engine.db
    buyer, person = await typed(house, 1)
    assert isinstance(await house.buy(buyer), Bought)
    assert isinstance(await engine.persons.put(buyer, PersonChange("UTC", "es", "Bo", BO.email, None, True)), int)
    await sound(house)
    await db.execute("UPDATE vault_person SET buyer_id = 'another' WHERE id = $1", person)
    found = {str(each).partition(" refers")[0][:19] for each in await verify(engine, house.sale.id, grace_s=0)}
    assert found == {"invariant 16: order", "invariant 16: cart "}
    await db.execute("DELETE FROM vault_person")
    texts = [str(each) for each in await verify(engine, house.sale.id, grace_s=0)]
    assert len(texts) == 2
    assert all(each.endswith(f"refers to {person}, who is not in the vault") for each in texts)
    (profile,) = (await verify_contexts(engine, grace_s=0))["verify"]
    assert profile.subject.startswith("profile ")


async def waits_for_a_lock(db: asyncpg.Pool) -> None:
    for _ in range(500):
        if await db.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")
