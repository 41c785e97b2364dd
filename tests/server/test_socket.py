"""One socket: what a stranger may send, and what it gets for it."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import aiohttp
import msgpack
import pytest

from engine.limits import (
    ASKS_BURST_MAX,
    BAD_MESSAGES_IN_A_ROW_MAX,
    FLOOD_ASKS_MAX,
    MESSAGE_BYTES_MAX,
    PING_EVERY_S,
    SILENCE_S_MAX,
    SOCKETS_PER_ADDRESS_MAX,
)
from engine.onsale import Sale
from engine.refusals import BY_WORD, accept
from tests.server.conftest import ANSWER_S_MAX, Client, Site

FORMATS = ["aforo.json.1", "aforo.msgpack.1"]


@pytest.mark.parametrize("subprotocol", FORMATS)
async def test_hello_gives_a_token_that_is_good_later(site: Site, subprotocol: str) -> None:
    first = await (await site.socket(subprotocol)).ok("hello", locale="es")
    assert first["ping_s"] == 25
    second = await site.socket(subprotocol)
    assert (await second.ok("hello", buyer=first["buyer"]))["buyer_id"] == first["buyer_id"]
    assert "now_ms" in await second.ok("ping")


async def test_cookie_of_the_upgrade_says_who_it_is(site: Site) -> None:
    async with site.http.post(f"{site.url}/api/buyers") as response:
        made = await response.json()
        cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    client = await site.socket(headers={"Cookie": f"aforo_buyer={made['buyer']}"})
    assert (await client.ok("hello"))["buyer_id"] == made["buyer_id"]


@pytest.mark.parametrize("token", ["", "x", "AAAAAAAAAAAAAAAA.BBBB", "a" * 256])
async def test_forged_token_is_refused(site: Site, token: str) -> None:
    assert (await (await site.socket()).refused("hello", buyer=token))["code"] == "unauthorized"


async def test_commands_of_buyers_need_a_hello(site: Site, sale: Sale) -> None:
    client = await site.socket()
    for do, fields in (("join", {}), ("leave", {}), ("enter", {}), ("cart", {}), ("hold", {"hold": "h", "seats": [1]})):
        assert (await client.refused(do, sale=sale.id, **fields))["code"] == "hello_first"


# ── malformed and hostile ──

WRONG_FIELDS: list[dict[str, Any]] = [
    {"do": "hold"},
    {"do": "hold", "sale": 7, "hold": "h", "seats": [1]},
    {"do": "hold", "sale": "SALE", "hold": "", "seats": [1]},
    {"do": "hold", "sale": "SALE", "hold": "x" * 65, "seats": [1]},
    {"do": "hold", "sale": "SALE", "hold": "ünï", "seats": [1]},
    {"do": "hold", "sale": "SALE", "hold": "h"},
    {"do": "hold", "sale": "SALE", "hold": "h", "seats": []},
    {"do": "hold", "sale": "SALE", "hold": "h", "seats": ["1"]},
    {"do": "hold", "sale": "SALE", "hold": "h", "seats": [1.5]},
    {"do": "hold", "sale": "SALE", "hold": "h", "seats": [True]},
    {"do": "hold", "sale": "SALE", "hold": "h", "seats": [-1]},
    {"do": "hold", "sale": "SALE", "hold": "h", "seats": [10**12]},
    {"do": "hold", "sale": "SALE", "hold": "h", "seats": [1, 1]},
    {"do": "hold", "sale": "SALE", "hold": "h", "seats": list(range(101))},
    {"do": "hold", "sale": "SALE", "hold": "h", "seats": {"0": 1}},
    {"do": "hold", "sale": "SALE", "hold": "h", "seats": [1], "best": {"seats": 2}},
    {"do": "hold", "sale": "SALE", "hold": "h", "best": {"seats": 0}},
    {"do": "hold", "sale": "SALE", "hold": "h", "pool": {"pool": "floor", "units": 0}},
    {"do": "hold", "sale": "SALE", "hold": "h", "pool": {"pool": "floor", "units": 10**9}},
    {"do": "hold", "sale": "SALE", "hold": "h", "seats": [1], "extra": 1},
    {"do": "hold", "sale": "../../etc", "hold": "h", "seats": [1]},
    {"do": "hold", "sale": "a}:{b", "hold": "h", "seats": [1]},
    {"do": "watch", "sale": "SALE", "topics": []},
    {"do": "watch", "sale": "SALE", "topics": ["everything"]},
    {"do": "watch", "sale": "SALE", "topics": ["seats"] * 41},
    {"do": "release", "sale": "SALE", "release": "r", "units": {"floor": -1}},
    {"do": "change", "sale": "SALE", "contact": {"name": "a" * 10_000}},
    {"do": "change", "sale": "SALE", "types": {"chair:1": "half"}},
    {"do": "checkout", "sale": "SALE", "order": "o", "card": {"number": "4242424242424242"}},
    {"do": "order", "code": "", "key": ""},
]


@pytest.mark.parametrize("subprotocol", FORMATS)
async def test_wrong_fields_are_named_and_nothing_changes(site: Site, sale: Sale, subprotocol: str) -> None:
    client = await site.buyer(subprotocol)
    before = accept(await sale.snapshot())
    for wrong in WRONG_FIELDS:
        fields = {name: sale.id if value == "SALE" else value for name, value in wrong.items()}
        error = await client.refused(fields.pop("do"), **fields)
        assert error["code"] == "invalid", (wrong, error)
        assert error["fields"], wrong
        assert all(set(field) == {"path", "message"} for field in error["fields"])
    after = accept(await sale.snapshot())
    assert (after.seq, after.seats, after.pools) == (before.seq, before.seats, before.pools)


async def test_seat_and_section_that_are_not_there(site: Site, sale: Sale) -> None:
    client = await site.buyer()
    assert (await client.refused("hold", sale=sale.id, hold="h1", seats=[40]))["code"] == "unknown_seat"
    pool = {"pool": "nowhere", "units": 1}
    assert (await client.refused("hold", sale=sale.id, hold="h2", pool=pool))["code"] == "unknown_pool"


@pytest.mark.parametrize("do", ["", "HOLD", "__class__", None, 7, ["hold"], {"a": 1}])
async def test_unknown_commands(site: Site, do: Any) -> None:
    client = await site.socket()
    await client.send({"id": 1, "do": do})
    assert (await client.answer(1))["error"]["code"] == "unknown_command"


BAD_JSON = [
    b"",
    b"{",
    b"[]",
    b"7",
    b"null",
    b'"hello"',
    b'{"do": "hello"}',
    b'{"id": true}',
    b'{"id": {}}',
    b"\xff\xfe",
]
BAD_MSGPACK = [b"", b"\xc1", b"\x90", b"\x07", b"\xc0", msgpack.packb({"do": "hello"}), b"\x81\xa2id\xc3", b"\xdd" * 9]


async def bad_answer(client: Client) -> dict[str, Any]:
    answer = await client.next()
    assert answer["re"] is None
    error: dict[str, Any] = answer["error"]
    return error


async def test_bad_messages_get_their_error_on_both_formats(site: Site) -> None:
    for subprotocol, messages in (("aforo.json.1", BAD_JSON), ("aforo.msgpack.1", BAD_MSGPACK)):
        for message in messages:
            client = await site.socket(subprotocol)
            await client.ws.send_bytes(message)
            assert (await bad_answer(client))["code"] == "bad_message", message
            await client.ws.close()


async def test_ten_bad_messages_in_a_row_close_the_socket(site: Site) -> None:
    client = await site.socket()
    for _ in range(BAD_MESSAGES_IN_A_ROW_MAX - 1):
        await client.ws.send_str("nonsense")
        await bad_answer(client)
    await client.ok("ping")
    for _ in range(BAD_MESSAGES_IN_A_ROW_MAX):
        await client.ws.send_str("nonsense")
    assert await client.closed() == 4007


async def test_oversized_message_closes_with_1009(site: Site) -> None:
    client = await site.socket()
    await client.ws.send_str('{"id": 1, "do": "' + "x" * MESSAGE_BYTES_MAX + '"}')
    assert await client.closed() == 1009


async def test_asks_beyond_the_rate_are_refused_then_the_socket_is_closed(site: Site) -> None:
    client = await site.socket()
    for number in range(ASKS_BURST_MAX + 20):
        await client.send({"id": number, "do": "ping"})
    answers = [await client.answer(number) for number in range(ASKS_BURST_MAX + 20)]
    refused = [each for each in answers if "error" in each]
    assert refused
    assert {each["error"]["code"] for each in refused} == {"too_many_asks"}
    assert all(each["error"]["retryable"] for each in refused)
    for number in range(ASKS_BURST_MAX + 2 * FLOOD_ASKS_MAX):
        if client.ws.closed:
            break
        await client.send({"id": number, "do": "ping"})
    assert await client.closed() == 4008


@pytest.mark.parametrize("kind", ["ping", "pong"])
async def test_pings_count_as_asks(site: Site, kind: str) -> None:
    """Each is read, and a ping answered: without a bound one socket could keep a server busy."""
    client = await site.socket(autoping=False)
    for _ in range(ASKS_BURST_MAX + 2 * FLOOD_ASKS_MAX):
        if client.ws.closed:
            break
        await (client.ws.ping() if kind == "ping" else client.ws.pong())
    assert await client.closed() == 4008


async def test_ask_ids_come_back_as_they_were(site: Site) -> None:
    client = await site.socket()
    for ask_id in (0, -5, 2**53, "a", "x" * 64, "🎟"):
        await client.send({"id": ask_id, "do": "ping"})
        assert "ok" in await client.answer(ask_id)
    await client.send({"id": "x" * 65, "do": "ping"})
    assert (await bad_answer(client))["code"] == "bad_message"


async def test_pings_of_the_client_are_answered(site: Site) -> None:
    client = await site.socket()
    await client.ws.ping(b"there?")
    await client.ok("ping")


# ── the upgrade ──


async def refused_upgrade(site: Site, **headers: str) -> tuple[int, str]:
    wanted = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    async with site.http.get(f"{site.url}/ws", headers={**wanted, **headers}) as response:
        return response.status, (await response.json(content_type=None))["code"]


async def test_another_sites_page_opens_no_socket(site: Site) -> None:
    assert await refused_upgrade(site, Origin="https://evil.example") == (403, "forbidden")
    assert await refused_upgrade(site, Origin="null") == (403, "forbidden")
    own = await site.socket(origin=site.url)
    assert "ok" in await own.ask("ping")


async def test_sockets_per_address_are_bounded(site: Site) -> None:
    client = await site.socket()
    site.process.sockets.count_as("127.0.0.1", SOCKETS_PER_ADDRESS_MAX)
    assert await refused_upgrade(site) == (429, "too_many_sockets")
    assert "ok" in await client.ask("ping")


async def test_every_error_is_of_the_one_vocabulary(site: Site, sale: Sale) -> None:
    client = await site.buyer()
    await client.refused("hold", sale=sale.id, hold="h1", seats=[99])
    error = await client.refused("release", sale=sale.id, release="r1", seats=[3], cart=False)
    code = BY_WORD[error["code"]]
    assert (error["message"], error["retryable"]) == (code.sentence, code.retryable)


# ── idempotency ──


@pytest.mark.parametrize("subprotocol", FORMATS)
async def test_repeating_a_hold_changes_nothing(site: Site, sale: Sale, subprotocol: str) -> None:
    client = await site.buyer(subprotocol)
    first = await client.ok("hold", sale=sale.id, hold="h1", seats=[1, 2], cart=False)
    again = await client.ok("hold", sale=sale.id, hold="h1", seats=[1, 2], cart=False)
    assert again == {**first, "again": True, "now_ms": again["now_ms"]}
    assert (await client.refused("hold", sale=sale.id, hold="h1", seats=[3], cart=False))["code"] == "conflict"
    other = await site.buyer(subprotocol)
    taken = await other.refused("hold", sale=sale.id, hold="h1", seats=[2, 3], cart=False)
    assert taken["code"] == "seat_taken"


TEXT_OF_65280 = b"\x81\x7e\xff\x00"  # the head of a frame


async def test_quiet_sockets_are_pinged_and_silent_ones_closed(site: Site) -> None:
    client = await site.socket(autoping=False)
    await client.ok("ping")
    (socket,) = site.process.sockets.each()
    site.process.sockets.look(socket.heard_at + PING_EVERY_S)
    message = await client.ws.receive()
    assert message.type is aiohttp.WSMsgType.PING
    site.process.sockets.look(socket.heard_at + SILENCE_S_MAX + 1)
    assert await client.closed() == 4002


async def test_who_reads_nothing_is_read_no_further_and_goes_on_where_it_was(site: Site) -> None:
    client = await site.socket()
    (socket,) = site.process.sockets.each()
    filler = TEXT_OF_65280 + b'"' + b"x" * (65_280 - 2) + b'"'
    while not socket.crowded:
        socket.transport.write(filler)
    for number in range(3):
        await client.send({"id": f"after {number}", "do": "ping"})
    for number in range(3):
        assert "ok" in await client.answer(f"after {number}")


async def test_who_reads_nothing_for_too_long_is_sent_away_as_overloaded(site: Site) -> None:
    client = await site.socket()
    (socket,) = site.process.sockets.each()
    while not socket.crowded:
        socket.transport.write(TEXT_OF_65280 + b'"' + b"x" * (65_280 - 2) + b'"')
    site.process.sockets.look(socket.heard_at + SILENCE_S_MAX + 1)
    assert await client.closed() == 4005


async def test_drain_waits_for_what_was_asked(site: Site) -> None:
    client = await site.buyer()
    await client.send({"id": "slow", "do": "order", "code": "nothing-like-it", "key": "k"})
    await client.ok("ping")
    draining = asyncio.create_task(site.process.drain())
    assert (await client.answer("slow"))["error"]["code"] == "bad_order_key"
    assert await client.closed() == 4001
    await draining


async def test_drain_says_bye_and_closes(site: Site) -> None:
    client = await site.buyer()
    draining = asyncio.create_task(site.process.drain())
    assert (await client.event("bye"))["reconnect_ms"] > 0
    assert await client.closed() == 4001
    await draining
    async with site.http.get(f"{site.url}/readyz") as response:
        assert response.status == 503


async def test_nothing_of_a_connection_that_was_cut_waits_for_the_collector(site: Site) -> None:
    """Full collections are rare in a server: what only they would free piles up by the gigabyte."""
    client = await site.buyer()
    (socket,) = site.process.sockets.each()
    left = weakref.ref(socket._frames.ended)
    del socket
    gc.disable()
    try:
        connection = client.ws._response.connection
        assert connection is not None
        assert connection.transport is not None
        connection.transport.abort()
        async with asyncio.timeout(ANSWER_S_MAX):
            while True:
                if left() is None:
                    break
                await asyncio.sleep(0.01)
    finally:
        gc.enable()
