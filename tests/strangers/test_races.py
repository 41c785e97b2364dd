"""Many at the same moment: one owner for each seat and unit, one effect of what is asked five times."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.strangers.client import Client
from tests.strangers.picture import FREE, SOLD
from tests.strangers.shop import (
    CALM_ROOM,
    KEY,
    a_buyer,
    an_id,
    at_once,
    card,
    items_of,
    make_sale,
    orders_of,
    ready_to_pay,
    seen_once,
    units_of,
)
from tests.strangers.socket_client import FORMATS, LiveSocket, Message

NewClient = Callable[[], Client]
BUYERS = 24
SEATS = 10
UNITS = 6
GIVES_UP = {"seat_taken", "short", "none_together", "over_maximum"}


async def shopped(socket: LiveSocket, sale: str, dice: random.Random) -> Message | None:
    """Try seats and units, in an order of one's own, until something is bought or nothing is left."""
    wishes: list[dict[str, Any]] = [{"seats": [seat]} for seat in dice.sample(range(SEATS), SEATS)]
    wishes += [{"best": {"seats": 1}}, {"pool": {"pool": "floor", "units": 1}}]
    for wish in wishes:
        answer = await socket.settled("hold", sale=sale, hold=an_id("hold"), **wish)
        if "ok" in answer:
            break
        assert answer["error"]["code"] in GIVES_UP, answer
    else:
        return None
    await socket.ok("change", sale=sale, contact={"name": "Ada", "email": "ada@example.org"}, key=KEY)
    order: Message = (await socket.ok("checkout", sale=sale, order=an_id("order"), card=card()))["order"]
    return order


async def test_each_seat_and_unit_is_sold_once(organizer: Client, client: NewClient, dice: random.Random) -> None:
    sale = await make_sale(
        organizer,
        room=CALM_ROOM,
        sections={"stalls": {"rows": 1, "seats": SEATS, "price": 10}},
        pools={"floor": {"capacity": UNITS, "price": 5}},
    )
    sockets = await at_once(*(a_buyer(client(), sale, FORMATS[number % 2]) for number in range(BUYERS)))
    orders = await at_once(*(shopped(socket, sale, random.Random(dice.random())) for socket in sockets))
    paid = [order for order in orders if order is not None]
    assert all(order["state"] == "paid" and len(order["tickets"]) == 1 for order in paid), paid
    assert sorted(items_of(paid)) == sorted(f"seat:{seat}" for seat in range(SEATS))
    assert units_of(paid, "floor") == UNITS
    await seen_once(organizer, sale, lambda seen: seen == {"seats": [SOLD] * SEATS, "pools": {"floor": 0}})
    told = await orders_of(organizer, sale)
    assert sorted(order["id"] for order in told) == sorted(order["id"] for order in paid)


async def four_sockets(one: Client) -> list[LiveSocket]:
    """Two sockets of each subprotocol, all of the same buyer."""
    return [await one.socket(FORMATS[number % 2]) for number in range(4)]


async def over_http(one: Client, method: str, path: str, body: Any) -> Message:
    answer = await one.ask(method, path, body)
    return {"ok": answer.body} if answer.code is None else {"error": answer.body}


async def five_times(one: Client, do: str, path: str, sale: str, **fields: Any) -> list[Message]:
    """The same ask over four sockets and HTTP at once."""
    sockets = await four_sockets(one)
    return await at_once(
        *(socket.ask(do, sale=sale, **fields) for socket in sockets),
        over_http(one, "POST", f"/api/sales/{sale}/{path}", fields),
    )


def of_one_effect(answers: list[Message]) -> list[Any]:
    """All were answered well, and one of them alone says that it was the first."""
    assert all("ok" in answer for answer in answers), answers
    done = [answer["ok"] for answer in answers]
    assert Counter(each["again"] for each in done) == {False: 1, True: len(done) - 1}, done
    return done


@pytest.mark.parametrize("room", [CALM_ROOM, {**CALM_ROOM, "shoppers": 1}])
async def test_five_joins_at_once_take_one_place(organizer: Client, client: NewClient, room: dict[str, int]) -> None:
    sale = await make_sale(organizer, room=room)
    one = client()
    await one.become_buyer()
    places = of_one_effect(await five_times(one, "join", "places", sale))
    assert len({(place["number"], place["token"]) for place in places}) == 1, places
    assert (await organizer.ok("GET", f"/api/sales/{sale}/room"))["tail"] == 1


async def test_five_holds_at_once_hold_once(organizer: Client, client: NewClient, dice: random.Random) -> None:
    sale = await make_sale(organizer)
    wishes = ({"seats": [dice.randrange(40)]}, {"best": {"seats": 2}}, {"pool": {"pool": "floor", "units": 2}})
    seats: set[int] = set()
    units: list[int] = []
    for wish in wishes:
        one = client()
        await a_buyer(one, sale)
        held = of_one_effect(await five_times(one, "hold", "carts/mine/holds", sale, hold=an_id("hold"), **wish))
        assert len({(str(each["seats"]), str(each["units"])) for each in held}) == 1, held
        seats.update(held[0]["seats"])
        units.append(held[0]["units"].get("floor", 0))
        await seen_once(
            organizer,
            sale,
            lambda seen: (40 - seen["seats"].count(FREE), 30 - seen["pools"]["floor"]) == (len(seats), sum(units)),
        )


async def test_five_releases_at_once_release_once(organizer: Client, client: NewClient) -> None:
    sale = await make_sale(organizer)
    one = client()
    socket = await a_buyer(one, sale)
    await socket.ok("hold", sale=sale, hold="h", best={"seats": 3})
    release = an_id("release")
    released = of_one_effect(await five_times(one, "release", "carts/mine/releases", sale, release=release))
    assert {len(each["seats"]) for each in released} == {3}, released
    await seen_once(organizer, sale, lambda seen: seen["seats"] == [FREE] * 40)


async def test_five_checkouts_at_once_buy_once(organizer: Client, client: NewClient) -> None:
    sale = await make_sale(organizer)
    one = client()
    await ready_to_pay(await a_buyer(one, sale), sale, best={"seats": 2})
    fields = {"order": an_id("order"), "card": card()}
    done = of_one_effect(await five_times(one, "checkout", "carts/mine/orders", sale, **fields))
    assert {(each["order"]["id"], each["order"]["state"]) for each in done} == {(done[0]["order"]["id"], "paid")}
    (order,) = await orders_of(organizer, sale)
    assert (order["total"], len(order["lines"])) == (9000, 2)


async def test_four_orders_of_one_cart_buy_once(organizer: Client, client: NewClient) -> None:
    """Four ids for the same cart: one is paid, and no other charges anything."""
    sale = await make_sale(organizer)
    one = client()
    await ready_to_pay(await a_buyer(one, sale), sale, best={"seats": 2})
    sockets = await four_sockets(one)
    answers = await at_once(
        *(socket.ask("checkout", sale=sale, order=an_id("order"), card=card()) for socket in sockets)
    )
    paid = [answer["ok"]["order"] for answer in answers if "ok" in answer]
    refusals = {answer["error"]["code"] for answer in answers if "error" in answer}
    assert len(paid) == 1, answers
    assert refusals <= {"cart_locked", "cart_ended", "no_cart"}, answers
    assert [order["id"] for order in await orders_of(organizer, sale) if order["state"] == "paid"] == [paid[0]["id"]]


async def test_the_maximum_holds_however_many_tabs(organizer: Client, client: NewClient) -> None:
    sale = await make_sale(organizer, person_max=3)
    one = client()
    await a_buyer(one, sale)
    sockets = await four_sockets(one)
    answers = await at_once(
        *(
            socket.ask("hold", sale=sale, hold=an_id("hold"), **wish)
            for socket in sockets
            for wish in ({"best": {"seats": 2}}, {"pool": {"pool": "floor", "units": 1}})
        )
    )
    refused = {answer["error"]["code"] for answer in answers if "error" in answer}
    assert refused == {"over_maximum"}, answers
    cart = await sockets[0].ok("cart", sale=sale)
    assert sum(item.get("units", 1) for item in cart["items"]) == 3, cart
