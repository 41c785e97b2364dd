"""All sockets of one process: counted, bounded per address, pinged, and drained.

Guarantees: sockets per address and per process are bounded; a silent one is closed; a drain tells every socket to come
back and lets running purchases end.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from engine.limits import BYE_RECONNECT_MS, PING_EVERY_S, SILENCE_S_MAX, SOCKETS_PULSE_S
from engine.refusals import Code, RefusalError
from server.contract.events import Close, event
from server.live.watcher import Connection


class Sockets:
    def __init__(self, process_max: int, address_max: int) -> None:
        self._process_max = process_max
        self._address_max = address_max
        self._sockets: set[Connection] = set()
        self._by_address: Counter[str] = Counter()
        self._closings: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._sockets)

    def each(self) -> list[Connection]:
        return list(self._sockets)

    def welcome(self, address: str) -> None:
        """Refuse one more socket when there are enough."""
        if len(self._sockets) >= self._process_max:
            raise RefusalError(Code.BUSY)
        if self._by_address[address] >= self._address_max:
            raise RefusalError(Code.TOO_MANY_SOCKETS)

    def add(self, socket: Connection) -> None:
        self._sockets.add(socket)
        self._by_address[socket.address] += 1

    def count_as(self, address: str, sockets: int) -> None:
        """Count an address as if it had so many sockets: what another process knows of it, or a test says."""
        self._by_address[address] = sockets

    def remove(self, socket: Connection) -> None:
        self._sockets.discard(socket)
        self._by_address[socket.address] -= 1
        if self._by_address[socket.address] <= 0:
            del self._by_address[socket.address]

    async def pulse(self) -> None:
        """Run for ever: look after the sockets."""
        while True:
            await asyncio.sleep(SOCKETS_PULSE_S)
            self.look(time.monotonic())

    def look(self, now: float) -> None:
        """Ping the quiet, close the silent."""
        for socket in list(self._sockets):
            if now - socket.heard_at > SILENCE_S_MAX:
                self._close(socket, Close.OVERLOADED if socket.crowded else Close.SILENT)
            elif now - max(socket.pinged_at, socket.heard_at) >= PING_EVERY_S - SOCKETS_PULSE_S:
                socket.ping(now)

    def _close(self, socket: Connection, close: Close) -> None:
        task = asyncio.create_task(socket.close(close))
        self._closings.add(task)
        task.add_done_callback(self._closings.discard)

    async def drain(self) -> None:
        """Tell all to come back, wait for what they asked, close."""
        for socket in list(self._sockets):
            socket.send(event("bye", reconnect_ms=BYE_RECONNECT_MS))
        await asyncio.gather(*(self._send_away(socket) for socket in list(self._sockets)))

    async def _send_away(self, socket: Connection) -> None:
        await socket.finish_asks()
        await socket.close(Close.GOING_AWAY)
