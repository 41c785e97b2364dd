"""Whatever was asked may be asked again with its id: over another socket, over HTTP, after the answer was lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.strangers.client import Client
from tests.strangers.picture import FREE, HELD
from tests.strangers.shop import (
    CALM_ROOM,
    CONTACT,
    KEY,
    a_buyer,
    a_sale,
    an_id,
    card,
    look,
    make_sale,
    orders_of,
    ready_to_pay,
    seen_once,
)
from tests.strangers.socket_client import FORMATS, LiveSocket, Message

NewClient = Callable[[], Client]
CHANGING = {"now_ms", "cart", "again", "deadline_at_ms"}


def lasting(answer: Message) -> Message:
    """An answer without what time alone changes."""
    return {key: value for key, value in answer.items() if key not in CHANGING}


async def said_again(one: Client, do: str, path: str, sale: str, first: Message, **fields: Any) -> None:
    """The same ask from each kind of end: the same answer, marked as a repeat."""
    for subprotocol in FORMATS:
        socket = await one.socket(subprotocol)
        again = await socket.ok(do, sale=sale, **fields)
        assert (again["again"], lasting(again)) == (True, lasting(first)), (do, again, first)
    again = await one.ok("POST", f"/api/sales/{sale}/{path}", fields)
    assert (again["again"], lasting(again)) == (True, lasting(first)), (do, again, first)


async def test_a_join_again_is_the_same_place(organizer: Client, client: NewClient) -> None:
    sale = await make_sale(organizer, room=CALM_ROOM)
    one = client()
    await one.become_buyer()
    first = await (await one.socket()).ok("join", sale=sale)
    assert first["again"] is False
    await said_again(one, "join", "places", sale, first)
    await said_again(one, "join", "places", sale, first, place=first["token"])
    assert (await organizer.ok("GET", f"/api/sales/{sale}/room"))["tail"] == 1


async def test_enter_again_is_the_same_cart(organizer: Client, client: NewClient) -> None:
    sale = await make_sale(organizer, room=CALM_ROOM)
    one = client()
    socket = await a_buyer(one, sale)
    first = await socket.ok("enter", sale=sale)
    other = await (await one.socket(FORMATS[1])).ok("enter", sale=sale)
    over_http = await one.ok("POST", f"/api/sales/{sale}/carts", {})
    assert {(cart["id"], cart["deadline_at_ms"]) for cart in (first, other, over_http)} == {
        (first["id"], first["deadline_at_ms"])
    }
    assert (await organizer.ok("GET", f"/api/sales/{sale}/room"))["shopping"] == 1


@pytest.mark.parametrize(
    "wish", [{"seats": [3, 5]}, {"best": {"seats": 2}}, {"pool": {"pool": "floor", "units": 2}}], ids=str
)
async def test_a_hold_again_holds_nothing_more(organizer: Client, client: NewClient, wish: Message) -> None:
    sale = await make_sale(organizer)
    one = client()
    socket = await a_buyer(one, sale)
    hold = an_id("hold")
    first = await socket.ok("hold", sale=sale, hold=hold, **wish)

    def only_that_is_held(seen: dict[str, Any]) -> bool:
        held = [seat for seat, state in enumerate(seen["seats"]) if state != FREE]
        return (held, 30 - seen["pools"]["floor"]) == (sorted(first["seats"]), first["units"].get("floor", 0))

    before = await seen_once(organizer, sale, only_that_is_held)
    await said_again(one, "hold", "carts/mine/holds", sale, first, hold=hold, **wish)
    for other in ({"seats": [9]}, {"best": {"seats": 3}}, {"pool": {"pool": "floor", "units": 1}}):
        assert (await socket.refused("hold", sale=sale, hold=hold, **other))["code"] == "conflict"
    assert await look(organizer, sale) == before


async def test_a_release_again_releases_nothing_more(organizer: Client, client: NewClient) -> None:
    sale = await make_sale(organizer)
    one = client()
    socket = await a_buyer(one, sale)
    await socket.ok("hold", sale=sale, hold="seats", seats=[1, 2, 3])
    await socket.ok("hold", sale=sale, hold="units", pool={"pool": "floor", "units": 3})
    fields = {"release": an_id("release"), "seats": [2], "units": {"floor": 1}}
    first = await socket.ok("release", sale=sale, **fields)
    assert (first["seats"], first["units"]) == ([2], {"floor": 1}), first
    await seen_once(organizer, sale, lambda seen: seen["seats"][1:4] == [HELD, FREE, HELD])
    await said_again(one, "release", "carts/mine/releases", sale, first, **fields)
    assert (await socket.refused("release", sale=sale, release=fields["release"], seats=[3]))["code"] == "conflict"
    # The seat is free, also when somebody else holds it by now.
    other = await a_buyer(client(), sale)
    await other.ok("hold", sale=sale, hold="mine-now", seats=[2])
    await said_again(one, "release", "carts/mine/releases", sale, first, **fields)
    await seen_once(organizer, sale, lambda seen: seen["seats"][1:4] == [HELD, HELD, HELD])


async def test_a_checkout_again_buys_nothing_more(organizer: Client, client: NewClient) -> None:
    sale = await make_sale(organizer)
    one = client()
    socket = await a_buyer(one, sale)
    await ready_to_pay(socket, sale, best={"seats": 2})
    order = an_id("order")
    first = await socket.ok("checkout", sale=sale, order=order, card=card())
    assert (first["again"], first["order"]["state"]) == (False, "paid"), first
    await said_again(one, "checkout", "carts/mine/orders", sale, first, order=order, card=card())
    # A cart opened since then is none of this order's business.
    await socket.ok("join", sale=sale)
    await socket.ok("enter", sale=sale)
    held = await ready_to_pay(socket, sale, seats=[30])
    await said_again(one, "checkout", "carts/mine/orders", sale, first, order=order, card=card())
    cart = await socket.ok("cart", sale=sale)
    assert (cart["state"], [item["seat"] for item in cart["items"]]) == ("open", held["seats"]), cart
    assert [each["id"] for each in await orders_of(organizer, sale)] == [first["order"]["id"]]


async def test_an_order_id_is_its_buyers_own(organizer: Client, client: NewClient) -> None:
    """Two people who choose the same id buy twice; neither hears of the other."""
    sale = await make_sale(organizer)
    orders = []
    for _ in range(2):
        socket = await a_buyer(client(), sale)
        await ready_to_pay(socket, sale)
        answer = await socket.ok("checkout", sale=sale, order="order-1", card=card())
        assert answer["again"] is False
        orders.append(answer["order"])
    assert len({order["id"] for order in orders}) == len({order["code"] for order in orders}) == 2


async def lost_and_asked_again(one: Client, do: str, sale: str, **fields: Any) -> Message:
    """Ask, go away before the answer comes, and ask again on another socket."""
    socket = await one.socket()
    await socket.send({"id": "lost", "do": do, "sale": sale, **fields})
    await socket.drop()
    answer: Message = await (await one.socket(FORMATS[1])).ok(do, sale=sale, **fields)
    return answer


async def test_answers_that_were_lost(organizer: Client, client: NewClient) -> None:
    sale = await make_sale(organizer, room=CALM_ROOM)
    one = client()
    await one.become_buyer()
    place = await lost_and_asked_again(one, "join", sale)
    cart = await lost_and_asked_again(one, "enter", sale)
    held = await lost_and_asked_again(one, "hold", sale, hold="first", best={"seats": 3})
    released = await lost_and_asked_again(one, "release", sale, release="one", seats=held["seats"][:1])
    await lost_and_asked_again(one, "change", sale, contact=CONTACT, key=KEY)
    done = await lost_and_asked_again(one, "checkout", sale, order="all", card=card())
    assert (place["number"], cart["state"], len(held["seats"]), len(released["seats"])) == (0, "open", 3, 1)
    assert [line["seat"] for line in done["order"]["lines"]] == held["seats"][1:]
    assert len(await orders_of(organizer, sale)) == 1


Make = Callable[[Client], Awaitable[tuple[str, Any, Any]]]


async def a_venue(organizer: Client) -> tuple[str, Any, Any]:
    body = {"name": an_id("house"), "zone": "Europe/Madrid"}
    return "/api/venues", body, {**body, "zone": "Europe/Lisbon"}


async def an_event(organizer: Client) -> tuple[str, Any, Any]:
    body = {"event": "Jazz", "starts": "2037-03-01 20:30", "zone": "Europe/Madrid"}
    return "/api/events", body, {**body, "event": "Blues"}


async def a_new_sale(organizer: Client) -> tuple[str, Any, Any]:
    body = a_sale()
    del body["id"]
    return "/api/sales", body, {**body, "person_max": 3}


async def a_store(organizer: Client) -> tuple[str, Any, Any]:
    place = {"latitude": 40.4, "longitude": -3.7, "currency": "EUR"}
    body = {"store": an_id("store"), "zone": "Europe/Madrid", **place}
    return "/api/stores", body, {**body, "latitude": 41.0}


@pytest.mark.parametrize("make", [a_venue, an_event, a_new_sale, a_store])
async def test_what_is_made_with_a_key_is_made_once(organizer: Client, make: Make) -> None:
    path, body, other = await make(organizer)
    key = {"Idempotency-Key": an_id("key")}
    first = await organizer.ask("POST", path, body, headers=key)
    assert (first.status, "Idempotency-Replayed" in first.headers) == (201, False), first.raw
    again = await organizer.ask("POST", path, body, headers=key)
    assert (again.status, again.body, again.headers["Idempotency-Replayed"]) == (201, first.body, "true")
    assert await organizer.refused("POST", path, other, headers=key) == "conflict"


async def test_a_key_is_its_askers_own(organizer: Client, other_organizer: Client, client: NewClient) -> None:
    """The same Idempotency-Key in other hands, for other addresses, is another key."""
    path, body, _ = await a_venue(organizer)
    key = {"Idempotency-Key": "1"}
    mine = await organizer.ok("POST", path, body, headers=key)
    assert (await other_organizer.ok("POST", path, body, headers=key))["id"] != mine["id"]
    sale = await make_sale(organizer)
    carts = []
    for _ in range(2):
        one = client()
        await one.become_buyer()
        carts.append(await one.ok("POST", f"/api/sales/{sale}/carts", {}, headers=key))
    assert carts[0]["id"] != carts[1]["id"]


async def test_leaving_twice_is_leaving(organizer: Client, client: NewClient) -> None:
    sale = await make_sale(organizer, room=CALM_ROOM)
    one = client()
    socket: LiveSocket = await a_buyer(one, sale)
    await socket.ok("hold", sale=sale, hold="h", best={"seats": 2})
    for _ in range(2):
        assert await socket.ok("leave", sale=sale) == {}
    await one.ok("DELETE", f"/api/sales/{sale}/places/mine")
    await seen_once(organizer, sale, lambda seen: seen["seats"] == [FREE] * 40)
