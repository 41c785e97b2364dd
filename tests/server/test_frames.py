"""What a client may send: whole messages however they are cut, and nothing from the first breach of the protocol on."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.limits import FRAMES_PER_MESSAGE_MAX, MESSAGE_BYTES_MAX
from server.live.frames import Frames
from tests.server.conftest import ANSWER_S_MAX, Site

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: aforo\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Protocol: chat, aforo.json.1\r\n\r\n"
)
ASK = b'{"id": 1, "do": "ping"}'
PROTOCOL_ERROR = b"\x88\x02\x03\xea"  # a close frame with 1002 and no reason
TOO_BIG = b"\x88\x02\x03\xf1"
TEXT, BINARY, MORE, CLOSE, PING, PONG = 0x1, 0x2, 0x0, 0x8, 0x9, 0xA
FINAL = 0x80


def client_frame(payload: bytes, first: int = FINAL | TEXT, *, mask: bytes | None = bytes(4)) -> bytes:
    size = len(payload)
    bit = 0 if mask is None else 0x80
    if size < 126:
        head = bytes((first, bit | size))
    elif size < 1 << 16:
        head = bytes((first, bit | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, bit | 127)) + size.to_bytes(8, "big")
    if mask is None:
        return head + payload
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


class Wire(asyncio.Transport):
    """Keeps what is written, and lets nothing through while reading is paused."""

    def __init__(self) -> None:
        super().__init__()
        self.said = b""
        self.paused = self.closed = False

    def get_protocol(self) -> asyncio.BaseProtocol:
        return asyncio.Protocol()

    def set_protocol(self, _: asyncio.BaseProtocol) -> None: ...
    def set_write_buffer_limits(self, *_: Any) -> None: ...

    def write(self, data: Any) -> None:
        self.said += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


class Heard:
    """Takes what comes; stops reading after each message when it is told to."""

    def __init__(self, *, stops: bool = False) -> None:
        self.stops = stops
        self.messages: list[bytes] = []
        self.pings: list[bytes] = []
        self.wire = Wire()
        self.frames = Frames(self.wire)
        self.frames.begin(self, b"")

    def took(self, data: bytes) -> None:
        assert not self.wire.paused, "nothing is taken while reading is stopped"
        self.messages.append(data)
        if self.stops:
            self.frames.stop_reading()

    def pinged(self, data: bytes) -> None:
        self.pings.append(data)

    def ponged(self) -> None: ...
    def stalled(self) -> None: ...
    def drained(self) -> None: ...
    def lost(self) -> None: ...


def heard(stream: bytes, cuts: Sequence[int] = (), *, stops: bool = False) -> Heard:
    """What is taken of a stream that arrives cut at these places."""

    async def hear() -> Heard:
        taker = Heard(stops=stops)
        edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
        for start, end in itertools.pairwise(edges):
            if start < end:
                taker.frames.data_received(stream[start:end])
            while taker.wire.paused:
                taker.frames.go_on_reading()
        taker.frames.connection_lost(None)
        return taker

    return asyncio.run(hear())


masks = st.binary(min_size=4, max_size=4)
sizes = st.lists(st.sampled_from([0, 1, 125, 126, 127, 300, 65_535, 65_536]), max_size=4)
cuts = st.lists(st.integers(0, 200_000) | st.integers(0, 20), max_size=20)


@given(sizes, masks, cuts, st.booleans())
def test_messages_come_whole_and_in_order_however_they_are_cut(
    sizes: list[int], mask: bytes, cuts: list[int], stops: bool
) -> None:
    messages = [bytes((at + 65,)) * size for at, size in enumerate(sizes)]
    taker = heard(b"".join(client_frame(each, mask=mask) for each in messages), cuts, stops=stops)
    assert (taker.messages, taker.wire.said) == (messages, b"")


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=6), masks, cuts)
def test_a_message_in_parts_is_one_message_and_pings_may_come_between(
    parts: list[bytes], mask: bytes, cuts: list[int]
) -> None:
    stream = b""
    for at, part in enumerate(parts):
        final = FINAL if at == len(parts) - 1 else 0
        stream += client_frame(part, final | (BINARY if at == 0 else MORE), mask=mask)
        if not final:
            stream += client_frame(b"there?", FINAL | PING)
    taker = heard(stream, cuts)
    assert taker.messages == [b"".join(parts)]
    assert taker.pings == [b"there?"] * (len(parts) - 1)


BREACHES = {
    "not masked": client_frame(ASK, mask=None),
    "a reserved bit": client_frame(ASK, FINAL | 0x40 | TEXT),
    "an unknown code": client_frame(ASK, FINAL | 0x3),
    "an unknown control code": client_frame(b"", FINAL | 0xB),
    "more of nothing": client_frame(ASK, FINAL | MORE),
    "a message in a message": client_frame(b"a", TEXT) + client_frame(b"b", FINAL | TEXT),
    "a ping in parts": client_frame(b"", PING),
    "a ping that is too long": client_frame(bytes(126), FINAL | PING),
}


@pytest.mark.parametrize("breach", BREACHES)
@given(before=st.integers(0, 3), cuts=cuts)
def test_nothing_is_taken_from_the_first_breach_on(breach: str, before: int, cuts: list[int]) -> None:
    taker = heard(client_frame(ASK) * before + BREACHES[breach] + client_frame(ASK) * 2, cuts)
    assert (taker.messages, taker.wire.said, taker.wire.closed) == ([ASK] * before, PROTOCOL_ERROR, True)


@pytest.mark.parametrize(
    "stream",
    [
        client_frame(bytes(MESSAGE_BYTES_MAX + 1)),
        client_frame(bytes(MESSAGE_BYTES_MAX), TEXT) + client_frame(b"x", FINAL | MORE),
        client_frame(b"", TEXT) + client_frame(b"", MORE) * FRAMES_PER_MESSAGE_MAX,
        b"\x81\xff" + b"\xff" * 8 + bytes(4),
    ],
    ids=["one frame", "two frames", "many frames", "a length no machine has"],
)
def test_what_is_too_big_closes_before_it_is_kept(stream: bytes) -> None:
    taker = heard(stream + client_frame(ASK))
    assert (taker.messages, taker.wire.said, taker.wire.closed) == ([], TOO_BIG, True)


@pytest.mark.parametrize(
    ("goodbye", "answer"),
    [
        (b"", b"\x88\x02\x03\xe8"),
        (b"\x03\xe9", b"\x88\x02\x03\xe9"),
        (b"\x03", PROTOCOL_ERROR),
        (b"\x03\xed", PROTOCOL_ERROR),
    ],
    ids=["without a code", "going away", "half a code", "a code nobody may send"],
)
def test_a_goodbye_is_answered_and_ends_it(goodbye: bytes, answer: bytes) -> None:
    taker = heard(client_frame(goodbye, FINAL | CLOSE) + client_frame(ASK))
    assert (taker.messages, taker.wire.said, taker.wire.closed) == ([], answer, True)


async def test_an_unmasked_ask_is_not_answered_and_closes_the_socket(site: Site) -> None:
    async with plain_socket(site) as (reader, writer):
        writer.write(client_frame(ASK) + client_frame(ASK, mask=None))
        said = await reader.read()
    assert PROTOCOL_ERROR in said
    assert said.count(b'"ok"') <= 1


async def test_a_masked_ask_is_answered_byte_by_byte(site: Site) -> None:
    async with plain_socket(site) as (reader, writer):
        for byte in client_frame(ASK, mask=b"\x01\x02\x03\x04"):
            writer.write(bytes((byte,)))
            await writer.drain()
        assert b'"ok"' in await reader.readuntil(b"}}")
        writer.write(client_frame(b"", FINAL | CLOSE))
        assert await reader.read() == b"\x88\x02\x03\xe8"


@asynccontextmanager
async def plain_socket(site: Site) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A socket of plain bytes, opened."""
    host, _, port = site.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    async with asyncio.timeout(ANSWER_S_MAX):
        writer.write(UPGRADE)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101 ")
        assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer  # the example of RFC 6455
        assert b"Sec-WebSocket-Protocol: aforo.json.1\r\n" in answer
        yield reader, writer
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    "change",
    [
        {"Upgrade": "h2c"},
        {"Connection": "close"},
        {"Sec-WebSocket-Version": "8"},
        {"Sec-WebSocket-Key": "short"},
        {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ"},
    ],
    ids=str,
)
async def test_what_asks_for_no_websocket_gets_a_problem(site: Site, change: dict[str, str]) -> None:
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        **change,
    }
    async with site.http.get(f"{site.url}/ws", headers=headers) as response:
        assert (response.status, (await response.json(content_type=None))["code"]) == (400, "bad_message")
