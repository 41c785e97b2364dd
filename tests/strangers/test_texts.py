"""Hostile texts, wrong types and monsters in every field of both documents: named, never `internal`, never accepted.

The examples below are asked of the documents: a route or an ask that has a body and no example here fails.
"""

from __future__ import annotations

import asyncio
import json
import random
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest

from tests.strangers.client import Answer, Client
from tests.strangers.examples import ASKS, BUYERS, ORGANIZERS
from tests.strangers.hostile import NO_NAMES, TEXTS, TROUBLE, VALUES, leaves, put, renamed
from tests.strangers.shop import a_buyer, a_sale, an_id, make_sale
from tests.strangers.socket_client import FORMATS, LiveSocket
from tests.strangers.waiting import until

NewClient = Callable[[], Client]
SIDE_BY_SIDE, ANSWER_BYTES_MAX = 16, 64 * 1024
TRIES_PER_FIELD = 5  # of the hostile values, in a round


async def test_every_body_and_ask_has_an_example(client: NewClient) -> None:
    one = client()
    http = await one.ok("GET", "/api/openapi.json")
    bodies = {
        f"{method.upper()} {path}"
        for path, methods in http["paths"].items()
        for method, operation in methods.items()
        if "requestBody" in operation and not path.startswith("/api/security/")  # tests/server/test_texts.py asks those
    }
    assert bodies == {*ORGANIZERS, *BUYERS}
    live = await one.ok("GET", "/api/asyncapi.json")
    messages = live["components"]["messages"].items()
    asks = {
        message["payload"]["allOf"][0]["properties"]["do"]["const"]
        for name, message in messages
        if name.endswith("Ask")
    }
    assert asks == {*ASKS}


def variants(example: Any, dice: random.Random) -> list[Any]:
    """The example with something hostile in each of its places, one at a time."""
    found = []
    for path in leaves(example):
        tries = [TEXTS["NUL"], *dice.sample([*TEXTS.values(), *VALUES], TRIES_PER_FIELD)]
        found += [put(example, path, value) for value in tries]
        if isinstance(path[-1], str):
            found += [renamed(example, path, dice.choice([*TEXTS.values()])) for _ in range(2)]
    return found


def is_calm(answer: Answer, sent: Any) -> None:
    assert answer.status < 500, (answer.status, answer.raw[:300], repr(sent)[:600])
    assert answer.code not in TROUBLE, (answer.raw[:300], repr(sent)[:600])
    if answer.code == "invalid":
        assert not answer.retryable
        assert answer.body["fields"], answer.body


async def all_calm(ask: Callable[[Any], Any], sent: list[Any]) -> None:
    """Send them a few at a time, and look at each answer."""
    for start in range(0, len(sent), SIDE_BY_SIDE):
        some = sent[start : start + SIDE_BY_SIDE]
        for one, answer in zip(some, await asyncio.gather(*map(ask, some)), strict=True):
            is_calm(answer, one)


@pytest.mark.parametrize("route", [*ORGANIZERS, *BUYERS])
async def test_every_field_over_http(organizer: Client, client: NewClient, dice: random.Random, route: str) -> None:
    sale = await make_sale(organizer)
    method, _, path = route.partition(" ")
    path = path.replace("{sale}", sale).replace("{venue}", "ven_none").replace("{webhook}", "whk_none")
    path = path.replace("{code}", "AAAA-BBBB-CCCC").replace("{event}", "evt_none")
    if route in ORGANIZERS:
        one, example = organizer, ORGANIZERS[route]
    else:
        one, example = client(), BUYERS[route]
        await a_buyer(one, sale)
    await all_calm(lambda body: one.ask(method, path, body), variants(example, dice))
    if path == "/api/organizer":
        await one.ok("PUT", path, {"name": "Organizer"})  # without terms, as everybody else's tests expect it


async def test_every_field_of_addresses(organizer: Client, client: NewClient, dice: random.Random) -> None:
    """Parts of the path, what follows the question mark, and headers."""
    document = await organizer.ok("GET", "/api/openapi.json")
    buyer = client()
    await buyer.become_buyer()
    addresses: list[tuple[str, str]] = []
    texts = [text for text in TEXTS.values() if len(text) < 2_000 and "\ud800" not in text]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for parameter in operation.get("parameters", ()):
                for text in [TEXTS["NUL"], *dice.sample(texts, TRIES_PER_FIELD), "\udcff"]:
                    told = urllib.parse.quote(text, safe="", errors="surrogateescape")
                    if parameter["in"] == "path":
                        addresses.append((method, path.replace(f"{{{parameter['name']}}}", told)))
                    elif parameter["in"] == "query":
                        addresses.append((method, f"{path}?{parameter['name']}={told}".replace("{sale}", "sale-x")))
    for one in (organizer, buyer):
        await all_calm(lambda to, one=one: one.ask(to[0].upper(), to[1]), addresses)


async def answered_calmly(socket: LiveSocket, do: str, fields: Any) -> None:
    """Ask, again while it is too much, and look at what a refusal says."""

    async def answered() -> Any:
        answer = await socket.ask_alone(do, **fields)
        return None if answer.get("error", {}).get("code") == "too_many_asks" else answer

    answer = await until("an answer", answered)
    if "error" not in answer:
        return
    error = answer["error"]
    assert error["code"] not in TROUBLE, (do, repr(fields)[:600], error)
    if error["code"] == "invalid":
        assert error["fields"], error
        assert not error["retryable"], error
    if error["code"] == "bad_message":  # ten in a row would close the socket
        await socket.ok("ping")


@pytest.mark.parametrize("do", ASKS)
@pytest.mark.parametrize("subprotocol", FORMATS)
async def test_every_field_of_asks(
    organizer: Client, client: NewClient, dice: random.Random, do: str, subprotocol: str
) -> None:
    sale = await make_sale(organizer)
    one = client()
    socket = await a_buyer(one, sale, subprotocol)
    example = json.loads(json.dumps(ASKS[do]).replace('"S"', json.dumps(sale)))
    sent = [each for each in variants(example, dice) if is_sendable(each, subprotocol)]
    for fields in sent:
        if not {"id", "do"} & fields.keys():
            await answered_calmly(socket, do, fields)


def is_sendable(message: Any, subprotocol: str) -> bool:
    """Small enough for a socket, and something its format can write."""
    told = json.dumps(message)
    large = any(number in told for number in ("9223372036854775808", str(10**30)))
    return len(told) < 60_000 and not (subprotocol == FORMATS[1] and (large or "\\ud800" in told))


NAMES = [
    ("POST /api/sales", ("event",)),
    ("POST /api/sales", ("venue", "name")),
    ("POST /api/sales", ("ticket_types", "general")),
    ("POST /api/sales", ("sections", "stalls", "name")),
    ("POST /api/sales", ("sections", "stalls", "row_labels", 0)),
    ("POST /api/sales", ("pools", "floor", "name")),
    ("POST /api/venues", ("name",)),
    ("POST /api/events", ("event",)),
    ("POST /api/stores", ("store",)),
    ("POST /api/stores", ("products", "bun", "name")),
    ("PUT /api/segments", ("name",)),
    ("POST /api/organizer/promos", ("name",)),
    ("PATCH /api/sales/{sale}/carts/mine", ("contact", "name")),
    ("PUT /api/profiles/mine", ("name",)),
]


@pytest.mark.parametrize(("route", "path"), NAMES, ids=str)
async def test_what_is_no_name(organizer: Client, client: NewClient, route: str, path: tuple[Any, ...]) -> None:
    sale = await make_sale(organizer)
    one = client()
    if route in ORGANIZERS:
        one, example = organizer, ORGANIZERS[route]
    else:
        example = BUYERS[route]
        await a_buyer(one, sale)
    method, _, address = route.partition(" ")
    address = address.replace("{sale}", sale)
    # A name that may be left out is left out by blanks as well; what is missing is then told by the cart.
    tried = {what: text for what, text in NO_NAMES.items() if route in ORGANIZERS or text.strip()}
    accepted = []
    for what, text in tried.items():
        answer = await one.ask(method, address, put(example, path, text))
        is_calm(answer, text)
        if answer.code is None:
            accepted.append(what)
        else:
            assert answer.code in {"invalid", "bad_message"}, (what, answer.raw)
    assert accepted == [], f"{route} takes for a name at {path}: {accepted}"


@pytest.mark.parametrize(
    ("price", "types"),
    [({"عام": 10, "طالب": 5}, 2), ({"普通": 10, "学生": 5}, 2), ({"Общий": 10}, 1), ({"Niño": 10, "Adulto": 12}, 2)],
    ids=str,
)
async def test_prices_have_names_in_any_script(organizer: Client, price: dict[str, int], types: int) -> None:
    sections = {"Платея": {"rows": 1, "seats": 2, "price": price}}
    sale = await make_sale(organizer, event="音楽の夜", sections=sections, pools={})
    shown = await organizer.ok("GET", f"/api/sales/{sale}")
    (prices,) = shown["prices"].values()
    assert sorted(prices.values()) == sorted(amount * 100 for amount in price.values())
    assert {*price} <= {*shown["types"].values()}
    assert len(prices) == types


async def test_prices_of_one_name_are_a_mistake(organizer: Client) -> None:
    """Two keys that would be the same id: neither price is lost without a word."""
    sections = {"stalls": {"rows": 1, "seats": 2, "price": {"Niño": 1, "nino": 2}}}
    answer = await organizer.ask("POST", "/api/sales", a_sale(sections=sections))
    assert answer.code == "invalid", answer.raw
    told = json.dumps(answer.body["fields"], ensure_ascii=False)
    assert "Niño" in told, told
    assert "nino" in told, told


MONSTERS = {
    "deep lists": b"[" * 100_000,
    "deep groups": b'{"a":' * 50_000,
    "a deep place": b'{"event":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "many keys": b"{" + b",".join(b'"k%d":1' % number for number in range(50_000)) + b"}",
    "the same key": b'{"event":"a","event":"b"}',
    "not a number": b'{"person_max": NaN}',
    "beyond all numbers": b'{"person_max": 1e99999}',
    "a number of a megabyte": b'{"person_max": ' + b"9" * 1_000_000 + b"}",
    "a string of a megabyte": b'{"event": "' + b"x" * 1_000_000 + b'"}',
    "no UTF-8": b'{"event": "\xff\xfe"}',
    "a mark before it": b"\xef\xbb\xbf{}",
    "nothing": b"",
    "a list": b"[]",
    "no JSON": b"event: Jazz\nsections: [",
    "three megabytes": b'{"event": "' + b"x" * 3_000_000 + b'"}',
}


@pytest.mark.parametrize("what", MONSTERS)
async def test_monsters(organizer: Client, client: NewClient, what: str) -> None:
    for path in ("/api/sales", "/api/events", "/api/orders/open", "/api/stores"):
        for content in ("application/json", "application/yaml"):
            answer = await organizer.ask("POST", path, raw=MONSTERS[what], headers={"Content-Type": content})
            is_calm(answer, (path, content))
            assert answer.code is not None, (path, content, answer.raw[:200])
            assert len(answer.raw) < ANSWER_BYTES_MAX, "a monster is answered by a monster"
    if len(MONSTERS[what]) < 60_000:
        socket = await client().bare_socket()
        await socket.ws.send_bytes(MONSTERS[what])
        await socket.until(lambda: socket.events, "a refusal")
        assert socket.events[0]["error"]["code"] in {"bad_message", "unknown_command"}


YAML_BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12)
)


@pytest.mark.parametrize(
    "text", [YAML_BOMB, "!!python/object/apply:os.system ['true']", "a: *b", "- " * 5_000, "\x00: \x00"]
)
async def test_yaml_that_means_harm(organizer: Client, text: str) -> None:
    for path in ("/api/sales", "/api/stores"):
        answer = await organizer.ask("POST", path, raw=text.encode(), headers={"Content-Type": "application/yaml"})
        is_calm(answer, text)
        assert answer.code is not None, answer.raw


async def test_ids_of_asks_are_integers_or_short_texts(client: NewClient) -> None:
    socket = await client().bare_socket()
    for number in (None, True, 1.5, "x" * 65, [], {}):
        seen = len(socket.events)
        await socket.send({"id": number, "do": "nothing"})
        await socket.until(lambda seen=seen: len(socket.events) > seen, f"a refusal of {number!r}")
        assert socket.events[-1]["error"]["code"] == "bad_message", (number, socket.events[-1])
        await socket.ok("ping")


async def test_names_that_are_good_stay_as_they_are(organizer: Client) -> None:
    for name in (
        "Noche de boleros",
        "Zürich, Ängström",
        "音楽の夜",
        "أمسية جاز",
        "नमस्ते",
        "👩‍👩‍👧 Day O'Brien & Sons <3",
    ):
        sale = await make_sale(organizer, event=name, id=an_id("good"))
        assert (await organizer.ok("GET", f"/api/sales/{sale}"))["event"]["name"] == name
