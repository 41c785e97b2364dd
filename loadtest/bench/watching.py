"""A process full of sockets that watch the seats of a sale, and note when each change came.

Reads JSON lines. {"port", "sockets", "sale", "address"} opens them; {"sent": [[seat, when], …]} answers how long each
change of a seat took to each socket, as [[ms, count], …]. Clocks are those of `time.perf_counter`, one for the whole
machine. What a process sends to all is the same bytes, so each is read once.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from typing import Any, cast

import msgpack
import orjson
import uvloop

from crowd.socket_client import connect
from loadtest.bench.receivers import OPENING_MAX, SOCKETS_PER_ADDRESS, watch

HEAD_BYTES = {126: 4, 127: 10}  # by the byte of the length; else 2
WHOLE_MESSAGE = 0x82  # else a ping


class Watcher(asyncio.Protocol):
    """One socket: puts what came beside the millisecond it came in."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._unread = b""

    def data_received(self, data: bytes) -> None:
        if self._unread:
            data = self._unread + data
        came = self._crowd.came.get(data)
        if came is None:
            whole = whole_bytes(data)
            data, self._unread = data[:whole], data[whole:]
            came = self._crowd.came.setdefault(data, Counter())
        else:
            self._unread = b""
        came[int(time.perf_counter() * 1000)] += 1


class Crowd:
    def __init__(self) -> None:
        self.came: dict[bytes, Counter[int]] = {}  # whole frames, and in which millisecond how many sockets had them
        self._transports: list[asyncio.Transport] = []

    async def open(self, port: int, sockets: int, sale: str, address: int) -> int:
        gate = asyncio.Semaphore(OPENING_MAX)

        async def one(at: int) -> None:
            async with gate:
                socket = await connect("127.0.0.1", port, f"127.0.{address}.{2 + at // SOCKETS_PER_ADDRESS}")
                await watch(socket, sale)
                socket.transport.set_protocol(Watcher(self))
                self._transports.append(socket.transport)

        await asyncio.gather(*(one(at) for at in range(sockets)))
        return len(self._transports)

    def took(self, sent: dict[int, float]) -> Counter[int]:
        """Milliseconds from `sent` to each socket, over all changes."""
        took: Counter[int] = Counter()
        for data, came in self.came.items():
            for seat in seats_in(data):
                if seat in sent:
                    sent_ms = sent[seat] * 1000
                    for ms, count in came.items():
                        if ms > sent_ms - 1:  # else it was told of the same seat before
                            took[max(0, round(ms - sent_ms))] += count
        return took


def head(data: bytes, at: int) -> tuple[int, int]:
    """Where the payload of the frame at `at` begins and ends; beyond the data when it is not all there."""
    if len(data) - at < 2 or len(data) - at < HEAD_BYTES.get(data[at + 1], 2):
        return len(data), len(data) + 1
    length, begins = data[at + 1], at + 2
    if length == 126:
        begins, length = at + 4, int.from_bytes(data[at + 2 : at + 4], "big")
    elif length == 127:
        begins, length = at + 10, int.from_bytes(data[at + 2 : at + 10], "big")
    return begins, begins + length


def whole_bytes(data: bytes) -> int:
    """How much of the data is whole frames."""
    at = 0
    while at < len(data) and (end := head(data, at)[1]) <= len(data):
        at = end
    return at


def seats_in(data: bytes) -> list[int]:
    """The seats that were told held, or free, in whole frames."""
    seats: list[int] = []
    at = 0
    while at < len(data):
        begins, end = head(data, at)
        if data[at] == WHOLE_MESSAGE:
            message = cast("dict[str, Any]", msgpack.unpackb(data[begins:end]))
            if message.get("on") == "seats":
                seats += [*message.get("held", ()), *message.get("free", ())]
            elif message.get("on") == "snapshot":
                seats += changeable(message["seats"]["bits"])
        at = end
    return seats


def changeable(bits: bytes) -> list[int]:
    """The seats of a snapshot that are free or held."""
    return [
        4 * at + slot
        for at, byte in enumerate(bits)
        if byte != 0xFF
        for slot in range(4)
        if byte >> (6 - 2 * slot) & 3 < 2
    ]


async def main() -> None:
    crowd = Crowd()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        wanted = cast("dict[str, Any]", orjson.loads(line))
        answer: object
        if "sent" in wanted:
            answer = sorted(crowd.took(dict(wanted["sent"])).items())
        else:
            answer = await crowd.open(wanted["port"], wanted["sockets"], wanted["sale"], wanted["address"])
        sys.stdout.write(orjson.dumps(answer).decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main())
