"""Orders found by whatever somebody has of one: each way there, whose they are, and what nobody learns by trying."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.access import Permission, Role, Scope
from engine.audit import Act, Actor
from engine.onsale import Sale
from engine.rights import Chosen, Erased
from tests.server.conftest import MakeSale, Site, api
from tests.server.test_grants import member
from tests.server.test_order_records import key_for
from tests.server.test_purchase import CARD, KEY

FIND = "POST /api/organizer/orders/find"
ANA = {"name": "Ana María Núñez", "email": "Ana.Nunez@Example.org", "phone": "+34 600 123 456"}
OTHER = {"name": "Bea Ortiz", "email": "bea@example.org", "phone": ""}


async def bought(site: Site, sale: Sale, seat: int, contact: dict[str, str] = ANA, **more: Any) -> dict[str, Any]:
    client = await site.buyer()
    await client.ok("enter", sale=sale.id)
    await client.ok("hold", sale=sale.id, hold="h1", seats=[seat])
    await client.ok("change", sale=sale.id, contact=contact, key=KEY)
    card = {**CARD, **more}
    order: dict[str, Any] = (await client.ok("checkout", sale=sale.id, order="o-1", card=card))["order"]
    return order


async def found(site: Site, key: str, words: str, **more: Any) -> list[str]:
    answer = await api(site, FIND, key, {"words": words, **more})
    assert answer["more"] is False
    return [order["code"] for order in answer["items"]]


# Words by which the order of Ana is found; seats in a sale alone.
WAYS: dict[str, Callable[[dict[str, Any]], str]] = {
    "code": lambda order: order["code"],
    "code as somebody types it": lambda order: order["code"].replace("-", " ").lower(),
    "id": lambda order: order["id"],
    "ticket": lambda order: order["tickets"][0]["id"],
    "card": lambda _: "4242",
    "address": lambda _: "ana.nunez@example.org",
    "number": lambda _: "+34600123456",
    "name": lambda _: "núñez ana",
    "name without accents": lambda _: "ANA NUNEZ",
    "seat": lambda _: "A 4",
    "seat of a section": lambda _: "stalls a-4",
    "row and seat in one": lambda _: "a4",
}


async def test_an_order_is_found_by_all_that_is_of_it(site: Site, make_sale: MakeSale, key: str) -> None:
    sale = await make_sale()
    order = await bought(site, sale, 3)
    await bought(site, sale, 15, OTHER, number="4000 0000 0000 0150")
    for way, words in WAYS.items():
        assert await found(site, key, words(order), sale=sale.id) == [order["code"]], way
        if "seat" not in way:
            assert await found(site, key, words(order)) == [order["code"]], way
    for nothing in ("nobody at all", "Nún", "nunez@example.org", "9999", "Z 1", "%", order["code"][:-1]):
        assert await found(site, key, nothing, sale=sale.id) == [], nothing


async def test_the_newest_come_first_and_what_is_left_out_is_said(site: Site, sale: Sale, key: str) -> None:
    codes = [(await bought(site, sale, seat))["code"] for seat in (3, 4, 5)]
    answer = await api(site, FIND, key, {"words": "4242", "limit": 2})
    assert [order["code"] for order in answer["items"]] == codes[:0:-1]
    assert answer["more"] is True
    assert answer["events"] == {sale.id: "Jazz at the Corner"}


async def test_where_too_many_fit_to_look_at_it_is_said_to_whoever_may_know(
    site: Site, make_sale: MakeSale, key: str, organizer: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale, another = await make_sale(), await make_sale()
    await bought(site, sale, 3)
    await bought(site, another, 3)
    monkeypatch.setattr("engine.orders.finding.ORDERS_FOUND_MAX", 1)
    event = str(await site.engine.db.fetchval("SELECT event_id FROM sale WHERE id = $1", sale.id))
    colleague = await member(site, organizer, Role.BOX_OFFICE, Scope(frozenset({event})))
    for words in ("ana", "4242"):
        _, answer = await colleague.asks(FIND, {"words": words})
        assert (answer["items"], answer["more"]) == ([], True), "the newest is of another event"
    nameless = await key_for(site, organizer, Permission.ORDER_READ)
    assert await found(site, nameless, "ana") == [], "nothing is said of people"


async def test_they_are_narrowed(site: Site, make_sale: MakeSale, key: str) -> None:
    sale, another = await make_sale(), await make_sale()
    here, there = await bought(site, sale, 3), await bought(site, another, 3)
    assert await found(site, key, "ana") == [there["code"], here["code"]]
    assert await found(site, key, "ana", sale=sale.id) == [here["code"]]
    assert await found(site, key, there["code"], sale=sale.id) == []
    assert await found(site, key, "ana", state="failed") == []
    assert await found(site, key, "ana", state="paid", channel="online") == [there["code"], here["code"]]
    assert await found(site, key, "ana", channel="office") == []


async def test_a_neighbour_finds_nothing(site: Site, sale: Sale, key: str) -> None:
    order = await bought(site, sale, 3)
    other = await site.engine.access.create_organizer("A neighbour")
    neighbour = (await site.engine.access.create(other)).key
    for way, words in WAYS.items():
        for more in ({}, {"sale": sale.id}):
            assert await found(site, neighbour, words(order), **more) == [], way
    assert await found(site, key, order["code"]) == [order["code"]]


BY_PEOPLE = ("address", "number", "name", "name without accents")


async def test_nobody_who_may_not_read_names_finds_by_them(site: Site, sale: Sale, organizer: Act) -> None:
    order = await bought(site, sale, 3)
    key = await key_for(site, organizer, Permission.ORDER_READ)
    for way, words in WAYS.items():
        expected = [] if way in BY_PEOPLE else [order["code"]]
        assert await found(site, key, words(order), sale=sale.id) == expected, way
    answer = await api(site, FIND, key, {"words": order["code"]})
    assert ANA["email"] not in str(answer)
    assert ANA["name"] not in str(answer)
    await api(site, FIND, await key_for(site, organizer, Permission.SALE_READ), {"words": "4242"}, status=403)


async def test_a_member_finds_those_of_their_events_alone(site: Site, make_sale: MakeSale, organizer: Act) -> None:
    sale, another = await make_sale(), await make_sale()
    here, _ = await bought(site, sale, 3), await bought(site, another, 4)
    event = str(await site.engine.db.fetchval("SELECT event_id FROM sale WHERE id = $1", sale.id))
    colleague = await member(site, organizer, Role.BOX_OFFICE, Scope(frozenset({event})))
    for words in ("4242", "ana núñez", here["id"]):
        status, answer = await colleague.asks(FIND, {"words": words})
        assert (status, [order["code"] for order in answer["items"]]) == (200, [here["code"]]), words
        assert answer["items"][0]["contact"]["name"] == ANA["name"]


async def test_an_order_of_somebody_who_was_erased_is_found_by_the_rest(site: Site, sale: Sale, key: str) -> None:
    order = await bought(site, sale, 3)
    person = await site.engine.db.fetchval("SELECT person_id FROM orders WHERE code = $1", order["code"])
    assert await found(site, key, person) == [order["code"]]
    assert isinstance(await site.engine.erasing.erase(Actor("test"), Chosen((person,))), Erased)
    assert [await found(site, key, words) for words in (person, "ana", ANA["email"])] == [[], [], []]
    assert await found(site, key, order["code"]) == [order["code"]]


@pytest.mark.parametrize("body", [{}, {"words": ""}, {"words": "a" * 5_000}, {"words": "a", "state": "lost"}])
async def test_what_says_nothing_is_refused(site: Site, key: str, body: dict[str, Any]) -> None:
    assert (await api(site, FIND, key, body, status=422))["code"] == "invalid"
