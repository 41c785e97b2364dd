"""What releases before the vault kept in the open goes into it while sales run, and is in one place at every moment."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from engine.engine import Engine
from engine.orders import Bought, Contact
from engine.people import Persons
from engine.settings import Settings
from tests.orders.house import House, open_house

CONTACT = "SELECT contact, person_id IS NOT NULL FROM orders UNION ALL SELECT contact, person_id IS NOT NULL FROM cart"
BACK = (
    "UPDATE cart SET contact = $1, person_id = NULL",
    "UPDATE orders SET contact = $1, person_id = NULL",
    "DELETE FROM vault_person WHERE $1::jsonb IS NOT NULL",
)
PROFILES = """
INSERT INTO profile (buyer_id, zone, name, email, phone, email_vouched_by)
SELECT 'buyer-' || n, (SELECT min(number) FROM zone), 'Person ' || n, 'p' || n || '@example.org',
       CASE WHEN n = 2 THEN '+34600000002' END, 'owner'
FROM generate_series(1, 3) AS n
"""
ANA = Contact("Ana Núñez", "ana@example.org")


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


async def as_before(db: asyncpg.Pool) -> None:
    """Contacts where a release before the vault kept them."""
    for statement in BACK:
        await db.execute(statement, ANA.wire())


async def test_contacts_are_moved_and_orders_say_what_they_said(house: House) -> None:
    engine = house.engine
    buyers = [await house.buyer_holding(seat) for seat in range(6)]
    bought = [await house.buy(buyer) for buyer in buyers[:3]]
    await as_before(engine.db)
    assert await engine.moving.due_s() == 0
    assert await engine.moving.left() == {"orders": 3, "carts": 6, "people": 0}
    # While they are moved the others buy, and one types another name.
    moved, *others = await asyncio.gather(engine.moving.step(), *(house.buy(buyer) for buyer in buyers[3:]))
    while moved and await engine.moving.step():
        pass
    assert all(isinstance(each, Bought) for each in [*bought, *others])
    assert await engine.moving.due_s() is None
    assert {tuple(map(str, row)) for row in await engine.db.fetch(CONTACT)} == {("{}", "True")}
    for each in [*bought, *others]:
        assert isinstance(each, Bought)
        order = await engine.orders.one(house.sale.id, each.order.id)
        assert order is not None
        assert order.contact == ANA
    assert await engine.db.fetchval("SELECT count(*) FROM vault_person") == len(buyers)


async def test_a_move_that_is_cut_leaves_each_contact_in_one_place(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = house.engine
    for seat in range(5):
        await house.buyer_holding(seat)
    await as_before(engine.db)
    with monkeypatch.context() as cut:
        cut.setattr("engine.vault.moving.MOVED_PER_WRITE", 2)
        cut.setattr("engine.vault.moving.MOVED_PER_STEP_MAX", 2)
        assert await engine.moving.step() == 2
        cut.setattr("engine.vault.sql.PUT", "SELECT contact_mark, 1 / 0 FROM vault_put($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)")
        with pytest.raises(asyncpg.DivisionByZeroError):
            await engine.moving.step()
    assert await engine.moving.left() == {"orders": 0, "carts": 3, "people": 0}
    await asyncio.gather(engine.moving.step(), engine.moving.step())
    assert await engine.moving.left() == {"orders": 0, "carts": 0, "people": 0}


async def test_people_and_suppressed_addresses_are_moved(engine: Engine) -> None:
    db = engine.db
    await db.execute("INSERT INTO zone (name) VALUES ('UTC')")
    await db.execute(PROFILES)
    await db.execute(
        "INSERT INTO suppression (channel, address, reason) VALUES ('email', 'p1@example.org', 'bounced'),"
        " ('email', 'p1+jazz@example.org', 'bounced'), ('sms', '+34600000002', 'complained')"
    )
    numbers = [row["number"] for row in await db.fetch("SELECT number FROM profile ORDER BY number")]

    async def reached(persons: Persons) -> list[tuple[str | None, str | None]]:
        known = await persons.addresses(numbers, "org_1")
        return [(known[number]["email"], known[number]["phone"]) for number in numbers]

    before = await reached(engine.persons)
    assert [email for email, _ in before] == [None, "p2@example.org", "p3@example.org"]
    assert await engine.moving.step() == 3
    assert await reached(engine.persons) == before
    assert await engine.suppression.move() == 3
    assert await engine.suppression.due_s() is None
    assert await reached(engine.persons) == before
    assert await db.fetchval("SELECT count(*) FROM suppression") == 2
    known = await engine.persons.read("buyer-2")
    assert known is not None
    assert (known["name"], known["email"], known["phone"]) == ("Person 2", "p2@example.org", "+34600000002")
    assert await db.fetchval("SELECT count(*) FROM profile WHERE num_nonnulls(email, phone) > 0 OR name <> ''") == 0


async def test_before_the_contracting_step_nothing_is_moved(house: House, settings: Settings) -> None:
    db = house.engine.db
    noted = "UPDATE schema_step SET took_ms = NULL WHERE name LIKE '%contacts_in_the_vault'"
    await db.execute(noted)
    async with Engine.open(settings) as engine:
        older = House(engine, house.sale, house.organizer)
        buyer = await older.buyer_holding(3)
        bought = await older.buy(buyer)
        assert isinstance(bought, Bought)
        assert bought.order.contact == ANA
        assert {tuple(map(str, row)) for row in await db.fetch(CONTACT)} == {
            ("{'name': 'Ana Núñez', 'email': 'ana@example.org', 'phone': ''}", "False")
        }
        assert (await engine.moving.step(), await engine.moving.due_s()) == (0, None)
