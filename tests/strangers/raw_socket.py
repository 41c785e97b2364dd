"""RFC 6455 by hand, so that what no library would send can be sent, and nothing need be read.

Fails with AssertionError when the handshake is not answered as the RFC says.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import socket
import struct
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
READ_S_MAX = 60


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    masked: bool = True,
    reserved: int = 0,
    claims: int | None = None,
) -> bytes:
    """One frame; `claims` is the length it says it has."""
    length = len(payload) if claims is None else claims
    head = bytes([(0x80 if fin else 0) | reserved << 4 | opcode])
    mask_bit = 0x80 if masked else 0
    if length < 126:
        head += bytes([mask_bit | length])
    elif length < 65_536:
        head += bytes([mask_bit | 126]) + struct.pack("!H", length)
    else:
        head += bytes([mask_bit | 127]) + struct.pack("!Q", length)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[number % 4] for number, byte in enumerate(payload))


def text(message: Any) -> bytes:
    return frame(TEXT, json.dumps(message).encode())


@dataclass(frozen=True)
class Frame:
    opcode: int
    payload: bytes

    @property
    def message(self) -> Any:
        return json.loads(self.payload)

    @property
    def close_code(self) -> int | None:
        return struct.unpack("!H", self.payload[:2])[0] if len(self.payload) >= 2 else None


class RawSocket:
    """A connection that has been upgraded, and does only what it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, port: int, address: str, *, receive_bytes: int | None = None) -> RawSocket:
        plain = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        plain.bind((address, 0))
        if receive_bytes is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        plain.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", port))
        # What isn't read stays in the kernel, and the server notices.
        reader, writer = await asyncio.open_connection(sock=plain, limit=4_096)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: aforo.json.1\r\n\r\n".encode()
        )
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), READ_S_MAX)
        accept = base64.b64encode(hashlib.sha1(f"{key}{GUID}".encode()).digest())
        assert head.startswith(b"HTTP/1.1 101 "), head
        assert b"sec-websocket-accept: " + accept.lower() in head.lower(), head
        return cls(reader, writer)

    def send(self, *frames: bytes) -> None:
        self.writer.write(b"".join(frames))

    async def read(self) -> Frame | None:
        """The next frame; None when the connection is gone."""
        try:
            return await asyncio.wait_for(self._read(), READ_S_MAX)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def _read(self) -> Frame:
        first, second = await self.reader.readexactly(2)
        assert not second & 0x80, "a server masks nothing"
        assert first & 0x80, "our servers send whole messages"
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
        return Frame(first & 0x0F, await self.reader.readexactly(length))

    async def close_code(self) -> int | None:
        """Read until the other end closes; its code, or None when it just hung up."""
        while (told := await self.read()) is not None:
            if told.opcode == CLOSE:
                return told.close_code
        return None

    async def answer(self, number: int) -> Any:
        """Read until the answer to an ask."""
        while (told := await self.read()) is not None:
            if told.opcode == TEXT and told.message.get("re") == number:
                return told.message
        raise AssertionError(f"the connection closed before the answer to {number}")

    async def answers(self, numbers: Collection[int]) -> list[Any]:
        """The answers to these asks, in whatever order they come."""
        wanted, found = set(numbers), []
        while wanted and (told := await self.read()) is not None:
            if told.opcode == TEXT and told.message.get("re") in wanted:
                wanted.remove(told.message["re"])
                found.append(told.message)
        assert not wanted, f"the connection closed before the answers to {sorted(wanted)}"
        return found

    async def leave(self) -> None:
        self.writer.transport.abort()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return
