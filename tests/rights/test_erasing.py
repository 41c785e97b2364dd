"""Whoever is erased is gone: here, in Redis, in a backup that is put back; and orders still add up."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import pytest

from engine.audit import Act, Actor
from engine.contacts import ProofAsk, Purpose
from engine.engine import Engine
from engine.messages import Letter
from engine.orders import Bought, CartChange, Contact
from engine.people import PersonChange, Point, Position, Subscription, take_people
from engine.refusals import Code, Refused
from engine.rights import Chosen, Erased
from engine.settings import Settings
from engine.stores import database
from engine.stores.embedded import EmbeddedStores
from engine.vault import CONTEXT
from tests.eventually import until
from tests.orders.house import House

BY = Actor("ana")
EVA = Contact("Evangelina Öztürk-Lindqvist", "eva.oeztuerk@example.org", "+34611222333")
# What a search of everything must not find any more, in any case and form.
TRACES = ("evangelina", "öztürk", "ozturk", "lindqvist", "oeztuerk", "611222333")
ALL_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = 'public' ORDER BY 1
"""


async def dumped(db: asyncpg.Pool) -> str:
    """Everything that is in any table, in small letters."""
    said = []
    for row in await db.fetch(ALL_TABLES):
        said += [
            f"{row['relname']} {each['line']}" for each in await db.fetch(f'SELECT t::text AS line FROM "{row[0]}" t')
        ]
    return "\n".join(said).lower()


def traces_in(text: str) -> list[str]:
    """Where something of Eva is, also as bytes."""
    found = []
    for trace in TRACES:
        for form in (trace, trace.encode().hex()):
            at = text.find(form)
            if at >= 0:
                line = text[text.rfind("\n", 0, at) + 1 : text.find("\n", at)]
                found.append(f"{form}: {line[:200]}")
    return found


async def eva_buys(house: House, seat: int, contact: Contact = EVA) -> tuple[str, str]:
    """Eva holds a seat, says who she is and buys; her buyer, and the order."""
    buyer = await house.buyer_holding(seat, ready=False)
    change = CartChange(contact=contact, key="tres tristes tigres")
    changed = await house.engine.orders.change_cart(house.sale.id, buyer, change)
    assert not isinstance(changed, Refused)
    bought = await house.buy(buyer)
    assert isinstance(bought, Bought), bought
    return buyer, bought.order.id


async def whole(house: House, order: str) -> None:
    """The order is as it was, but nobody's."""
    view = await house.engine.orders.one(house.sale.id, order)
    assert view is not None
    assert (view.state.value, view.contact, len(view.tickets)) == ("paid", Contact(), 1)


@asynccontextmanager
async def restored(stores: EmbeddedStores, url: str) -> AsyncIterator[str]:
    """A copy of a database as it is now, to be put back later."""
    admin = await database.connect_one(stores.database_url)
    name, of = f"backup_{secrets.token_hex(6)}", url.split("?", maxsplit=1)[0].rpartition("/")[2]

    async def copied() -> bool:
        """Once nobody is in it: whoever was may come back at once."""
        await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", of)
        try:
            await admin.execute(f"CREATE DATABASE {name} TEMPLATE {of}")
        except asyncpg.ObjectInUseError:
            return False
        return True

    await until("a copy", copied)
    try:
        yield stores.postgres.url_of(name)
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


async def everything_of_eva(house: House) -> tuple[Chosen, str, str, int]:
    """She buys, is imported, wants offers from where she is, has an account, is written to, and claims her address."""
    engine = house.engine
    buyer, order = await eva_buys(house, 3)
    position = Position(Point(40.4, -3.7), 10, int(time.time()))
    change = PersonChange("Europe/Madrid", "es", EVA.name, EVA.email, EVA.phone, True, position=position)
    number = await engine.persons.put(buyer, change, Subscription(house.organizer, True, "Yes, write to me"))
    assert isinstance(number, int)
    line = {"reference": "e-1", "name": EVA.name, "email": EVA.email, "phone": EVA.phone, "zone": "UTC"}
    report, _ = await take_people(engine.db, engine.vault, [line], Act(house.organizer, "ana"))
    assert report.added == 1
    async with engine.db.acquire() as connection, connection.transaction():
        account = await engine.accounts.make(connection, EVA.email, name=EVA.name)
        letter = Letter("reset:1", "reset", EVA.email, "es", {"link": "https://a.example/x", "name": EVA.name})
        assert await engine.letterbox.write(connection, letter)
    await engine.contacts.ask(ProofAsk(Purpose.OFFERS, "email", EVA.email, buyer, "es", "192.0.2.1"))
    await engine.follower.step()
    people = {*await engine.vault.find_email(EVA.email), *await engine.vault.of_buyers([buyer])}
    return Chosen(sorted(people), [account]), buyer, order, number


async def test_nothing_of_who_was_erased_is_left(house: House) -> None:
    engine = house.engine
    chosen, buyer, order, number = await everything_of_eva(house)
    assert traces_in(await dumped(engine.db)), "else this finds nothing in any case"
    done = await engine.erasing.erase(BY, chosen)
    assert isinstance(done, Erased), done
    assert (done.people, done.kept) == (3, 1)
    assert traces_in(await dumped(engine.db)) == []
    await whole(house, order)
    for found in (
        engine.vault.find_email(EVA.email),
        engine.vault.find_name("evangelina"),
        engine.vault.of_buyers([buyer]),
    ):
        assert await found == []
    assert await engine.persons.read(buyer) is None
    assert await engine.db.fetchval("SELECT count(*) FROM profile WHERE number = $1", number) == 0
    keys = engine.follower.audience.keys
    redis = engine.redis
    assert await redis.getbit(keys.consent, number) == 0
    assert await redis.getrange(keys.where, number * 20, number * 20 + 19) == bytes(20)
    assert await redis.hget(keys.buyers(buyer), buyer) is None
    assert await engine.erasing.due_s() is None
    assert await engine.erasing.erase(BY, Chosen(chosen.people)) == Refused(Code.NOT_FOUND)


async def test_a_name_is_kept_for_the_tax_office_alone_and_ends(house: House) -> None:
    engine = house.engine
    _, order = await eva_buys(house, 5)
    people = await engine.vault.find_email(EVA.email)
    done = await engine.erasing.erase(BY, Chosen(people))
    assert isinstance(done, Erased)
    assert done.kept == 1
    (kept,) = await engine.vault.kept(people)
    assert (kept.contact, kept.of) == (Contact(EVA.name), people[0])
    assert await engine.vault.find_name("evangelina") == []
    await whole(house, order)
    await engine.db.execute(
        "UPDATE vault_person SET kept_until = now() - interval '1 second' WHERE kept_of IS NOT NULL"
    )
    for old in CONTEXT.old_rows:
        await engine.db.execute(old.statement, old.kept_days, 100)
    assert await engine.vault.kept(people) == []


async def test_what_one_organizer_erases_others_keep(house: House) -> None:
    engine = house.engine
    other = await engine.access.create_organizer("Sala Sur")
    buyer, order = await eva_buys(house, 6)
    line = {"reference": "e-1", "name": EVA.name, "email": EVA.email, "zone": "UTC"}
    for organizer in (house.organizer, other):
        await take_people(engine.db, engine.vault, [line], Act(organizer, "ana"))
    mine = await engine.vault.find_email(EVA.email, house.organizer)
    theirs = await engine.vault.find_email(EVA.email, other)
    by = Act(house.organizer, "ana")
    assert await engine.erasing.erase(by, Chosen([*mine, *theirs])) == Refused(Code.NOT_FOUND)
    done = await engine.erasing.erase(by, Chosen(mine))
    assert isinstance(done, Erased)
    assert done.people == len(mine) == 2
    assert await engine.vault.find_email(EVA.email) == theirs
    await whole(house, order)
    assert await engine.db.fetch("SELECT organizer_id FROM relation WHERE reference IS NOT NULL") == [(other,)]
    # Who comes again is somebody new, and nothing comes back.
    await take_people(engine.db, engine.vault, [line], by)
    assert len(await engine.vault.find_email(EVA.email, house.organizer)) == 1
    await whole(house, order)
    assert buyer


async def test_people_who_share_an_address_are_erased_alone(house: House) -> None:
    engine = house.engine
    _, hers = await eva_buys(house, 7)
    bob = replace(EVA, name="Bob")
    _, his = await eva_buys(house, 8, bob)
    matches = await engine.looking.matches(await engine.vault.find_email(EVA.email))
    assert sorted((each.contact.name, each.orders) for each in matches) == [("Bob", 1), (EVA.name, 1)]
    eva = next(each.person for each in matches if each.contact == EVA)
    assert isinstance(await engine.erasing.erase(BY, Chosen([eva])), Erased)
    await whole(house, hers)
    view = await engine.orders.one(house.sale.id, his)
    assert view is not None
    assert view.contact == bob


async def test_two_erasures_at_once_and_with_a_purchase_end_in_nobody(house: House) -> None:
    engine = house.engine
    buyer = await house.buyer_holding(9, ready=False)
    await engine.orders.change_cart(house.sale.id, buyer, CartChange(contact=EVA, key="tres tristes tigres"))
    people = await engine.vault.of_buyers([buyer])
    done = await asyncio.gather(
        engine.erasing.erase(BY, Chosen(people)),
        house.buy(buyer),
        engine.erasing.erase(BY, Chosen(people)),
        return_exceptions=True,
    )
    assert not [each for each in done if isinstance(each, BaseException)], done
    assert any(isinstance(each, Erased) for each in done)
    assert traces_in(await dumped(engine.db)) == []
    bought = done[1]
    if isinstance(bought, Bought):
        await whole(house, bought.order.id)
    else:
        assert bought == Refused(Code.CART_INCOMPLETE, bought.detail)  # she is to say again who she is


async def test_a_person_with_a_thousand_orders(house: House) -> None:
    engine = house.engine
    buyer, order = await eva_buys(house, 10)
    await engine.db.execute(
        """
        INSERT INTO orders
            (sale_id, id, cart_id, buyer_id, state, total, currency, code, person_id, paid_at, settled_at)
        SELECT sale_id, id || n, cart_id, buyer_id, state, total, currency, code || n, person_id, paid_at, now()
        FROM orders, generate_series(1, 1000) AS n WHERE id = $1
        """,
        order,
    )
    people = await engine.vault.of_buyers([buyer])
    (match,) = await engine.looking.matches(people)
    assert match.orders == 1001
    assert isinstance(await engine.erasing.erase(BY, Chosen(people)), Erased)
    assert traces_in(await dumped(engine.db)) == []


async def test_a_backup_that_is_put_back_brings_nobody_back(
    house: House, settings: Settings, stores: EmbeddedStores, database_url: str
) -> None:
    chosen, buyer, order, _ = await everything_of_eva(house)
    async with restored(stores, database_url) as backup:
        assert isinstance(await house.engine.erasing.erase(BY, chosen), Erased)
        older = settings.model_copy(update={"database_url": backup})
        for _ in range(2):
            async with Engine.open(older) as engine:
                assert await engine.vault.of_buyers([buyer]) == []
                assert traces_in(await dumped(engine.db)) == []
                await whole(House(engine, house.sale, house.organizer), order)
                assert await engine.db.fetchval("SELECT count(*) FROM erasure") == 1


@pytest.mark.parametrize("torn", [b"", b'{"id": "era_x", "peo'])
async def test_an_erasure_that_was_cut_after_the_list_is_finished(
    house: House, settings: Settings, torn: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = house.engine
    buyer, order = await eva_buys(house, 11)
    people = await engine.vault.of_buyers([buyer])
    with monkeypatch.context() as cut:

        async def dies(*_: object) -> None:
            raise ConnectionError

        cut.setattr(engine.erasing, "_carry_out", dies)
        with pytest.raises(ConnectionError):
            await engine.erasing.erase(BY, Chosen(people))
    (path,) = settings.erasures_dir.iterdir() if settings.erasures_dir else ()
    with path.open("ab") as file:
        file.write(torn)
    async with Engine.open(settings) as after:
        assert traces_in(await dumped(after.db)) == []
        await whole(House(after, house.sale, house.organizer), order)
        # Whatever comes after a torn line is read.
        eva = await eva_buys(House(after, house.sale, house.organizer), 12)
        assert isinstance(await after.erasing.erase(BY, Chosen(await after.vault.of_buyers([eva[0]]))), Erased)
    assert len(path.read_bytes().split()) >= 2
    async with Engine.open(settings) as later:
        assert await later.db.fetchval("SELECT count(*) FROM erasure") == 2


async def test_redis_is_cleared_by_a_worker_when_it_was_away(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = house.engine
    chosen, buyer, _, _ = await everything_of_eva(house)
    with monkeypatch.context() as cut:

        async def away(*_: object) -> None:
            raise ConnectionError

        cut.setattr(engine.follower, "forget", away)
        with pytest.raises(ConnectionError):
            await engine.erasing.erase(BY, chosen)
    assert traces_in(await dumped(engine.db)) == []
    assert await engine.erasing.due_s() == 0
    assert await engine.erasing.step() == 1
    assert await engine.redis.hget(engine.follower.audience.keys.buyers(buyer), buyer) is None
    assert await engine.erasing.due_s() is None


async def test_another_hosts_list_becomes_whole(house: House, settings: Settings) -> None:
    engine = house.engine
    buyer, _ = await eva_buys(house, 13)
    assert isinstance(await engine.erasing.erase(BY, Chosen(await engine.vault.of_buyers([buyer]))), Erased)
    assert settings.erasures_dir is not None
    elsewhere = settings.model_copy(update={"erasures_dir": settings.erasures_dir / "elsewhere"})
    async with Engine.open(elsewhere) as other:
        for _ in range(2):
            await other.erasing.step()
    (here,) = (each for each in settings.erasures_dir.iterdir() if each.is_file())
    (there,) = elsewhere.erasures_dir.iterdir() if elsewhere.erasures_dir else ()
    assert there.read_bytes().split() == here.read_bytes().split()
    assert oct(there.stat().st_mode & 0o777) == "0o600"


async def test_the_last_owner_is_not_erased_and_nothing_is_lost(house: House) -> None:
    engine = house.engine
    async with engine.db.acquire() as connection, connection.transaction():
        account = await engine.accounts.make(connection, EVA.email, name=EVA.name)
        await connection.execute(
            "INSERT INTO member (organizer_id, account_id) VALUES ($1, $2)", house.organizer, account
        )
        await connection.execute(
            "INSERT INTO role_grant (id, organizer_id, account_id, role, granted_by)"
            " VALUES ('g', $1, $2, 'owner', 'x')",
            house.organizer,
            account,
        )
    buyer, _ = await eva_buys(house, 14)
    people = await engine.vault.of_buyers([buyer])
    refused = await engine.erasing.erase(BY, Chosen(people, [account]))
    assert isinstance(refused, Refused)
    assert refused.code is Code.LAST_OWNER
    assert await engine.vault.contacts(people) == {people[0]: EVA}
    assert await engine.db.fetchval("SELECT closed_at IS NULL FROM account WHERE id = $1", account)


async def test_nobody_erases_before_everything_lies_in_the_vault(house: House) -> None:
    engine = house.engine
    buyer, _ = await eva_buys(house, 15)
    people = await engine.vault.of_buyers([buyer])
    await engine.db.execute("UPDATE cart SET contact = $1, person_id = NULL", EVA.wire())
    refused = await engine.erasing.erase(BY, Chosen(people))
    assert isinstance(refused, Refused)
    assert refused.code is Code.CONFLICT
    while await engine.moving.step():
        pass
    assert isinstance(await engine.erasing.erase(BY, Chosen(await engine.vault.of_buyers([buyer]))), Erased)
    assert traces_in(await dumped(engine.db)) == []
