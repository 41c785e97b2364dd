"""Forged tokens, and what belongs to others: refused like what does not exist, with nothing of it in the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.strangers.client import Answer, Client
from tests.strangers.picture import FREE
from tests.strangers.shop import (
    CALM_ROOM,
    CONTACT,
    KEY,
    a_buyer,
    a_sale,
    an_id,
    bought,
    card,
    look,
    make_sale,
    ready_to_pay,
)
from tests.strangers.socket_client import FORMATS, Message
from tests.strangers.waiting import until

NewClient = Callable[[], Client]
NOT_THERE = {"not_found", "unknown_sale"}


def tampered(token: str) -> list[str]:
    """Tokens much like this one that were never signed."""
    body, _, signature = token.partition(".")
    other = "A" if signature[0] != "A" else "B"
    return [
        "",
        body,
        f"{body}.",
        f"{body}.{'A' * len(signature)}",
        f"{body}.{other}{signature[1:]}",
        f"{body}x.{signature}",
        f"{body}.{signature}.{signature}",
        token.swapcase(),
        token[::-1],
        f"{token}\u200b",
        "None",
        "*",
    ]


async def test_tokens_of_buyers(client: NewClient) -> None:
    one = client()
    await one.become_buyer()
    token = str(one.token)
    for subprotocol in FORMATS:
        for wrong in tampered(token):
            socket = await client().bare_socket(subprotocol)
            error = await socket.refused("hello", buyer=wrong)
            assert error["code"] in {"unauthorized", "invalid"}, (wrong, error)
            assert error["retryable"] is False
            assert (await socket.refused("cart", sale="no-such-sale"))["code"] in {"hello_first", "unknown_sale"}


async def test_places_of_others_and_of_other_sales(organizer: Client, client: NewClient) -> None:
    crowded = {**CALM_ROOM, "shoppers": 1}
    sale, other_sale = await make_sale(organizer, room=crowded), await make_sale(organizer, room=crowded)
    first, second = client(), client()
    await a_buyer(first, sale)  # the one shopper there may be
    await first.ok("POST", f"/api/sales/{other_sale}/places", {})
    await first.ok("POST", f"/api/sales/{other_sale}/carts", {})
    place = await first.ok("POST", f"/api/sales/{sale}/places", {})
    await second.become_buyer()
    for where in (sale, other_sale):
        for wrong in [*tampered(place["token"]), place["token"]]:
            socket = await second.socket()
            error = await socket.refused("enter", sale=where, place=wrong)
            assert error["code"] in {"bad_place", "invalid", "no_place"}, (wrong, error)
            answer = (await socket.ask("join", sale=where, place=wrong)).get("error", {"code": "bad_place"})
            assert answer["code"] in {"bad_place", "invalid"}, (wrong, answer)
            await socket.close()
    mine = await second.ok("POST", f"/api/sales/{sale}/places", {})
    assert mine["number"] != place["number"], "a forged place took another's number"


async def test_carts_and_holds_of_others(organizer: Client, client: NewClient) -> None:
    """What somebody holds can be neither released, changed nor bought by another who names it."""
    sale = await make_sale(organizer)
    owner = await a_buyer(client(), sale)
    held = await owner.ok("hold", sale=sale, hold="mine", seats=[4, 5])
    thief = await a_buyer(client(), sale)
    assert (await thief.refused("release", sale=sale, release="r", seats=[4]))["code"] == "not_held"
    assert (await thief.refused("hold", sale=sale, hold="mine", seats=[4]))["code"] == "seat_taken"
    before = await thief.ok("cart", sale=sale)
    await thief.ask("change", sale=sale, types={"seat:4": "half"}, contact=CONTACT, key=KEY)
    assert (await thief.refused("checkout", sale=sale, order="o", card=card()))["code"] == "cart_incomplete"
    assert (await owner.ok("cart", sale=sale))["items"] == held["cart"]["items"]
    assert before["items"] == []


async def test_what_is_not_in_the_sale(organizer: Client, client: NewClient) -> None:
    sale = await make_sale(organizer)
    socket = await a_buyer(client(), sale)
    wrong: list[tuple[Message, str]] = [
        ({"seats": [40]}, "unknown_seat"),
        ({"seats": [2**31]}, "unknown_seat"),
        ({"seats": [0, 2**40]}, "unknown_seat"),
        ({"best": {"seats": 2, "section": "elsewhere"}}, "unknown_section"),
        ({"best": {"seats": 2, "section": "floor"}}, "unknown_section"),
        ({"pool": {"pool": "stalls", "units": 1}}, "unknown_pool"),
        ({"pool": {"pool": "__proto__", "units": 1}}, "unknown_pool"),
    ]
    for fields, code in wrong:
        error = await socket.refused("hold", sale=sale, hold=an_id("h"), **fields)
        assert (error["code"] in {code, "invalid"}, error["retryable"]) == (True, False), (fields, error)
    assert (await look(organizer, sale))["seats"] == [FREE] * 40


async def test_orders_open_by_code_and_key_alone(organizer: Client, client: NewClient) -> None:
    sale = await make_sale(organizer)
    order = await bought(await a_buyer(client(), sale), sale)
    stranger = client()
    socket = await stranger.bare_socket()
    opened = await socket.ok("order", code=order["code"], key=KEY)
    assert opened["order"]["id"] == order["id"]
    refusals = []
    for code, key in ((order["code"], "another key"), ("ZZZZ-ZZZZ-ZZZZ", KEY), (order["id"], KEY)):
        refusals.append(await socket.refused("order", code=code, key=key))
        assert await stranger.refused("POST", "/api/orders/open", {"code": code, "key": key}) == "bad_order_key"
    assert refusals[0] == refusals[1] == refusals[2], "a code that exists looks like one that does not"
    for page in ("tickets.pdf", "receipt.pdf", "calendar.ics"):
        answer = await stranger.ask("GET", f"/o/{order['code']}/{page}")
        assert 400 <= answer.status < 500, (page, answer.status)


async def refused_key(one: Client, code: str, key: str) -> Answer:
    return await one.ask("POST", "/api/orders/open", {"code": code, "key": key})


async def test_order_keys_cannot_be_guessed_from_many_addresses(organizer: Client, client: NewClient) -> None:
    """Forty addresses in forty networks try keys of one order: soon all are told to wait, and how long."""
    sale = await make_sale(organizer)
    order = await bought(await a_buyer(client(), sale), sale)
    answers: list[Answer] = []
    for number in range(40):
        one = client()
        answers.append(await refused_key(one, order["code"], f"guess number {number}"))
        await one.close()
    told_to_wait = [answer for answer in answers if answer.status == 429]
    assert answers[0].code == "bad_order_key", answers[0]
    assert told_to_wait, "forty keys were tried at one order, and none was refused unheard"
    for answer in told_to_wait:
        assert answer.retryable, answer.body
        assert int(answer.headers["Retry-After"]) >= 1, answer.headers
    # The right key is no oracle meanwhile, and a socket is no other door.
    assert (await refused_key(client(), order["code"], KEY)).status == 429
    error = await (await client().bare_socket()).refused("order", code=order["code"], key="one more guess")
    assert (error["code"] == "bad_order_key", error["retryable"]) == (False, True), error


async def test_orders_cannot_be_guessed_from_one_address(client: NewClient) -> None:
    one = client()
    answers = [await refused_key(one, f"ABCD-EFGH-{number:04}", "a guess of mine") for number in range(60)]
    assert {answer.code for answer in answers} > {"bad_order_key"}
    last = answers[-1]
    assert (last.status, last.retryable, int(last.headers["Retry-After"]) >= 1) == (429, True, True)


async def test_short_keys_are_refused(organizer: Client, client: NewClient) -> None:
    sale = await make_sale(organizer)
    socket = await a_buyer(client(), sale)
    for key in ("", "1234", "1234567", " " * 12):
        error = await socket.refused("change", sale=sale, key=key)
        assert (error["code"], error["fields"][0]["path"]) == ("invalid", "key"), (key, error)
    assert (await socket.ok("change", sale=sale, key="12345678"))["has_key"]


async def test_one_address_cannot_take_every_place(organizer: Client, client: NewClient) -> None:
    """Buyers from one address join until it is told to wait, and how long; whoever comes from elsewhere goes on."""
    sale = await make_sale(organizer, room=CALM_ROOM)
    one = client()

    async def come_and_join() -> Answer:
        buyer = (await one.ok("POST", "/api/buyers"))["buyer"]
        return await one.ask("POST", f"/api/sales/{sale}/places", {}, headers={"Authorization": f"Bearer {buyer}"})

    answers: list[Answer] = []
    while len(answers) < 3_000 and not any(answer.code for answer in answers):
        answers += await asyncio.gather(*(come_and_join() for _ in range(100)))
    refused = [answer for answer in answers if answer.code is not None]
    assert refused, f"{len(answers)} places went to one address"
    assert len(answers) > 1_000, "a thousand honest people behind one address are not too many"
    assert {(answer.code, answer.retryable, answer.status) for answer in refused} == {("network_busy", True, 429)}
    for answer in refused:
        assert int(answer.headers["Retry-After"]) * 1000 >= answer.body["retry_after_ms"] > 0, answer.body
    other = client()
    await other.become_buyer()
    assert (await other.ask("POST", f"/api/sales/{sale}/places", {})).code is None


# ── organizers ──


class House:
    """All that an organizer has: each id, and a word that stands nowhere but in its own things."""

    def __init__(self, organizer: Client) -> None:
        self.organizer = organizer
        self.secret = an_id("secretword")
        self.ids: dict[str, str] = {}

    async def build(self, client: NewClient) -> House:
        name = f"Evening {self.secret}"
        venue = {"name": f"House {self.secret}", "zone": "Europe/Madrid"}
        event = {"event": name, "starts": "2037-03-01 20:30", "zone": "Europe/Madrid"}
        self.ids["venue"] = (await self.organizer.ok("POST", "/api/venues", venue))["id"]
        self.ids["event"] = (await self.organizer.ok("POST", "/api/events", event))["id"]
        self.ids["sale"] = await make_sale(self.organizer, event=name, visibility="hidden")
        store = await self.organizer.ok("POST", "/api/stores", a_store(self.secret))
        self.ids["store"] = store["id"]
        (self.ids["promo"],) = store["promos"]
        self.ids["product"] = store["products"]["bun"]
        shown = await self.organizer.ok("GET", f"/api/organizer/promos/{self.ids['promo']}")
        self.ids["window"] = shown["windows"][0]["sale"]
        buyer = await a_buyer(client(), self.ids["sale"])
        await ready_to_pay(buyer, self.ids["sale"])
        await buyer.ok(
            "change", sale=self.ids["sale"], contact={"name": self.secret, "email": f"{self.secret}@example.org"}
        )
        done = await buyer.ok("checkout", sale=self.ids["sale"], order="o", card=card())
        self.ids["order"] = done["order"]["id"]
        return self


def a_store(secret: str) -> Message:
    return {
        "store": f"Store {secret}",
        "zone": "Europe/Madrid",
        "latitude": 40.4,
        "longitude": -3.7,
        "currency": "EUR",
        "products": {"bun": {"name": f"Bun {secret}", "price": 1.8}},
        "segments": {f"Segment {secret}": "orders >= 3"},
        "promos": [
            {
                "name": f"Promo {secret}",
                "product": "bun",
                "price": 0.9,
                "stock": 5,
                "once": {"opens": "in 1 minute", "closes": "in 3 days"},
            }
        ],
    }


@pytest.fixture
async def house(organizer: Client, client: NewClient) -> House:
    return await House(organizer).build(client)


def trespasses(ids: dict[str, str]) -> list[tuple[str, str, Any]]:
    """Every route that names something, with what is not ours."""
    sale, promo = f"/api/sales/{ids['sale']}", f"/api/organizer/promos/{ids['promo']}"
    moved = {"venue_id": ids["venue"], "layout": 1, "sections": {"stalls": {"price": 1}}}
    return [
        ("PATCH", sale, {"person_max": 1}),
        *(("POST", f"{sale}/{step}", None) for step in ("open", "pause", "resume", "close")),
        ("GET", f"{sale}/orders", None),
        ("GET", f"{sale}/orders?limit=1&after={ids['order']}", None),
        *(("POST", f"/api/sales/{ids['window']}/{step}", None) for step in ("open", "pause", "close")),
        ("PATCH", f"/api/sales/{ids['window']}", {"person_max": 1}),
        ("GET", f"/api/sales/{ids['window']}/orders", None),
        ("POST", f"/api/venues/{ids['venue']}/layouts", {"sections": {"a": {"rows": 1, "seats": 1}}}),
        ("POST", "/api/sales", {"event_id": ids["event"], "currency": "EUR", "opens": "in 2 days", **moved}),
        ("GET", f"/api/stores/{ids['store']}/products", None),
        ("GET", promo, None),
        *(("POST", f"{promo}/{step}", None) for step in ("schedule", "pause", "resume", "end")),
        ("POST", f"/api/organizer/promos/{ids['sale']}/end", None),
    ]


async def test_what_is_anothers_is_not_there(house: House, other_organizer: Client) -> None:
    for method, path, body in trespasses(house.ids):
        answer = await other_organizer.ask(method, path, body)
        assert answer.code in NOT_THERE | {"invalid"}, (method, path, answer.status, answer.raw[:300])
        assert not answer.retryable, (method, path)
        assert house.secret.encode() not in answer.raw, (method, path)


async def test_lists_hold_ones_own_alone(house: House, other_organizer: Client) -> None:
    for path in ("/api/organizer/sales", "/api/organizer/promos", "/api/stores", "/api/segments", "/api/sales"):
        after = ""
        while True:
            answer = await other_organizer.ask("GET", f"{path}?{after}" if after else path)
            assert answer.code is None, (path, answer.raw)
            assert house.secret.encode() not in answer.raw, path
            for told in house.ids.values():
                assert told.encode() not in answer.raw, (path, told)
            if answer.body.get("next") is None:
                break
            after = f"after={answer.body['next']}"


async def test_ids_of_others_cannot_be_taken(house: House, other_organizer: Client) -> None:
    """Whoever asks for the id of a sale, or of the coming window of a promo, changes nothing for its owner."""
    taken = await other_organizer.refused("POST", "/api/sales", a_sale(id=house.ids["sale"]))
    assert taken in {"conflict", "invalid"}
    wanted = house.ids["window"]
    answer = await other_organizer.ask("POST", "/api/sales", a_sale(id=wanted))
    assert answer.code in {None, "conflict", "invalid"}, answer.raw
    assert house.secret.encode() not in answer.raw

    async def is_the_owners() -> bool:
        promo = await house.organizer.ok("GET", f"/api/organizer/promos/{house.ids['promo']}")
        sale = promo["windows"][0]["sale"]
        shown = await house.organizer.ask("GET", f"/api/sales/{sale}/pools")
        return bool(
            (answer.code is not None or sale != wanted) and shown.code is None and shown.body["pools"] != {"floor": 30}
        )

    await until("a window of its own", is_the_owners)


async def test_names_say_nothing_about_what_a_sale_is(organizer: Client, client: NewClient) -> None:
    for event in ("Promo Night", "Rehearsal -- One", "Sale"):
        body = a_sale(event=event)
        del body["id"]
        sale = (await organizer.ok("POST", "/api/sales", body))["id"]
        order = await bought(await a_buyer(client(), sale), sale)
        assert order["state"] == "paid", event


async def test_organizers_need_their_key(house: House, installation: Any, client: NewClient) -> None:
    key: str = installation.key
    buyer = client()
    await buyer.become_buyer()
    for token in (None, buyer.token, key[:-1], f"{key}x", key.swapcase(), "ak_", key.partition("_")[0]):
        one = client(token=token)
        for method, path, body in [
            *trespasses(house.ids),
            ("POST", "/api/sales", a_sale()),
            ("GET", "/api/stores", None),
        ]:
            answer = await one.ask(method, path, body)
            assert (answer.status, answer.code) == (401, "unauthorized"), (token, method, path, answer.raw[:200])
            assert house.secret.encode() not in answer.raw


async def test_another_sites_page_changes_nothing(organizer: Client, client: NewClient) -> None:
    one = client()
    await one.become_buyer()
    sale = await make_sale(organizer)
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        code = await one.refused("POST", f"/api/sales/{sale}/carts", {}, headers=headers)
        assert code == "forbidden", headers
    assert (await organizer.ok("GET", f"/api/sales/{sale}/room"))["shopping"] == 0
