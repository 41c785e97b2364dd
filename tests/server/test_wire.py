"""The wire formats: the same messages in both, and frames that any WebSocket reader understands."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.catalog.model import SaleState
from engine.onsale.model import SeatState
from server.contract.wire import BY_SUBPROTOCOL, JSON, MSGPACK, PING_FRAME, Unreadable, Wire, frame

SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20)
MESSAGES = st.dictionaries(
    st.text(max_size=8),
    st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner)),
    max_size=6,
)
WIRES = [JSON, MSGPACK]


def read_back(data: bytes) -> list[tuple[int, bytes]]:
    """Frames as RFC 6455 describes them: (opcode, payload); whole, unmasked, no extension."""
    frames = []
    while data:
        assert data[0] & 0xF0 == 0x80, "final, no reserved bit"
        assert data[1] & 0x80 == 0, "a server masks nothing"
        short = data[1] & 0x7F
        header, size = 2, short
        if short == 126:
            header, size = 4, int.from_bytes(data[2:4], "big")
        elif short == 127:
            header, size = 10, int.from_bytes(data[2:10], "big")
        frames.append((data[0] & 0x0F, data[header : header + size]))
        assert len(frames[-1][1]) == size
        data = data[header + size :]
    return frames


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.subprotocol)
@settings(max_examples=40)
@given(message=MESSAGES)
def test_what_is_encoded_decodes_to_the_same(wire: Wire, message: dict[str, Any]) -> None:
    assert wire.decode(wire.encode(message)) == message


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.subprotocol)
@pytest.mark.parametrize("size", [0, 1, 100, 125, 126, 127, 65_000, 65_535, 65_536, 200_000])
def test_frames_are_read_back_by_a_websocket_reader(wire: Wire, size: int) -> None:
    message = {"x": "a" * size}
    read = read_back(wire.frame(message) + wire.frame({"second": True}))
    assert [wire.decode(payload) for _, payload in read] == [message, {"second": True}]
    assert {opcode for opcode, _ in read} == {2 if wire.binary else 1}


def test_raw_frames_of_every_header_size() -> None:
    for size in (0, 125, 126, 65_535, 65_536):
        assert read_back(frame(0x82, b"z" * size)) == [(2, b"z" * size)]


def test_ping_is_an_empty_ping() -> None:
    assert read_back(PING_FRAME) == [(9, b"")]


@dataclass(frozen=True)
class Thing:
    seats: tuple[int, ...]
    state: SaleState
    bits: bytes


def test_both_formats_say_the_same_of_engine_values() -> None:
    message = {"thing": Thing((1, 2), SaleState.OPEN, b"\x1b"), "units": MappingProxyType({"a": SeatState.SOLD})}
    as_json = JSON.decode(JSON.encode(message))
    as_msgpack = MSGPACK.decode(MSGPACK.encode(message))
    assert as_json == {"thing": {"seats": [1, 2], "state": "open", "bits": "Gw=="}, "units": {"a": 2}}
    assert as_msgpack == {"thing": {"seats": [1, 2], "state": "open", "bits": b"\x1b"}, "units": {"a": 2}}


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xff", b'{"a": NaN}', b"[" * 5_000, b'{"a":1}x', b"\xc1"])
def test_unreadable_json_is_named_so(data: bytes) -> None:
    with pytest.raises(Unreadable):
        JSON.decode(data)


@pytest.mark.parametrize(
    "data", [b"", b"\xc1", b"\x81", b"\xdf\xff\xff\xff\xff", b"\x91" * 5_000, b"\x80\x80", b"\x81\x01\x01", b"\xa1\xff"]
)
def test_unreadable_msgpack_is_named_so(data: bytes) -> None:
    with pytest.raises(Unreadable):
        MSGPACK.decode(data)


@given(data=st.binary(max_size=200))
def test_any_bytes_are_either_read_or_unreadable(data: bytes) -> None:
    for wire in WIRES:
        try:
            wire.decode(data)
        except Unreadable:
            continue


def test_subprotocols_are_the_documented_ones() -> None:
    assert set(BY_SUBPROTOCOL) == {"aforo.json.1", "aforo.msgpack.1"}
