"""Somebody corrects what they are called by themselves: their own people, and nobody else's."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from engine.accounts import Browser
from engine.audit import Act, Actor
from engine.engine import Engine
from engine.orders import CartChange
from engine.refusals import Code, Refused, accept
from engine.rights import Chosen, Erased
from engine.vault import Contact
from tests.eventually import until
from tests.orders.house import House
from tests.rights.test_at_once import Pause, somebody_waits
from tests.rights.test_erasing import dumped, eva_buys, traces_in
from tests.rights.test_somebody_elses import ANA, BOB, account_of, wants_offers

BY = Actor("ana")
NOBODY_THERE = Refused(Code.NOT_FOUND)
NAME, PHONE = "Anna Prieto Öztürk", "+34600000009"
NOW = Contact(NAME, ANA.email, PHONE)


async def person_of(engine: Engine, contact: Contact) -> str:
    (person,) = await engine.vault.find_name(contact.name)
    return person


async def corrects(engine: Engine, account: str, person: str) -> Contact | Refused:
    return await engine.correcting.correct_own(BY, account, person, name=NAME, phone=PHONE)


async def test_orders_and_searches_say_the_new_name(house: House) -> None:
    engine = house.engine
    buyer, order = await eva_buys(house, 3, ANA)
    account, person = await account_of(engine, ANA.email, buyer), await person_of(engine, ANA)
    assert await corrects(engine, account, person) == NOW
    view = await engine.orders.one(house.sale.id, order)
    assert view is not None
    assert view.contact == NOW
    assert await engine.vault.find_name("prieto ozturk") == [person]
    assert await engine.vault.find_phone(ANA.phone) == []
    acts = await engine.db.fetch("SELECT actor, subject, before, after FROM audit WHERE act = 'person.correct'")
    assert [tuple(act) for act in acts] == [("ana", person, None, None)]
    assert accept(await engine.correcting.correct_own(BY, account, person, name="Ana", phone=None)).phone == PHONE
    assert accept(await engine.correcting.correct_own(BY, account, person, name="Ana", phone="")).phone == ""


async def test_nobody_corrects_somebody_else(house: House) -> None:
    """Neither whose address was typed at the account's browser, nor who typed the account's address at theirs."""
    engine = house.engine
    buyer, _ = await eva_buys(house, 3, ANA)
    at_anas = engine.vault.filed(BOB, house.organizer, buyer)
    async with engine.db.acquire() as connection, connection.transaction():
        (bob,) = await engine.vault.put(connection, [at_anas])
    shares = replace(BOB, email=ANA.email, name="Bob Twice")
    await eva_buys(house, 4, shares)
    elsewhere = await person_of(engine, shares)
    account, liar = await account_of(engine, ANA.email, buyer), await account_of(engine, "liar@example.org")
    ana = await person_of(engine, ANA)
    for who, person in ((account, bob), (account, elsewhere), (liar, ana), (account, "prs_nobody"), ("acc_none", ana)):
        assert await corrects(engine, who, person) == NOBODY_THERE
    assert await engine.vault.contacts([ana, bob, elsewhere]) == {ana: ANA, bob: BOB, elsewhere: shares}
    assert await engine.db.fetchval("SELECT count(*) FROM audit WHERE act = 'person.correct'") == 0
    assert await engine.accounts.buyers.unlink(account, buyer, Browser())
    assert await corrects(engine, account, ana) == NOBODY_THERE, "no longer the account's"


async def test_a_number_of_a_profile_is_nobodys_until_it_is_confirmed_again(house: House) -> None:
    engine = house.engine
    buyer = await house.buyer_holding(3, ready=False)
    number = await wants_offers(engine, buyer, ANA, house.organizer)
    async with engine.db.acquire() as connection, connection.transaction():
        for channel in ("email", "sms"):
            await engine.persons.vouch(connection, number, channel)
    reached = (await engine.persons.addresses([number], house.organizer))[number]
    assert (reached["email"], reached["phone"]) == (ANA.email, ANA.phone)
    account, person = await account_of(engine, ANA.email, buyer), await person_of(engine, ANA)
    assert await corrects(engine, account, person) == NOW
    reached = (await engine.persons.addresses([number], house.organizer))[number]
    assert (reached["email"], reached["phone"]) == (ANA.email, None), "another number is nobody's yet"
    read = await engine.persons.read(buyer)
    assert read is not None
    assert (read["name"], read["phone"], read["phone_confirmed"]) == (NAME, PHONE, False)


async def test_what_tax_law_kept_stays(house: House) -> None:
    engine = house.engine
    buyer, _ = await eva_buys(house, 3, ANA)
    account, person = await account_of(engine, ANA.email, buyer), await person_of(engine, ANA)
    assert isinstance(await engine.erasing.erase(Act(house.organizer, "ana"), Chosen([person])), Erased)
    kept = await engine.db.fetchval("SELECT id FROM vault_person WHERE kept_of = $1", person)
    for each in (person, kept):
        assert await corrects(engine, account, each) == NOBODY_THERE
    (name,) = await engine.vault.kept([person])
    assert name.contact == Contact(ANA.name)


@pytest.mark.parametrize("first", ["erased", "corrected"])
async def test_who_is_erased_meanwhile_stays_erased(house: House, monkeypatch: pytest.MonkeyPatch, first: str) -> None:
    """The one waits for the other, whichever began: then nobody is there to be corrected, or the new name goes too."""
    engine = house.engine
    buyer, _ = await eva_buys(house, 3, ANA)
    account, person = await account_of(engine, ANA.email, buyer), await person_of(engine, ANA)
    pause = Pause(monkeypatch, engine.vault, "keep" if first == "erased" else "correct")
    doing = {
        "erased": lambda: engine.erasing.erase(Act(house.organizer, "ana"), Chosen([person])),
        "corrected": lambda: corrects(engine, account, person),
    }
    begun = asyncio.ensure_future(doing.pop(first)())
    await pause.reached.wait()
    other = asyncio.ensure_future(next(iter(doing.values()))())
    await until("the other waits", lambda: somebody_waits(engine.db))
    pause.go_on.set()
    results = {first: await begun, next(iter(doing)): await other}
    assert isinstance(results["erased"], Erased)
    assert results["corrected"] == (NOBODY_THERE if first == "erased" else NOW)
    assert await engine.vault.contacts([person]) == {}
    assert NAME.lower() not in await dumped(engine.db)
    assert traces_in(await dumped(engine.db)) == []


async def test_a_cart_that_is_filled_in_again_with_the_old_name_is_another_person(house: House) -> None:
    engine = house.engine
    buyer = await house.buyer_holding(3, ready=False)
    change = CartChange(contact=ANA, key="tres tristes tigres")
    assert not isinstance(await engine.orders.change_cart(house.sale.id, buyer, change), Refused)
    account, person = await account_of(engine, ANA.email, buyer), await person_of(engine, ANA)
    assert await corrects(engine, account, person) == NOW
    assert not isinstance(await engine.orders.change_cart(house.sale.id, buyer, change), Refused)
    assert await person_of(engine, ANA) != person
    assert await engine.vault.contacts([person]) == {person: NOW}
