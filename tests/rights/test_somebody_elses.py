"""An account is told nothing of what may be somebody else's, whoever used its browsers, inbox or address."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from engine.accounts import Browser
from engine.audit import BY_ITSELF
from engine.contacts import ProofAsk, Purpose
from engine.engine import Engine
from engine.messages import Letter
from engine.orders import Bought, CartChange, Contact
from engine.people import PersonChange, Point, Position, Subscription
from engine.refusals import Refused
from engine.rights import Chosen
from tests.orders.house import House
from tests.rights.test_erasing import EVA, eva_buys
from tests.rights.test_known import sections

ANA = Contact("Ana Prieto", "ana.prieto@example.org", "+34600000001")
BOB = Contact("Bob Sands", "bob.sands@example.org", "+34600000002")
LINK = "https://a.example/x"


async def account_of(engine: Engine, email: str, *buyers: str) -> str:
    async with engine.db.acquire() as connection, connection.transaction():
        account = await engine.accounts.make(connection, email, name="Somebody")
    assert account is not None
    for buyer in buyers:
        assert await engine.accounts.buyers.link(account, buyer, Browser()) is None
    return account


async def written(engine: Engine, key: str, template: str, to: str) -> None:
    async with engine.db.acquire() as connection, connection.transaction():
        letter = Letter(key, template, to, "es", {"link": LINK, "code": "X", "name": "y"})
        assert await engine.letterbox.write(connection, letter)


async def shown(engine: Engine, account: str) -> dict[str, list[dict[str, Any]]]:
    return sections(await engine.known(BY_ITSELF, Chosen([], [account])))


def nothing_of(contact: Contact, found: object) -> None:
    text = str(found).lower()
    for part in (*contact.name.split(), contact.email, contact.phone):
        assert part.lower() not in text


async def wants_offers(engine: Engine, buyer: str, contact: Contact, organizer: str) -> int:
    """Somebody says at this browser who and where they are, and that they want offers."""
    position = Position(Point(40.4, -3.7), 10, int(time.time()))
    change = PersonChange("Europe/Madrid", "es", *contact.wire().values(), True, position=position)
    number = await engine.persons.put(buyer, change, Subscription(organizer, True, "Yes, write to me"))
    assert isinstance(number, int)
    return number


async def buys_too(house: House, buyer: str, contact: Contact) -> str:
    """A browser is used once more, with this name; the order."""
    await house.fill(buyer, (), {"floor": 1}, ready=False)
    change = CartChange(contact=contact, key="tres tristes tigres")
    assert not isinstance(await house.engine.orders.change_cart(house.sale.id, buyer, change), Refused)
    bought = await house.buy(buyer, order="two")
    assert isinstance(bought, Bought), bought
    return bought.order.id


async def test_two_people_on_one_browser(house: House) -> None:
    """Ana links the browser at which Bob bought too: the order is the browser's, his name and address are his."""
    engine = house.engine
    buyer, _ = await eva_buys(house, 3, ANA)
    his = await buys_too(house, buyer, BOB)
    (person,) = await engine.vault.find_email(BOB.email)
    await written(engine, f"order:{his}:confirmed", "order_key_changed", BOB.email)
    await written(engine, "reset:other", "reset", BOB.email)
    await wants_offers(engine, buyer, BOB, house.organizer)
    account = await account_of(engine, ANA.email, buyer)
    found = await shown(engine, account)
    nothing_of(BOB, found)
    assert [row["name"] for row in found["names"]] == [ANA.name]
    assert [row["card_last4"] for row in found["orders"]] == ["4242", None], "nor his card"
    assert [row["total"] for row in found["orders"]] == [4500, 2000]
    assert len(found["carts"]) == 1
    assert not {"profile", "relations", "preferences", "offers"} & set(found)
    assert [row["about"] for row in found["messages"]].count("reset") == 0
    assert [row["about"] for row in found["messages"]].count("order_key_changed") == 1
    # An operator who names both chose both.
    both = sections(await engine.known(BY_ITSELF, Chosen([person], [account])))
    assert {row["name"] for row in both["names"]} == {ANA.name, BOB.name}
    assert "reset" in {row["about"] for row in both["messages"]}


@pytest.mark.parametrize("confirmed", [False, True])
async def test_a_profile_with_another_address_is_shown_once_it_was_confirmed_there(
    house: House, *, confirmed: bool
) -> None:
    engine = house.engine
    buyer, _ = await eva_buys(house, 3, ANA)
    number = await wants_offers(engine, buyer, replace(ANA, email="other@example.org"), house.organizer)
    if confirmed:
        async with engine.db.acquire() as connection, connection.transaction():
            await engine.persons.vouch(connection, number, "email")
    found = await shown(engine, await account_of(engine, ANA.email, buyer))
    assert ({"profile", "relations"} <= set(found)) is confirmed
    assert "other@example.org" not in str(found), "a name is only shown with the account's own address"


async def test_who_types_an_address_is_told_nothing_of_what_was_sent_there(house: House) -> None:
    """A liar buys with Eva's address at a browser of their own, wants offers in her name, and exports."""
    engine = house.engine
    liar, order = await eva_buys(house, 5)
    await wants_offers(engine, liar, EVA, house.organizer)
    eva, _ = await eva_buys(house, 6)
    number = await wants_offers(engine, eva, EVA, house.organizer)
    await engine.contacts.ask(ProofAsk(Purpose.OFFERS, "email", EVA.email, eva, "es", "192.0.2.1"))
    await engine.persons.unsubscribe(number)
    await written(engine, "reset:eva", "reset", EVA.email)
    await written(engine, "order:somebody-elses:confirmed", "reset", EVA.email)
    await written(engine, f"order:{order}:confirmed", "order_key_changed", EVA.email)
    found = await shown(engine, await account_of(engine, "liar@example.org", liar))
    assert set(found) == {"account", "orders", "messages"}
    assert [row["about"] for row in found["messages"]] == ["order_key_changed"]
    nothing_of(EVA, found)
    hers = await shown(engine, await account_of(engine, EVA.email, eva))
    assert {"profile", "confirmations", "nothing is sent", "names"} <= set(hers)


async def test_a_shared_inbox(house: House) -> None:
    """Bob buys at his own browser with the inbox that Ana's account has: what he bought and said is his."""
    engine = house.engine
    ana, _ = await eva_buys(house, 3, ANA)
    bob, _ = await eva_buys(house, 4, replace(BOB, email=ANA.email))
    await wants_offers(engine, bob, replace(BOB, email=ANA.email), house.organizer)
    found = await shown(engine, await account_of(engine, ANA.email, ana))
    assert [row["name"] for row in found["names"]] == [ANA.name]
    assert len(found["orders"]) == len(found["carts"]) == 1
    assert not {"profile", "relations"} & set(found)
    for word in (*BOB.name.split(), BOB.phone):
        assert word not in str(found)


async def test_a_cart_without_a_name_is_the_browsers(house: House) -> None:
    engine = house.engine
    buyer = await house.buyer_holding(3, ready=False)
    account = await account_of(engine, ANA.email, buyer)
    changed = await engine.orders.change_cart(house.sale.id, buyer, CartChange(key="tres tristes tigres"))
    assert changed
    assert len((await shown(engine, account))["carts"]) == 1
    await engine.orders.change_cart(house.sale.id, buyer, CartChange(contact=BOB))
    assert "carts" not in await shown(engine, account)
    await engine.orders.change_cart(house.sale.id, buyer, CartChange(contact=ANA))
    assert len((await shown(engine, account))["carts"]) == 1


async def test_a_closed_account_has_no_address_of_its_own(house: House) -> None:
    engine = house.engine
    buyer, _ = await eva_buys(house, 3, ANA)
    account = await account_of(engine, ANA.email, buyer)
    await engine.db.execute("UPDATE account SET closed_at = now() WHERE id = $1", account)
    assert "names" not in await shown(engine, account)
