"""Promos on sockets: refreshes what is on offer, and delivers notices to the sockets of their persons.

Owns: which sockets of this process belong to which person. Guarantees: a notice is said to be taken only once it was
written to a socket; whoever lists promos hears when the list may have changed. Lost Redis is waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

from redis.exceptions import RedisError

from engine.limits import PROMO_PULSE_S
from engine.promos import LiveNotices, Offered, Promos
from engine.refusals import RefusalError
from server.buying.promos import offer_shape
from server.contract.events import event
from server.contract.wire import WIRES
from server.live.sockets import Sockets
from server.live.watcher import Watcher

log = logging.getLogger(__name__)

AWAY = (RedisError, OSError, RefusalError)
ROUNDS = 10
OBJECT_BYTES = 16  # spacing of object addresses


class LivePromos:
    def __init__(self, promos: Promos, sockets: Sockets) -> None:
        self._promos = promos
        self._sockets = sockets
        self._by_number: dict[int, set[Watcher]] = {}
        self._known: dict[Watcher, tuple[str, int | None]] = {}
        self._following: set[Watcher] = set()
        self._round = 0

    def follow(self, socket: Watcher) -> None:
        """This socket asked for promos: it gets an event when the list may have changed."""
        self._following.add(socket)

    # ── pulses ──

    def pulses(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """What runs for ever, each in a task of its own, so that each can be cancelled."""
        return {"promo beats": self._beats, "promo offers": self._offers, "promo notices": self._notices}

    async def _beats(self) -> None:
        while True:
            with contextlib.suppress(*AWAY):
                await self._promos.live.beat(self._promos.process)
                await self.look_round()
                await self._refresh()
                await self._promos.board.count_views()
            await asyncio.sleep(PROMO_PULSE_S)

    async def _offers(self) -> None:
        async with aclosing(self._promos.live.offered()) as changes:
            async for _ in changes:
                with contextlib.suppress(*AWAY):
                    await self._refresh()

    async def _refresh(self) -> None:
        if await self._promos.board.refresh():
            self._write_to_followers(event("promos"))

    def _write_to_followers(self, message: dict[str, Any]) -> None:
        frames = {id(wire): wire.frame(message) for wire in WIRES}
        for socket in self._following:
            socket.write(frames[id(socket.wire)])

    # ── who is here ──

    async def look_round(self) -> None:
        """Look up the persons of new sockets, and tell Redis who came and went."""
        here: dict[Watcher, str] = {socket: socket.buyer for socket in self._sockets.each() if socket.buyer is not None}
        self._following &= here.keys()
        gone = [socket for socket, (buyer, _) in self._known.items() if here.get(socket) != buyer]
        left = {number for socket in gone if (number := self._forget(socket)) is not None}
        self._round += 1
        new = [socket for socket in here if socket not in self._known or self._asked_again(socket)]
        numbers = await asyncio.gather(*(self._promos.audience.number_of(here[socket]) for socket in new))
        came = {number for number in numbers if number is not None and number not in self._by_number}
        for socket, number in zip(new, numbers, strict=True):
            self._known[socket] = (here[socket], number)
            if number is not None:
                self._by_number.setdefault(number, set()).add(socket)
        await self._promos.live.came(self._promos.process, came)
        await self._promos.live.went(self._promos.process, left - self._by_number.keys())

    def _asked_again(self, socket: Watcher) -> bool:
        """Unknown buyers may get a profile later: each round looks some up again, all of them in ten rounds."""
        if self._known[socket][1] is not None:
            return False
        return socket in self._following or id(socket) // OBJECT_BYTES % ROUNDS == self._round % ROUNDS

    def _forget(self, socket: Watcher) -> int | None:
        """The person whose last socket this was, if it was."""
        _, number = self._known.pop(socket)
        if number is None:
            return None
        sockets = self._by_number[number]
        sockets.discard(socket)
        if sockets:
            return None
        del self._by_number[number]
        return number

    # ── notices ──

    async def _notices(self) -> None:
        async with aclosing(self._promos.live.notices(self._promos.process)) as notices:
            async for each in notices:
                try:
                    await self._write(each)
                except Exception:  # another channel takes what no socket did
                    log.exception("live notices failed", extra={"window": each.window})

    async def _write(self, notices: LiveNotices) -> None:
        offered = await self._offered(notices.window)
        if offered is None:
            return
        message = event("notice", day=notices.day.isoformat(), **offer_shape(offered))
        frames = {id(wire): wire.frame(message) for wire in WIRES}
        taken = []
        for number in notices.numbers:
            sockets = self._by_number.get(number, ())
            for socket in sockets:
                socket.write(frames[id(socket.wire)])
            if sockets:
                taken.append(number)
        await self._promos.delivery.taken_by_sockets(notices.window, notices.day, taken)

    async def _offered(self, window: int) -> Offered | None:
        """What the notice is about; the board may not have it yet."""
        for again in (False, True):
            if again:
                await self._refresh()
            for offered in self._promos.board.offered().values():
                if offered.window == window:
                    return offered
        return None

    async def close(self) -> None:
        with contextlib.suppress(*AWAY):
            await self._promos.live.stopped(self._promos.process)
