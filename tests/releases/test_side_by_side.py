"""Whatever is begun at one release goes on at the other, while both run, and after the older one has gone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.promos.city import store
from tests.promos.world import NEAR
from tests.releases.beside import OTHER, A, B, Beside
from tests.strangers.client import Client
from tests.strangers.picture import FREE, TOPICS
from tests.strangers.shop import CONTACT, KEY, an_id, bought, card, look, make_sale, ready_to_pay
from tests.strangers.socket_client import LiveSocket, Message
from tests.strangers.test_resumes import Watcher, is_whole
from tests.strangers.waiting import until

NewClient = Callable[..., Client]
CHARGED_UNANSWERED = "4000000000000077"
KNOWN_LATER = "4000000000000093"
NOT_YET = {"payment_pending", "cart_locked", "not_your_turn"}
HERE = {"latitude": NEAR.latitude, "longitude": NEAR.longitude, "accuracy_m": 10.0}
ONE_AT_A_TIME = {"shoppers": 1, "per_second": 1000, "claim_seconds": 60}
ROUNDS = 6

pytestmark = [pytest.mark.history, pytest.mark.timeout(180)]
both_ways = pytest.mark.parametrize("first", [A, B])


async def final(socket: LiveSocket, do: str, **fields: object) -> Message:
    """The first answer that asking again doesn't change."""

    async def asked() -> Message | None:
        answer = await socket.ask(do, **fields)
        error: Message | None = answer.get("error")
        again = error is not None and (error["retryable"] or error["code"] in NOT_YET)
        return None if again else answer

    answer = await until(f"a final answer to {do}", asked)
    assert answer is not None, "waited for one"
    assert "ok" in answer, (do, fields, answer)
    told: Message = answer["ok"]
    return told


@dataclass
class House:
    """Two releases, and people who go to either."""

    beside: Beside
    client: NewClient

    def organizer(self, release: str) -> Client:
        return self.client(release, self.beside.key)

    async def person(self, first: str) -> tuple[LiveSocket, LiveSocket]:
        """A new buyer, who became one at `first`: a socket there and one at the other release."""
        one = self.client(first)
        await one.become_buyer()
        return await one.socket(), await self.client(OTHER[first], one.token).socket()

    async def shopper(self, first: str, sale: str) -> tuple[LiveSocket, LiveSocket]:
        """The same, with a cart that is open."""
        here, there = await self.person(first)
        await here.ok("join", sale=sale)
        await here.ok("enter", sale=sale)
        return here, there

    async def is_one_purchase(self, sale: str, order: Message) -> None:
        """One order, one charge, a ticket for each line."""
        assert order["state"] == "paid", order
        orders = await self.beside.query("SELECT id, state, total FROM orders WHERE sale_id = $1", sale)
        assert orders == [(order["id"], "paid", order["total"])]
        charges = "SELECT outcome, c.amount FROM sandbox_charge c JOIN orders o ON o.id = order_id WHERE o.sale_id = $1"
        assert await self.beside.query(charges, sale) == [("captured", order["total"])]
        assert len(order["tickets"]) == len(order["lines"])

    async def charged(self, sale: str) -> None:
        query = "SELECT 1 FROM sandbox_charge JOIN orders o ON o.id = order_id WHERE o.sale_id = $1"

        async def there() -> bool:
            return bool(await self.beside.query(query, sale))

        await until("the charge", there)

    async def code(self, address: str) -> str:
        """Of the letter to an address, whichever worker sent it."""

        async def there() -> str | None:
            for path in self.beside.folder.glob("*/messages/email.jsonl"):
                whole, _, _ = path.read_text(encoding="utf-8").rpartition("\n")  # the last line may be being written
                for letter in map(json.loads, whole.splitlines()):
                    if letter["to"] == address:
                        return str(letter["subject"].split()[0])
            return None

        code = await until("a letter", there)
        assert code is not None, "waited for one"
        return code


@pytest.fixture
def house(beside: Beside, client: NewClient) -> House:
    return House(beside, client)


def known_to_both(one: Any, other: Any) -> Any:
    """Of one answer what the other has too: what is new shows only where the new release answers."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {name: known_to_both(one[name], other[name]) for name in one.keys() & other.keys()}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [known_to_both(*each) for each in zip(one, other, strict=True)]
    return one


@both_ways
async def test_a_purchase_asked_of_both_is_one(house: House, first: str) -> None:
    sale = await make_sale(house.organizer(first))
    here, there = await house.shopper(first, sale)
    await ready_to_pay(here, sale, best={"seats": 2})
    name = an_id("order")
    order = (await here.ok("checkout", sale=sale, order=name, card=card()))["order"]
    again = (await final(there, "checkout", sale=sale, order=name, card=card()))["order"]
    assert {"id", "code", "state", "total", "lines", "tickets"} <= again.keys() & order.keys()
    assert known_to_both(again, order) == known_to_both(order, again)
    await house.is_one_purchase(sale, order)


@both_ways
async def test_a_purchase_asked_of_both_at_once_is_one(house: House, first: str) -> None:
    sale = await make_sale(house.organizer(first))
    here, there = await house.shopper(first, sale)
    await ready_to_pay(here, sale, pool={"pool": "floor", "units": 2})
    name = an_id("order")
    asked = [final(socket, "checkout", sale=sale, order=name, card=card()) for socket in (here, there)]
    one, other = await asyncio.gather(*asked)
    assert one["order"]["id"] == other["order"]["id"]
    await house.is_one_purchase(sale, one["order"])


@both_ways
async def test_a_purchase_whose_answer_was_lost_is_one(house: House, first: str) -> None:
    sale = await make_sale(house.organizer(first))
    here, there = await house.shopper(first, sale)
    await ready_to_pay(here, sale, best={"seats": 3})
    name = an_id("order")
    await here.send({"id": "lost", "do": "checkout", "sale": sale, "order": name, "card": card()})
    await here.drop()
    order = (await final(there, "checkout", sale=sale, order=name, card=card()))["order"]
    await house.is_one_purchase(sale, order)


@both_ways
async def test_a_purchase_is_one_when_its_server_dies_in_the_middle(house: House, first: str) -> None:
    """The money was taken, and who asked for it died before it heard of that."""
    sale = await make_sale(house.organizer(first))
    here, there = await house.shopper(first, sale)
    await ready_to_pay(here, sale, best={"seats": 2})
    name = an_id("order")
    await here.send({"id": "cut", "do": "checkout", "sale": sale, "order": name, "card": card(CHARGED_UNANSWERED)})
    await house.charged(sale)
    await house.beside.server[first].kill()
    order = (await final(there, "checkout", sale=sale, order=name, card=card()))["order"]
    await house.is_one_purchase(sale, order)
    await house.beside.server[first].start()


@both_ways
async def test_a_payment_is_finished_by_the_worker_of_the_other(house: House, first: str) -> None:
    """The only worker is of the other release, and looks after what only servers of this one know."""
    await house.beside.worker[first].stop()
    sale = await make_sale(house.organizer(first))
    here, _ = await house.shopper(first, sale)
    await ready_to_pay(here, sale, best={"seats": 1})
    order = (await final(here, "checkout", sale=sale, order=an_id("order"), card=card(KNOWN_LATER)))["order"]
    await house.is_one_purchase(sale, order)
    await house.beside.worker[first].start()


@both_ways
async def test_a_cart_held_here_is_sold_there(house: House, first: str) -> None:
    sale = await make_sale(house.organizer(first))
    here, there = await house.shopper(first, sale)
    held = await here.ok("hold", sale=sale, hold="one", best={"seats": 2})
    again = await there.ok("hold", sale=sale, hold="one", best={"seats": 2})
    assert (again["seats"], again["deadline_at_ms"]) == (held["seats"], held["deadline_at_ms"])
    await there.ok("hold", sale=sale, hold="two", pool={"pool": "floor", "units": 1})
    await here.ok("release", sale=sale, release="back", seats=held["seats"][:1])
    cart = await there.ok("cart", sale=sale)
    assert [item.get("seat", item.get("pool")) for item in cart["items"]] == [held["seats"][1], "floor"]
    order = await bought(there, sale, pool={"pool": "floor", "units": 1})
    await house.is_one_purchase(sale, order)
    seen = await here.ok("cart", sale=sale)
    assert (seen["state"], seen["end_reason"]) == ("ended", "bought")
    assert (await look(house.organizer(first), sale))["seats"].count(FREE) == 39


@both_ways
async def test_a_place_got_here_has_its_turn_there(house: House, first: str) -> None:
    """With one shopper at a time: the second's turn comes when the first has left, wherever they did so."""
    sale = await make_sale(house.organizer(first), room=ONE_AT_A_TIME)
    here, there = await house.person(first)
    other_here, other_there = await house.person(OTHER[first])
    place = await here.ok("join", sale=sale)
    assert (await there.ok("join", sale=sale, place=place["token"]))["number"] == place["number"]
    assert (await final(there, "enter", sale=sale, place=place["token"]))["state"] == "open"
    second = await other_here.ok("join", sale=sale)
    assert second["number"] == place["number"] + 1
    await here.ok("leave", sale=sale)
    assert (await final(other_there, "enter", sale=sale, place=second["token"]))["state"] == "open"
    await bought(other_there, sale, best={"seats": 1})


async def test_the_keeper_goes_from_one_worker_to_the_other(house: House) -> None:
    """Each worker is killed in turn while carts expire and people wait: the other calls the next one in."""
    sale = await make_sale(house.organizer(A), room=ONE_AT_A_TIME, cart_minutes=0.02)
    people = [await house.person(release) for release in (A, B, A, B)]
    places = [await here.ok("join", sale=sale) for here, _ in people]
    assert [place["number"] for place in places] == [0, 1, 2, 3]
    for (here, there), place, dying in zip(people, places, (None, B, A, None), strict=True):
        if dying is not None:
            await house.beside.worker[dying].kill()
        await final(there, "enter", sale=sale, place=place["token"])
        await here.ok("hold", sale=sale, hold="one", best={"seats": 8})
        if dying is not None:
            await house.beside.worker[dying].start()

    async def all_free() -> bool:
        return bool((await look(house.organizer(B), sale))["seats"] == [FREE] * 40)

    await until("the end of all carts", all_free)


async def test_watchers_of_either_see_what_is_done_at_both(house: House) -> None:
    """A client that is dropped again and again goes on at the other release, from the last `seq` it saw."""
    sale = await make_sale(house.organizer(A))
    watching = [house.client(A), house.client(B)]
    stayed = [Watcher(one, sale, TOPICS) for one in watching]
    sockets = [await each.connect() for each in stayed]
    wanderer = Watcher(watching[0], sale, TOPICS)
    shoppers = [(await house.shopper(release, sale))[0] for release in (A, B)]
    for number in range(ROUNDS):
        wanderer.one = watching[number % 2]
        dropping = asyncio.create_task(wanderer.drop_after("seats", 1))
        while not dropping.done():
            for socket in shoppers:
                await socket.ok("hold", sale=sale, hold=an_id("hold"), cart=False, best={"seats": 1})
                await socket.ok("hold", sale=sale, hold=an_id("hold"), cart=False, pool={"pool": "floor", "units": 1})
                await socket.ok("release", sale=sale, release=an_id("release"), cart=False)
        await dropping
    await bought(shoppers[0], sale, best={"seats": 2})
    assert wanderer.resumes > 0
    for socket in sockets:  # what a watcher knows comes from one socket at a time
        await socket.drop()
    for watcher, one in ((wanderer, watching[1]), (wanderer, watching[0]), *zip(stayed, watching, strict=True)):
        watcher.one = one
        await is_whole(watcher, house.client(A))
        await is_whole(watcher, house.client(B))


@both_ways
async def test_what_an_organizer_does_here_is_seen_there(house: House, first: str) -> None:
    sale = await make_sale(house.organizer(first))
    here, there = house.organizer(first), house.organizer(OTHER[first])
    watcher = Watcher(house.client(OTHER[first]), sale, TOPICS)
    socket = await watcher.connect()
    buyer, _ = await house.shopper(OTHER[first], sale)
    for one, step, state in ((here, "pause", "paused"), (there, "resume", "open"), (here, "close", "closed")):
        await one.ok("POST", f"/api/sales/{sale}/{step}")
        await socket.event("state", state=state)
        answer = await buyer.ask("hold", sale=sale, hold=an_id("hold"), best={"seats": 1})
        assert answer.get("error", {"code": "sale_open"})["code"] == f"sale_{state}", answer
    watcher.sound()
    body, key = {"name": an_id("house"), "zone": "Europe/Madrid"}, {"Idempotency-Key": an_id("key")}
    made = await here.ok("POST", "/api/venues", body, headers=key)
    assert await there.ok("POST", "/api/venues", body, headers=key) == made


@both_ways
async def test_an_order_is_opened_and_its_tickets_shown_by_both(house: House, first: str) -> None:
    sale = await make_sale(house.organizer(first))
    here, there = await house.shopper(first, sale)
    order = await bought(here, sale, best={"seats": 1})
    stranger = house.client(OTHER[first])
    opening = {"code": order["code"], "key": KEY}
    opened = await stranger.ask("POST", "/api/orders/open", opening)
    tickets = opened.body["order"]["tickets"]
    assert known_to_both(tickets, order["tickets"]) == known_to_both(order["tickets"], tickets)
    assert all(each["payload"] for each in order["tickets"])
    assert (await there.ok("order", code=order["code"], key=KEY))["order"] == opened.body["order"]
    cookie = {"Cookie": opened.headers["Set-Cookie"].partition(";")[0]}
    path = f"/o/{order['code']}/tickets/{order['tickets'][0]['id']}.svg"
    shown = [await house.client(release).ask("GET", path, headers=cookie) for release in (A, B)]
    assert [each.status for each in shown] == [200, 200]
    assert shown[0].raw == shown[1].raw, "the same signed ticket"


@both_ways
async def test_an_address_asked_for_here_is_confirmed_there(house: House, first: str) -> None:
    """Whichever worker sends the letter: what the release before asked for is sent even when its workers have gone."""
    if first == A:
        await house.beside.worker[A].stop()
    one = house.client(first)
    await one.become_buyer()
    mine = {"purpose": "entry", "channel": "email", "address": f"{an_id('ana')}@example.org"}
    await one.ok("POST", "/api/contacts", mine)
    code = await house.code(mine["address"])
    there = house.client(OTHER[first], one.token)
    confirmed = await there.ok("POST", "/api/contacts/confirm", {**mine, "code": code})
    assert confirmed == {"address": mine["address"], "confirmed": True}
    if first == A:
        await house.beside.worker[A].start()


async def near_by(house: House, release: str) -> tuple[Client, LiveSocket]:
    """Somebody who wants to be told of promos, and is where they are."""
    one = house.client(release)
    await one.become_buyer()
    socket = await one.socket()
    await one.ok("PUT", "/api/profiles/mine", {"consent": True, "zone": "Europe/Madrid", "position": HERE})
    return one, socket


@both_ways
async def test_a_promo_is_told_once_and_sold_at_both(house: House, first: str) -> None:
    """With both workers at work, nobody is told twice."""
    people = [await near_by(house, release) for release in (A, B) * 2]
    buyers = [str(one.buyer_id) for one, _ in people]
    await house.beside.are_reached(buyers)
    await house.organizer(first).ok("POST", "/api/stores", store(stock=len(people)))
    notices = [await socket.event("notice") for _, socket in people]
    told = "SELECT n.state FROM notice n JOIN profile p ON p.number = n.number WHERE p.buyer_id = ANY($1::text[])"

    async def all_told() -> bool:
        return await house.beside.query(told, buyers) == [("sent",)] * len(people)

    await until("notices that were sent", all_told)
    sale = notices[0]["sale"]
    for one, socket in people:
        release = A if one.url == house.beside.url(A) else B
        there = await house.client(OTHER[release], one.token).socket()
        await socket.ok("hold", sale=sale, hold="one", pool={"pool": "units", "units": 1}, position=HERE)
        await there.ok("change", sale=sale, contact=CONTACT, key=KEY)
        order = (await final(there, "checkout", sale=sale, order=an_id("order"), card=card()))["order"]
        assert order["state"] == "paid", order
    assert [[event["on"] for event in socket.events].count("notice") for _, socket in people] == [1] * len(people)


async def test_the_newer_goes_on_alone(house: House) -> None:
    """Nothing of what both did is wrong; and the older one says that it is too old once it was contracted."""
    beside = house.beside
    sale = await make_sale(house.organizer(A))
    _, there = await house.shopper(A, sale)
    await ready_to_pay(there, sale, best={"seats": 2})
    await beside.is_sound()
    for part in (beside.server[A], beside.worker[A]):
        await part.stop()
    await beside.command(B, "db", "apply", "--contract")
    order = (await final(there, "checkout", sale=sale, order=an_id("order"), card=card()))["order"]
    await house.is_one_purchase(sale, order)
    refused: Any = await asyncio.to_thread(beside.ran, A, "work")
    assert refused.returncode == 1
    assert "start the newer Aforo" in refused.stderr
    await beside.worker[B].stop()
    await beside.worker[B].start()
    await beside.is_sound()
