"""The WebSocket protocol (RFC 6455) of one connection: the handshake, whole messages in, close codes out.

Owns: the transport once aiohttp has read the request; what has not come whole yet. Replaces aiohttp there, because a
queue, a future and a turn of the loop per message cost more than the message. Guarantees: what is taken was masked,
whole, in order, and of MESSAGE_BYTES_MAX at most; anything else closes with 1002 or 1009. The receiver may stop
reading: TCP then slows the client down.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Protocol

from aiohttp import web

from engine.limits import (
    CLOSE_S_MAX,
    FRAMES_PER_MESSAGE_MAX,
    MESSAGE_BYTES_MAX,
    UNSENT_BYTES_LOW,
    UNSENT_BYTES_PER_SOCKET_MAX,
)
from engine.refusals import Code, RefusalError
from server.contract.wire import CLOSE_FRAME, PONG_FRAME, frame

VERSION = "13"
KEY_BYTES = 16
ACCEPTED = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
FINAL, RESERVED, MASKED = 0x80, 0x70, 0x80
CODE, LENGTH = 0x0F, 0x7F
MORE, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
LENGTH_IN_2_BYTES = 126  # 127 says in 8
CONTROL_BYTES_MAX = 125
NO_MASK = bytes(4)
NORMAL, PROTOCOL_ERROR, TOO_BIG = 1000, 1002, 1009
SENT_CODES = frozenset((*range(1000, 1004), *range(1007, 1015)))
APPLICATION_CODES = range(3000, 5000)


class Taker(Protocol):
    """The receiver of messages."""

    def took(self, data: bytes) -> None: ...
    def pinged(self, data: bytes) -> None: ...
    def ponged(self) -> None: ...
    def stalled(self) -> None: ...  # more is unsent than the bound
    def drained(self) -> None: ...  # and now it is little again
    def lost(self) -> None: ...  # nothing more is written


def handshake(request: web.Request, protocols: Mapping[str, object]) -> tuple[bytes, str | None]:
    """The answer that opens the socket, and the subprotocol; refuses what asks for no WebSocket that we speak."""
    headers = request.headers
    wants = {each.strip().lower() for each in headers.get("Connection", "").split(",")}
    if headers.get("Upgrade", "").strip().lower() != "websocket" or "upgrade" not in wants:
        raise RefusalError(Code.BAD_MESSAGE, "This address takes WebSockets only.")
    if headers.get("Sec-WebSocket-Version") != VERSION:
        raise RefusalError(Code.BAD_MESSAGE, f"Sec-WebSocket-Version must be {VERSION}.")
    key = headers.get("Sec-WebSocket-Key", "")
    try:
        whole = len(base64.b64decode(key, validate=True)) == KEY_BYTES
    except (binascii.Error, ValueError):
        whole = False
    if not whole:
        raise RefusalError(Code.BAD_MESSAGE, f"Sec-WebSocket-Key must be {KEY_BYTES} bytes in base64.")
    accept = base64.b64encode(hashlib.sha1(key.encode() + ACCEPTED, usedforsecurity=False).digest())
    offered = (each.strip() for each in headers.get("Sec-WebSocket-Protocol", "").split(","))
    protocol = next((each for each in offered if each in protocols), None)
    chosen = f"Sec-WebSocket-Protocol: {protocol}\r\n".encode() if protocol else b""
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n" + chosen + b"\r\n"
    ), protocol


class Upgraded(web.StreamResponse):
    """The response for aiohttp, which sends nothing: the handshake is done already."""

    def __init__(self) -> None:
        super().__init__(status=101)
        self.force_close()

    @property
    def prepared(self) -> bool:
        return True

    async def prepare(self, _: web.BaseRequest) -> None:
        return None

    async def write_eof(self, _: bytes = b"") -> None:
        return None


class Frames(asyncio.Protocol):
    """One connection from the handshake to its end."""

    __slots__ = (
        "_closing",
        "_parts",
        "_parts_bytes",
        "_taker",
        "_timer",
        "_under",
        "_unread",
        "ended",
        "stopped",
        "transport",
    )

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._under = transport.get_protocol()  # aiohttp's, which hears when the connection ends
        self._taker: Taker | None = None
        self._unread = b""
        self._parts: list[bytes] | None = None  # of a message in several frames
        self._parts_bytes = 0
        self.stopped = False
        self._closing = False
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, taker: Taker, answer: bytes) -> None:
        """From now on this connection carries frames."""
        self._taker = taker
        self.transport.set_write_buffer_limits(UNSENT_BYTES_PER_SOCKET_MAX, UNSENT_BYTES_LOW)
        self.transport.set_protocol(self)
        self.transport.write(answer)

    # ── in ──

    def data_received(self, data: bytes) -> None:
        self._unread = self._unread + data if self._unread else data
        self._read()

    def stop_reading(self) -> None:
        if not self.stopped:
            self.stopped = True
            self.transport.pause_reading()

    def go_on_reading(self) -> None:
        if self.stopped:
            self.stopped = False
            self.transport.resume_reading()
            self._read()

    def _read(self) -> None:
        """Take the whole frames, as long as they are wanted."""
        data, at = self._unread, 0
        size = len(data)
        while size - at >= 2 and not self.stopped:
            first, second = data[at], data[at + 1]
            if first & RESERVED or second < MASKED:
                self._breaks_off(PROTOCOL_ERROR)
                return
            length, begins = second & LENGTH, at + 6
            if length >= LENGTH_IN_2_BYTES:
                begins = at + (8 if length == LENGTH_IN_2_BYTES else 14)
                if begins > size:
                    break
                length = int.from_bytes(data[at + 2 : begins - 4], "big")
            if length > MESSAGE_BYTES_MAX:
                self._breaks_off(TOO_BIG)
                return
            ends = begins + length
            if ends > size:
                break
            payload, mask = data[begins:ends], data[begins - 4 : begins]
            at = ends
            self._frame(first, payload if mask == NO_MASK else unmasked(payload, mask))
        self._unread = data[at:] if at else data

    def _frame(self, first: int, payload: bytes) -> None:
        code = first & CODE
        if self._closing:
            if code == CLOSE:
                self._hang_up()
        elif code in (TEXT, BINARY, MORE):
            self._message(code, bool(first & FINAL), payload)
        elif code > PONG or code < CLOSE or not first & FINAL or len(payload) > CONTROL_BYTES_MAX:
            self._breaks_off(PROTOCOL_ERROR)
        elif code == CLOSE:
            self._leaves(payload)
        elif self._taker is not None:
            if code == PING:
                self._taker.pinged(payload)
            else:
                self._taker.ponged()

    def _message(self, code: int, final: bool, payload: bytes) -> None:
        if (code == MORE) is (self._parts is None):
            self._breaks_off(PROTOCOL_ERROR)
            return
        if self._parts is not None:
            self._parts.append(payload)
            self._parts_bytes += len(payload)
            if self._parts_bytes > MESSAGE_BYTES_MAX or len(self._parts) > FRAMES_PER_MESSAGE_MAX:
                self._breaks_off(TOO_BIG)
                return
            if not final:
                return
            payload, self._parts = b"".join(self._parts), None
        elif not final:
            self._parts, self._parts_bytes = [payload], len(payload)
            return
        if self._taker is not None:
            self._taker.took(payload)

    # ── out, and the end ──

    def write(self, ready: bytes) -> None:
        if not self._closing and not self.transport.is_closing():
            self.transport.write(ready)

    def pong(self, data: bytes) -> None:
        self.write(frame(PONG_FRAME, data))

    async def close(self, code: int, reason: str) -> None:
        """Send a close frame, and wait briefly for theirs."""
        self._say_goodbye(code, reason.encode())
        await asyncio.wait([self.ended])

    def _leaves(self, payload: bytes) -> None:
        """Their close frame came, with a code or without."""
        told = int.from_bytes(payload[:2], "big") if payload else NORMAL
        self._say_goodbye(told if may_be_sent(told) else PROTOCOL_ERROR, b"")
        self._hang_up()

    def _breaks_off(self, code: int) -> None:
        """The stream can't be parsed any further."""
        self._unread = b""
        self._parts = None
        self._say_goodbye(code, b"")
        self._hang_up()

    def _say_goodbye(self, code: int, reason: bytes) -> None:
        if self._closing:
            return
        self.write(frame(CLOSE_FRAME, code.to_bytes(2, "big") + reason))
        self._end()
        self.go_on_reading()  # their goodbye may be waiting behind what was not read
        self._timer = asyncio.get_running_loop().call_later(CLOSE_S_MAX, self.transport.abort)

    def _hang_up(self) -> None:
        """Close the transport once all is sent."""
        self.transport.close()

    def _end(self) -> None:
        """Nothing more is taken or written."""
        taker, self._taker, self._closing = self._taker, None, True
        if taker is not None:
            taker.lost()

    def pause_writing(self) -> None:
        if self._taker is not None:
            self._taker.stalled()

    def resume_writing(self) -> None:
        if self._taker is not None:
            self._taker.drained()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._end()
        if not self.ended.done():
            self.ended.set_result(None)
        self._under.connection_lost(exc)


def may_be_sent(code: int) -> bool:
    """Codes of RFC 6455 that stand in frames, those registered since, and those of applications."""
    return code in SENT_CODES or code in APPLICATION_CODES


def unmasked(payload: bytes, mask: bytes) -> bytes:
    """XOR with the mask, as two whole numbers: a loop of Python would take a hundred times as long."""
    size = len(payload)
    over = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(over, "little")).to_bytes(size, "little")
