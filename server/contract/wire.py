"""The two wire formats: the same messages as JSON text frames or MessagePack binary frames.

Owns: decoding what a stranger sent, encoding answers and events, and building a ready frame once for many sockets.
Guarantees: a frame is complete, unmasked and uncompressed (RFC 6455), so it can be written to any socket as it is.
Fails: unreadable input raises `Unreadable`; nothing else escapes from `decode`.
"""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgpack
import orjson
from pydantic import BaseModel

TEXT_FRAME = 0x81  # final fragment, text
BINARY_FRAME = 0x82
CLOSE_FRAME = 0x88
PONG_FRAME = 0x8A
PING_FRAME = b"\x89\x00"
SHORT_MAX = 125
MEDIUM_MAX = 0xFFFF


class Unreadable(Exception):
    """The bytes are not a message in this format."""


def frame(first_byte: int, payload: bytes) -> bytes:
    """One whole frame from the server: header and payload."""
    size = len(payload)
    if size <= SHORT_MAX:
        return bytes((first_byte, size)) + payload
    if size <= MEDIUM_MAX:
        return bytes((first_byte, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first_byte, 127)) + size.to_bytes(8, "big") + payload


def plain(value: Any) -> Any:
    """What the encoders don't know by themselves."""
    if isinstance(value, BaseModel):
        return value.model_dump()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (tuple, set, frozenset)):
        return list(value)
    raise TypeError(f"cannot be sent: {type(value).__name__}")


def plain_json(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    return plain(value)


def encode(message: Any) -> bytes:
    """JSON, as sockets and HTTP answer it."""
    return orjson.dumps(message, default=plain_json, option=orjson.OPT_NON_STR_KEYS)


class JsonWire:
    """`aforo.json.1`: text frames; packed bits travel as base64."""

    subprotocol = "aforo.json.1"
    binary = False

    def decode(self, data: bytes) -> Any:
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise Unreadable(str(error)) from error

    def encode(self, message: Any) -> bytes:
        return encode(message)

    def frame(self, message: Any) -> bytes:
        return frame(TEXT_FRAME, self.encode(message))


class MsgpackWire:
    """`aforo.msgpack.1`: binary frames; packed bits travel raw."""

    subprotocol = "aforo.msgpack.1"
    binary = True

    def decode(self, data: bytes) -> Any:
        try:
            return msgpack.unpackb(data)
        except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
            raise Unreadable(str(error)) from error

    def encode(self, message: Any) -> bytes:
        return bytes(msgpack.packb(message, default=plain))

    def frame(self, message: Any) -> bytes:
        return frame(BINARY_FRAME, self.encode(message))


Wire = JsonWire | MsgpackWire

JSON = JsonWire()
MSGPACK = MsgpackWire()
WIRES: tuple[Wire, ...] = (JSON, MSGPACK)
BY_SUBPROTOCOL: dict[str, Wire] = {wire.subprotocol: wire for wire in WIRES}
