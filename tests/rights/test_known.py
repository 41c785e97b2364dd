"""What is known of somebody: all of it for themselves, their part for organizers, nothing of anybody else."""

from __future__ import annotations

import time
from typing import Any

import orjson

from engine.access import ApiKeys
from engine.accounts import Browser
from engine.audit import BY_ITSELF, Act
from engine.engine import Engine
from engine.messages import Letter
from engine.people import PersonChange, Point, Position, Subscription, take_people
from engine.refusals import Code, Refused, accept
from engine.rights import Chosen, Erased, Export
from server.contract.known import known_shape
from tests.orders.house import House
from tests.rights.test_erasing import EVA, eva_buys, everything_of_eva, traces_in

LINK = "https://a.example/x"


def sections(known: Export | Refused) -> dict[str, list[dict[str, Any]]]:
    return {section["name"]: section["rows"] for section in known_shape(accept(known))["sections"]}


async def test_everything_of_somebody_is_known_to_themselves(house: House) -> None:
    engine = house.engine
    chosen, buyer, order, _ = await everything_of_eva(house)
    (bought_by, *_) = await engine.vault.find_email(EVA.email, house.organizer)
    assert isinstance(await engine.notes.add(Act(house.organizer, "ana"), bought_by, "Rings before a visit"), str)
    known = await engine.known(BY_ITSELF, chosen)
    found = sections(known)
    assert set(found) == {
        *("names", "profile", "relations", "notes", "messages", "confirmations", "account", "orders", "carts"),
    }
    (noted,) = found["notes"]
    assert (noted["text"], "author" in noted) == ("Rings before a visit", False)
    assert await engine.accounts.buyers.link(chosen.accounts[0], buyer, Browser()) is None
    assert sections(await engine.known(BY_ITSELF, Chosen([], chosen.accounts)))["notes"] == [noted]
    assert {row["email"] for row in found["names"]} == {EVA.email}
    (bought,) = found["orders"]
    assert bought["organizer"] == house.organizer
    assert [line["ticket"] for line in bought["lines"]] == [
        row["id"] for row in await engine.db.fetch("SELECT id FROM ticket WHERE order_id = $1", order)
    ]
    (relation, _) = sorted(found["relations"], key=lambda row: row["reference"] or "")
    assert (relation["consent"], relation["consent_wording"]) == (True, "Yes, write to me")
    assert found["account"][0]["email"] == EVA.email
    assert {row["about"] for row in found["messages"]} >= {"reset"}
    (act, _) = await engine.db.fetch("SELECT subject FROM audit WHERE act = 'person.export' ORDER BY id")
    assert act["subject"] == chosen.accounts[0]
    text = orjson.dumps(known_shape(accept(known))).decode()
    secrets = await engine.db.fetch(
        "SELECT encode(data_key, 'hex') AS key, encode(email_mark, 'hex') AS mark FROM vault_person"
    )
    assert not any(secret in text for row in secrets for secret in row.values() if secret)
    assert "sealed" not in text


async def test_an_organizer_knows_its_own_part(house: House) -> None:
    engine = house.engine
    chosen, *_ = await everything_of_eva(house)
    neighbour = await ApiKeys(engine.db).create_organizer("A neighbour")
    line = {"reference": "their-own-number", "name": EVA.name, "email": EVA.email, "zone": "UTC"}
    await take_people(engine.db, engine.vault, [line], Act(neighbour, "luis"))
    mine = [each for each in chosen.people if each in await engine.vault.find_email(EVA.email, house.organizer)]
    found = sections(await engine.known(Act(house.organizer, "ana"), Chosen(mine)))
    assert not {"profile", "account", "logins", "browsers", "confirmations"} & set(found)
    assert {row["organizer"] for rows in found.values() for row in rows} == {house.organizer}
    assert "their-own-number" not in str(found)
    before = await engine.db.fetchval("SELECT count(*) FROM audit WHERE act = 'person.export'")
    assert await engine.known(Act(neighbour, "luis"), Chosen(mine)) == Refused(Code.NOT_FOUND), "not theirs"
    assert await engine.db.fetchval("SELECT count(*) FROM audit WHERE act = 'person.export'") == before


async def test_who_shares_a_browser_or_an_inbox_is_not_told(house: House) -> None:
    engine = house.engine
    buyer, _ = await eva_buys(house, 3)
    bob = engine.vault.filed(type(EVA)("Bob Sands", EVA.email, ""), house.organizer, buyer)
    async with engine.db.acquire() as connection, connection.transaction():
        (other,) = await engine.vault.put(connection, [bob])
    (eva,) = [each for each in await engine.vault.find_email(EVA.email) if each != other]
    assert "Bob" not in str(sections(await engine.known(BY_ITSELF, Chosen([eva]))))
    known = sections(await engine.known(BY_ITSELF, Chosen([other])))
    assert "orders" not in known, "Bob bought nothing"
    assert EVA.name not in str(known)


async def test_an_account_is_told_of_all_its_browsers_and_erases_all_of_them(house: House) -> None:
    engine = house.engine
    buyer, order = await eva_buys(house, 3)
    async with engine.db.acquire() as connection, connection.transaction():
        account = await engine.accounts.make(connection, EVA.email, name="Eva")
    browser = Browser("Firefox", None)
    assert await engine.accounts.buyers.link(account, buyer, browser) is None
    quiet = "a-browser-that-said-no-name"
    position = Position(Point(40.4, -3.7), 10, int(time.time()))
    change = PersonChange(zone="Europe/Madrid", consent=True, position=position)
    assert isinstance(await engine.persons.put(quiet, change, Subscription(house.organizer, True, "Yes")), int)
    assert await engine.accounts.buyers.link(account, quiet, browser) is None
    found = sections(await engine.known(BY_ITSELF, Chosen([], [account])))
    assert [row["code"] for row in found["orders"]] == [
        await engine.db.fetchval("SELECT code FROM orders WHERE id = $1", order)
    ]
    assert {row["name"] for row in found["names"]} == {EVA.name}
    assert found["profile"][0]["zone"] == "Europe/Madrid"
    done = await engine.erasing.erase(BY_ITSELF, Chosen([], [account]))
    assert isinstance(done, Erased)
    assert (done.people, done.kept) == (1, 1)
    assert await engine.persons.read(quiet) is None
    assert await engine.known(BY_ITSELF, Chosen(await engine.vault.of_buyers([buyer]))) == Refused(Code.NOT_FOUND)
    left = sections(await engine.known(BY_ITSELF, Chosen([], [account])))
    assert left == {}, "a closed account is nobody's"
    rows = await engine.db.fetch("SELECT sealed FROM message")
    assert [row["sealed"] for row in rows if row["sealed"]] == [], "nor is the letter that says it is closed kept"


async def test_a_person_with_a_thousand_orders_gets_them_all(house: House) -> None:
    engine = house.engine
    await eva_buys(house, 3)
    (eva,) = await engine.vault.find_email(EVA.email)
    await engine.db.execute(
        "INSERT INTO orders (sale_id, id, cart_id, buyer_id, state, total, currency, code, person_id)"
        " SELECT sale_id, id || n, cart_id, buyer_id, 'void', 0, currency, code || n, person_id"
        " FROM orders, generate_series(1, 1000) n"
    )
    found = sections(await engine.known(BY_ITSELF, Chosen([eva])))
    assert len(found["orders"]) == 1_001


async def test_who_types_anothers_address_learns_and_undoes_nothing(house: House) -> None:
    """A stranger buys with Eva's address, has an account of their own, and asks for everything, then erases it."""
    engine = house.engine
    await everything_of_eva(house)
    liar, order = await eva_buys(house, 5)
    async with engine.db.acquire() as connection, connection.transaction():
        account = await engine.accounts.make(connection, "liar@example.org", name="Liar")
        assert await engine.letterbox.write(connection, Letter("reset:2", "reset", EVA.email, "es", {"link": LINK}))
        about = Letter(f"order:{order}:confirmed", "order_key_changed", EVA.email, "es", {"link": LINK, "code": "X"})
        assert await engine.letterbox.write(connection, about)
    assert await engine.accounts.buyers.link(account, liar, Browser()) is None
    (typed,) = await engine.vault.of_buyers([liar])
    assert isinstance(await engine.notes.add(Act(house.organizer, "ana"), typed, "Rings before a visit"), str)
    found = sections(await engine.known(BY_ITSELF, Chosen([], [account])))
    assert set(found) == {"account", "orders", "messages"}, "what is hers is not theirs"
    assert [row["about"] for row in found["messages"]] == ["order_key_changed"], "but their own order is"
    assert not traces_in(str(found).lower()), "not even as they typed it"
    assert "notes" in sections(await engine.known(BY_ITSELF, Chosen([typed])))
    before = await hers(engine)
    assert isinstance(await engine.erasing.erase(BY_ITSELF, Chosen([], [account])), Erased)
    assert await hers(engine) == before
    kept = await engine.db.fetchval("SELECT sealed IS NOT NULL FROM message WHERE key = $1", about.key)
    assert kept is False, "but what was written about their order is forgotten"


async def hers(engine: Engine) -> list[Any]:
    messages = await engine.db.fetch("SELECT key, state, sealed FROM message WHERE key LIKE 'reset:%' ORDER BY key")
    proofs = await engine.db.fetch("SELECT id FROM contact_proof ORDER BY id")
    people = await engine.db.fetch("SELECT number, consent FROM profile ORDER BY number")
    return [[tuple(row) for row in rows] for rows in (messages, proofs, people)]
