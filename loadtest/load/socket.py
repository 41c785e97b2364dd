"""One person's WebSocket under gevent, one thing at a time: ask, wait until something is seen, or just look on.

Reads whatever comes while it waits, so that pings are answered and no events pile up. Fails with LostSocket.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import orjson
import websocket

from crowd.api import Api
from crowd.crowd import is_loopback

if TYPE_CHECKING:
    from server.contract.events import Event

SUBPROTOCOL = "aforo.json.1"
CONNECT_S_MAX = 15.0
SOCKETS_PER_ADDRESS = 500
BROKEN = (OSError, websocket.WebSocketException)


class LostSocket(Exception):
    """The connection could not be made, or has ended."""


class PersonSocket:
    """`heard` is called with every event."""

    def __init__(self, api: Api, number: int, heard: Callable[[Event], None]) -> None:
        self._heard = heard
        self._ids = 0
        try:
            self._ws: Any = websocket.create_connection(
                api.ws_url,
                timeout=CONNECT_S_MAX,
                subprotocols=[SUBPROTOCOL],
                socket=local_socket(api, number),
                suppress_origin=True,
                enable_multithread=False,
            )
        except BROKEN as error:
            raise LostSocket(f"{type(error).__name__} {error}") from error

    def ask(self, do: str, fields: dict[str, Any], seconds_max: float) -> tuple[dict[str, Any], int]:
        """The answer, and its bytes."""
        self._ids += 1
        try:
            self._ws.send(orjson.dumps({"id": self._ids, "do": do, **fields}).decode())
        except BROKEN as error:
            raise LostSocket(f"{type(error).__name__} {error}") from error
        until = time.monotonic() + seconds_max
        while (left_s := until - time.monotonic()) > 0:
            message, size = self._next(left_s)
            if message.get("re") == self._ids:
                return message, size
        raise LostSocket("no_answer")

    def look(self, seconds: float, fits: Callable[[], bool]) -> bool:
        """Take in events for so long, or until `fits`; whether it did."""
        until = time.monotonic() + seconds
        while not fits():
            left_s = until - time.monotonic()
            if left_s <= 0:
                return False
            self._next(left_s)
        return True

    def close(self) -> None:
        self._ws.shutdown()

    def _next(self, seconds: float) -> tuple[dict[str, Any], int]:
        """The next message; an empty one when none came in time."""
        self._ws.settimeout(seconds)
        try:
            said = self._ws.recv()
        except websocket.WebSocketTimeoutException:
            return {}, 0
        except BROKEN as error:
            raise LostSocket(f"{type(error).__name__} {error}") from error
        if not said:
            raise LostSocket("closed")
        message: dict[str, Any] = orjson.loads(said)
        if "on" in message:
            self._heard(cast("Event", message))
        return message, len(said)


def local_socket(api: Api, number: int) -> socket.socket | None:
    """A server bounds the sockets of one address, so on one machine they come from several of the loopback."""
    if api.secure or not is_loopback(api.host):
        return None
    at = number // SOCKETS_PER_ADDRESS
    local = f"127.{200 + at // 60_000 % 50}.{at // 250 % 240}.{at % 250 + 2}"
    return socket.create_connection((api.host, api.port), CONNECT_S_MAX, source_address=(local, 0))
