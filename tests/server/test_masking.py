"""Frames that are not masked are refused, wherever in the stream they come; masked ones pass however they are cut."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.live.masking import REFUSED_FRAME, MaskedOnly
from tests.server.conftest import ANSWER_S_MAX, Site

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: aforo\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: aforo.json.1\r\n\r\n"
)
PING = b'{"id": 1, "do": "ping"}'
PROTOCOL_ERROR = b"\x88\x02\x03\xea"  # a close frame with 1002 and no reason


def client_frame(payload: bytes, *, masked: bool = True) -> bytes:
    size = len(payload)
    bit = 0x80 if masked else 0
    if size < 126:
        head = bytes((0x81, bit | size))
    elif size < 1 << 16:
        head = bytes((0x81, bit | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x81, bit | 127)) + size.to_bytes(8, "big")
    return head + bytes(4) + payload if masked else head + payload  # a mask of zeros changes nothing


class Kept(asyncio.Protocol):
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.data = b""

    def data_received(self, data: bytes) -> None:
        self.data += data


def passed(stream: bytes, cuts: Sequence[int]) -> bytes:
    """What comes through of a stream that arrives cut at these places."""
    kept = Kept()
    guard = MaskedOnly(kept)
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    for start, end in itertools.pairwise(edges):
        if start < end:
            guard.data_received(stream[start:end])
    return kept.data


sizes = st.lists(st.sampled_from([0, 1, 125, 126, 127, 300, 65_535, 65_536]), max_size=5)
cuts = st.lists(st.integers(0, 200_000) | st.integers(0, 20), max_size=20)


@given(sizes, cuts)
def test_masked_frames_pass_however_they_are_cut(sizes: list[int], cuts: list[int]) -> None:
    stream = b"".join(client_frame(b"x" * size) for size in sizes)
    assert passed(stream, cuts) == stream


@given(sizes, sizes, cuts)
def test_nothing_passes_from_the_first_unmasked_frame_on(before: list[int], after: list[int], cuts: list[int]) -> None:
    good = b"".join(client_frame(b"x" * size) for size in before)
    bad = client_frame(PING, masked=False) + b"".join(client_frame(b"x" * size) for size in after)
    assert passed(good + bad, cuts) == good + REFUSED_FRAME


@pytest.mark.parametrize("masked_before", [0, 1])
async def test_an_unmasked_ask_is_not_answered_and_closes_the_socket(site: Site, masked_before: int) -> None:
    host, _, port = site.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    async with asyncio.timeout(ANSWER_S_MAX):
        writer.write(UPGRADE)
        assert b"101" in await reader.readuntil(b"\r\n\r\n")
        writer.write(client_frame(PING) * masked_before + client_frame(PING, masked=False))
        said = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert PROTOCOL_ERROR in said
    assert said.count(b'"ok"') <= masked_before


async def test_a_masked_ask_is_answered_byte_by_byte(site: Site) -> None:
    host, _, port = site.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    async with asyncio.timeout(ANSWER_S_MAX):
        writer.write(UPGRADE)
        assert b"101" in await reader.readuntil(b"\r\n\r\n")
        for byte in client_frame(PING):
            writer.write(bytes((byte,)))
            await writer.drain()
        assert b'"ok"' in await reader.readuntil(b"}}")
    writer.close()
    await writer.wait_closed()
