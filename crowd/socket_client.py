"""A WebSocket client that costs as little as Python can, because it shares the cores with what it measures.

Speaks `aforo.msgpack.1`. The masking key is zero, which the protocol allows, so that payloads need no work.
Fails with ConnectionError when the server refuses the upgrade or closes the socket.
"""

from __future__ import annotations

import asyncio
import base64
import os
import ssl
from collections.abc import Callable
from typing import Any, cast

import msgpack

Answered = Callable[[dict[str, Any]], None]
Lost = Callable[[], None]
_MASKED = 0x80
_BINARY, _PONG = 0x82, 0x8A
_PING_CODE, _CLOSE_CODE = 0x9, 0x8
_NO_MASK = b"\0\0\0\0"
_UPGRADE_LINE = b"HTTP/1.1 101"
_ANY_CERTIFICATE = ssl.create_default_context()  # of a front that made its own
_ANY_CERTIFICATE.check_hostname = False
_ANY_CERTIFICATE.verify_mode = ssl.CERT_NONE


def _ignore(_: dict[str, Any]) -> None:
    """The default for `answered`: drops what comes before anybody listens."""


def _shrug() -> None:
    """The default for `lost`: does nothing."""


def frame(payload: bytes, first: int = _BINARY) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((first, _MASKED | size)) + _NO_MASK + payload
    return bytes((first, _MASKED | 126)) + size.to_bytes(2, "big") + _NO_MASK + payload


class ClientSocket(asyncio.Protocol):
    """One connection; `answered` is called with every message that comes, `lost` when the connection has ended."""

    def __init__(self, host: str) -> None:
        self.answered: Answered = _ignore
        self.lost: Lost = _shrug
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed = False
        self._host = host
        self._unread = b""
        self._transport: asyncio.Transport | None = None

    @property
    def transport(self) -> asyncio.Transport:
        assert self._transport is not None, "it is open"
        return self._transport

    def send(self, message: dict[str, Any]) -> None:
        self.transport.write(frame(msgpack.packb(message)))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            (
                f"GET /ws HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Protocol: aforo.msgpack.1\r\n\r\n"
            ).encode()
        )

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(f"the connection ended before the upgrade: {error}"))
        self.lost()

    def data_received(self, data: bytes) -> None:
        data = self._unread + data if self._unread else data
        if not self.opened.done():
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._unread = head
                return
            if not head.startswith(_UPGRADE_LINE):
                self.opened.set_exception(ConnectionError(head.partition(b"\r\n")[0].decode(errors="replace")))
                return
            self.opened.set_result(None)
        self._unread = self._take(data)

    def _take(self, data: bytes) -> bytes:
        """Read the whole frames; answers what is left."""
        at, size = 0, len(data)
        while size - at >= 2:
            length, begins = data[at + 1], at + 2
            if length == 126:
                begins, length = at + 4, int.from_bytes(data[at + 2 : at + 4], "big")
            elif length == 127:
                begins, length = at + 10, int.from_bytes(data[at + 2 : at + 10], "big")
            if begins + length > size or begins > size:
                break
            code, payload = data[at] & 0xF, data[begins : begins + length]
            at = begins + length
            if code == _PING_CODE:
                assert self._transport is not None, "data comes over a transport"
                self._transport.write(frame(payload, _PONG))
            elif code == _CLOSE_CODE:
                self.closed = True
                self.close()  # the server waits for us, and has nothing more to say
                return b""
            else:
                self.answered(msgpack.unpackb(payload))
        return data[at:]


async def connect(host: str, port: int, local: str, *, tls: bool = False) -> ClientSocket:
    """An open socket from the address `local` (any when empty): a server bounds the sockets of one address."""
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(
        lambda: ClientSocket(f"{host}:{port}"),
        host,
        port,
        local_addr=(local, 0) if local else None,
        ssl=_ANY_CERTIFICATE if tls else None,
    )
    await client.opened
    return client
