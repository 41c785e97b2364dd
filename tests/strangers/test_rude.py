"""Sockets that break the rules, never read, or never finish: each is closed as documented, and costs nobody else."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.strangers.client import Client, an_address
from tests.strangers.installation import Installation
from tests.strangers.picture import FREE, HELD, Picture
from tests.strangers.raw_socket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, RawSocket, frame, text
from tests.strangers.shop import a_buyer, at_once, bought, make_sale
from tests.strangers.socket_client import FORMATS, LiveSocket
from tests.strangers.waiting import until

NewClient = Callable[[], Client]
OpenRaw = Callable[..., Awaitable[RawSocket]]
PROTOCOL_ERROR, TOO_LARGE, MALFORMED, FLOOD = 1002, 1009, 4007, 4008
MESSAGE_BYTES_MAX = 64 * 1024
ROWS_TOO_MANY = 1000  # of 200 seats: 64 answers about them are more than socket, kernel and server keep unread
HELLO = text({"id": 1, "do": "hello"})
ASK = text({"id": 2, "do": "ping"})


@pytest.fixture
async def raw(installation: Installation) -> AsyncIterator[OpenRaw]:
    """Opens raw sockets, and leaves them at the end."""
    made: list[RawSocket] = []

    async def open_one(receive_bytes: int | None = None) -> RawSocket:
        made.append(await RawSocket.open(installation.port, an_address(), receive_bytes=receive_bytes))
        return made[-1]

    yield open_one
    for each in made:
        await each.leave()


VIOLATIONS: dict[str, tuple[bytes, int]] = {
    "unmasked text": (frame(TEXT, b'{"id":2,"do":"ping"}', masked=False), PROTOCOL_ERROR),
    "unmasked binary": (frame(BINARY, b"x", masked=False), PROTOCOL_ERROR),
    "unmasked ping": (frame(PING, b"x", masked=False), PROTOCOL_ERROR),
    "unmasked close": (frame(CLOSE, struct.pack("!H", 1000), masked=False), PROTOCOL_ERROR),
    "unmasked rest": (
        frame(TEXT, b'{"id":2,', fin=False) + frame(CONTINUATION, b'"do":"ping"}', masked=False),
        PROTOCOL_ERROR,
    ),
    "reserved bit": (frame(TEXT, b"{}", reserved=2), PROTOCOL_ERROR),
    "unknown data opcode": (frame(0x3, b"x"), PROTOCOL_ERROR),
    "unknown control opcode": (frame(0xB, b"x"), PROTOCOL_ERROR),
    "ping in pieces": (frame(PING, b"x", fin=False), PROTOCOL_ERROR),
    "long ping": (frame(PING, b"x" * 126), PROTOCOL_ERROR),
    "rest of nothing": (frame(CONTINUATION, b"x"), PROTOCOL_ERROR),
    "message in a message": (frame(TEXT, b"{", fin=False) + frame(TEXT, b"{}"), PROTOCOL_ERROR),
    "close of one byte": (frame(CLOSE, b"x"), PROTOCOL_ERROR),
    "close with a code nobody may send": (frame(CLOSE, struct.pack("!H", 1005)), PROTOCOL_ERROR),
    "close with a code below all": (frame(CLOSE, struct.pack("!H", 999)), PROTOCOL_ERROR),
    "a byte too large": (frame(TEXT, b'"' + b"x" * (MESSAGE_BYTES_MAX - 1) + b'"'), TOO_LARGE),
    "an exabyte, it says": (frame(TEXT, b"x", claims=2**60), TOO_LARGE),
    "too large in pieces": (
        frame(TEXT, b"x" * 40_000, fin=False) + frame(CONTINUATION, b"x" * 40_000, fin=False),
        TOO_LARGE,
    ),
}


@pytest.mark.parametrize("what", VIOLATIONS)
async def test_what_breaks_the_rules_is_closed_unanswered(raw: OpenRaw, what: str) -> None:
    sent, code = VIOLATIONS[what]
    socket = await raw()
    socket.send(HELLO)
    assert "ok" in await socket.answer(1)
    socket.send(sent, ASK)
    while (told := await socket.read()) is not None and told.opcode != CLOSE:
        assert told.opcode not in {TEXT, PONG}, f"answered: {told}"
    assert told is not None, "closed without a word"
    assert told.close_code == code


async def test_a_message_may_come_in_pieces_with_pings_between(raw: OpenRaw) -> None:
    socket = await raw()
    pieces = [b'{"id"', b": 7, ", b'"do":', b' "ping"}']
    socket.send(frame(TEXT, pieces[0], fin=False), frame(PING, b"one"))
    socket.send(*(frame(CONTINUATION, piece, fin=False) for piece in pieces[1:3]), frame(CONTINUATION, b"", fin=False))
    socket.send(frame(PONG, b"nobody asked"), frame(CONTINUATION, pieces[3]))
    first = await socket.read()
    assert first is not None
    assert (first.opcode, first.payload) == (PONG, b"one")
    assert "now_ms" in (await socket.answer(7))["ok"]


async def test_the_largest_message_is_read(raw: OpenRaw) -> None:
    socket = await raw()
    begin = b'{"id": 1, "do": "ping"'
    socket.send(frame(TEXT, begin + b" " * (MESSAGE_BYTES_MAX - len(begin) - 1) + b"}"))
    assert "ok" in await socket.answer(1)


async def test_a_close_is_answered_with_its_code(raw: OpenRaw) -> None:
    socket = await raw()
    socket.send(frame(CLOSE, struct.pack("!H", 1000) + b"bye"))
    assert await socket.close_code() == 1000


FLOODS = {
    "asks": lambda number: text({"id": number, "do": "ping"}),
    "pings": lambda number: frame(PING, b"%d" % number),
    "pongs": lambda number: frame(PONG),
    "pings of nothing": lambda number: frame(PING),
}


@pytest.mark.parametrize("what", FLOODS)
async def test_a_flood_is_closed(raw: OpenRaw, what: str) -> None:
    """Whatever kind of frame it is made of: some thousand at once are more than anybody may send."""
    socket = await raw()
    flood = b"".join(FLOODS[what](number) for number in range(5_000))

    async def pour() -> None:
        for start in range(0, len(flood), 4_096):
            socket.send(flood[start : start + 4_096])
            try:
                await socket.writer.drain()
            except ConnectionError:
                return

    pouring = asyncio.create_task(pour())
    assert await socket.close_code() == FLOOD
    pouring.cancel()
    await asyncio.wait([pouring])


async def test_a_burst_of_asks_is_answered(raw: OpenRaw) -> None:
    """A hundred at once are allowed; what is too much is refused as something to try again."""
    socket = await raw()
    socket.send(*(text({"id": number, "do": "ping"}) for number in range(100)))
    assert all("ok" in answer for answer in await socket.answers(range(100)))
    socket.send(*(text({"id": number, "do": "ping"}) for number in range(100, 250)))
    answers = await socket.answers(range(100, 250))
    refused = [answer["error"] for answer in answers if "error" in answer]
    assert refused, "250 asks in a moment were all answered"
    assert {(error["code"], error["retryable"]) for error in refused} == {("too_many_asks", True)}


@pytest.mark.parametrize("subprotocol", FORMATS)
async def test_ten_bad_messages_in_a_row_close(client: NewClient, subprotocol: str) -> None:
    socket = await client().bare_socket(subprotocol)
    for _ in range(3):
        for _ in range(9):
            await socket.send({"id": None, "do": "ping"})
        await socket.ok("ping")
    bad = [event for event in socket.events if event.get("re", 0) is None]
    assert {event["error"]["code"] for event in bad} == {"bad_message"}
    assert len(bad) == 27
    for _ in range(10):
        await socket.send(["no", "message"])
    assert await socket.closed() == MALFORMED


async def test_unfinished_frames_hold_nobody_up(
    raw: OpenRaw, organizer: Client, client: NewClient, installation: Installation
) -> None:
    """A hundred sockets, and as many requests, that stop in the middle of what they say."""
    sale = await make_sale(organizer)
    for number in range(100):
        socket = await raw()
        socket.send(frame(TEXT, b'{"id": 1, "do": "ping"}')[: 1 + number % 20])
    writers = []
    for _ in range(100):
        _, writer = await asyncio.open_connection("127.0.0.1", installation.port, local_addr=(an_address(), 0))
        writer.write(b"POST /api/buyers HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        writers.append(writer)
    order = await bought(await a_buyer(client(), sale), sale)
    assert order["state"] == "paid"
    for writer in writers:
        writer.transport.abort()


@pytest.mark.parametrize("rows", [200, pytest.param(ROWS_TOO_MANY, marks=pytest.mark.long)])
async def test_who_never_reads_gets_a_snapshot_and_costs_nobody(
    raw: OpenRaw, organizer: Client, client: NewClient, rows: int
) -> None:
    """Answers of megabytes stay unread; changes meanwhile come as one snapshot when they are read."""
    sale = await make_sale(organizer, sections={"arena": {"rows": rows, "seats": 200, "price": 10}}, person_max=100)
    slow = await raw(receive_bytes=4_096)
    slow.send(*(text({"id": number, "do": "watch", "sale": sale, "topics": ["seats"]}) for number in range(64)))
    other = await client().bare_socket()
    quick = Picture(sale, ["seats"])
    other.on_message = quick.happened
    buyers = await at_once(*(a_buyer(client(), sale) for _ in range(4)))
    quick.answered(await other.ok("watch", sale=sale, topics=["seats"]))
    held: set[int] = set()
    for number in range(3):
        for buyer in buyers:
            answer = await buyer.ok("hold", sale=sale, hold=f"h{number}", best={"seats": 30}, cart=False)
            held.update(answer["seats"])
    seen = [HELD if seat in held else FREE for seat in range(rows * 200)]
    await other.until(lambda: quick.members["seats"] == seen, "the quick one to know all")
    picture = Picture(sale, ["seats"])
    kinds: list[str] = []
    while picture.members.get("seats") != seen:
        told = await slow.read()
        assert told is not None, "the slow reader was hung up on"
        message = told.message
        if "re" in message:
            picture.answered(message["ok"])
        else:
            picture.happened(message)
            kinds.append(message["on"])
    assert rows < ROWS_TOO_MANY or kinds == ["snapshot"], kinds


async def test_an_unknown_subprotocol_is_not_spoken(client: NewClient, installation: Installation) -> None:
    one = client()
    answer = await one.ask(
        "GET",
        "/ws",
        headers={
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol": "aforo.xml.1",
            "Origin": "https://elsewhere.example",
        },
    )
    assert 400 <= answer.status < 500, answer


RUDE_REQUESTS = {
    "no request": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40,
    "no such method": b"HOLD /api/sales HTTP/1.1\r\nHost: x\r\n\r\n",
    "two lengths": b"POST /api/buyers HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a length and pieces": b"POST /api/buyers HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a length below nothing": b"POST /api/buyers HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "pieces of nonsense": b"POST /api/buyers HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a head without end": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Y: " + b"y" * 100_000,
    "a path without end": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a NUL in the path": b"GET /api/sales/\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a NUL in a header": b"GET /api/sales HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \x00\r\n\r\n",
    "a NUL, encoded": b"GET /api/sales/%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "half an encoding": b"GET /api/sales/%e HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "no UTF-8 in the path": b"GET /api/sales/%ff%fe?q=%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "up and away": b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "up and away, encoded": b"GET /assets/%2e%2e%2f%2e%2e%2fetc%2fpasswd HTTP/1.1\r\n"
    b"Host: x\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("what", RUDE_REQUESTS)
async def test_rude_requests_are_refused(installation: Installation, what: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", installation.port, local_addr=(an_address(), 0))
    writer.write(RUDE_REQUESTS[what])
    answer = await asyncio.wait_for(reader.read(65_536), 30)
    writer.transport.abort()
    if answer:  # hanging up is an answer as well
        assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")), answer[:300]
    assert await asyncio.to_thread(installation.answers_ready)


async def test_watches_have_a_bound(organizer: Client, client: NewClient) -> None:
    """Forty topics on a socket; the forty-first is refused, and the others go on."""
    sales = await at_once(*(make_sale(organizer) for _ in range(11)))
    socket: LiveSocket = await client().bare_socket()
    for sale in sales[:10]:
        await socket.ok("watch", sale=sale, topics=["room", "seats", "pools", "counters"])
    error = await socket.refused("watch", sale=sales[10], topics=["pools"])
    assert (error["code"], error["retryable"]) == ("too_many_watches", False)
    buyer = await a_buyer(client(), sales[0])
    await buyer.ok("hold", sale=sales[0], hold="h", pool={"pool": "floor", "units": 1})
    await socket.event("pools", sale=sales[0], pools={"floor": 29})
    await socket.ok("unwatch", sale=sales[1])

    async def again() -> bool:
        return "ok" in await socket.ask("watch", sale=sales[10], topics=["pools"])

    await until("room for another watch", again)
