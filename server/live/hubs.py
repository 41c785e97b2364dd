"""The hubs of one process: one per sale that somebody here watches or shops in.

Owns: making and ending hubs, telling the engine how many watch and which shoppers are still there, and passing
on carts that changed by themselves to every socket of their buyer; while a store is away they are told later.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from engine.ending import end
from engine.limits import BATCH_ITEMS_MAX, HUB_IDLE_S_MAX, TOUCH_EVERY_S, VIEWERS_AGAIN_S, VIEWERS_EVERY_S
from engine.onsale import Onsale
from engine.onsale.model import FeedPosition
from engine.refusals import RefusalError
from server.contract.faults import or_unavailable
from server.known.sale_view import SaleView
from server.live.hub import Hub

log = logging.getLogger(__name__)

CartEvents = Callable[[str, str], Awaitable[list[dict[str, Any]]]]


class Hubs:
    def __init__(self, name: str, onsale: Onsale, cart_events: CartEvents) -> None:
        self._name = name  # of this process, to whoever adds up viewers
        self._onsale = onsale
        self._cart_events = cart_events
        self._hubs: dict[str, Hub] = {}
        self._told: dict[str, tuple[int, float]] = {}  # viewers last reported, and when
        self._tasks: set[asyncio.Task[None]] = set()
        self._untold: set[tuple[str, str, FeedPosition]] = set()  # carts that changed while a store was away
        self._touched_at = time.monotonic()

    def __len__(self) -> int:
        return len(self._hubs)

    @property
    def watchers(self) -> int:
        return sum(hub.watchers for hub in self._hubs.values())

    def take_slowed(self) -> int:
        """How many sockets were too slow since this was asked last."""
        slowed = 0
        for hub in self._hubs.values():
            slowed, hub.slowed = slowed + hub.slowed, 0
        return slowed

    def of(self, sale_id: str) -> Hub:
        hub = self._hubs.get(sale_id)
        if hub is None:
            hub = self._hubs[sale_id] = Hub(self._onsale.sale(sale_id), self._cart_changed)
        return hub

    async def view(self, sale_id: str) -> SaleView:
        """The sale as this process knows it; following it begins when nobody did yet."""
        hub = self.of(sale_id)
        try:
            return await hub.view()
        except RefusalError:
            if hub.unused and self._hubs.get(sale_id) is hub:
                del self._hubs[sale_id]
                await hub.close()
            raise

    # ── carts that changed by themselves ──

    def _cart_changed(self, sale_id: str, buyer: str, at: FeedPosition) -> None:
        task = asyncio.create_task(self._tell(sale_id, buyer, at))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, sale_id: str, buyer: str, at: FeedPosition) -> None:
        try:
            events = await or_unavailable(self._cart_events(sale_id, buyer), "cart events")
        except RefusalError as refusal:
            log.warning("a changed cart was not told", extra={"sale": sale_id, "code": refusal.code.word})
            if refusal.code.retryable:
                self._untold.add((sale_id, buyer, at))
            return
        hub = self._hubs.get(sale_id)
        for socket in () if hub is None else hub.attending.take_untold(buyer, at):
            for event in events:
                socket.send(event)

    def _tell_untold(self) -> None:
        untold, self._untold = self._untold, set()
        for sale_id, buyer, at in untold:
            if sale_id in self._hubs:
                self._hubs[sale_id].attending.hear(buyer, at)

    # ── the pulse ──

    async def pulse(self) -> None:
        """Run for ever: report viewers and live shoppers, tell what could not be told, end idle hubs."""
        while True:
            await asyncio.sleep(VIEWERS_EVERY_S)
            self._tell_untold()
            touch = time.monotonic() - self._touched_at >= TOUCH_EVERY_S
            if touch:
                self._touched_at = time.monotonic()
            for hub in list(self._hubs.values()):
                try:
                    await self._report(hub, touch)
                except RefusalError as refusal:
                    log.info("viewers were not reported", extra={"sale": hub.sale.id, "code": refusal.code.word})
                except Exception:
                    log.exception("the pulse of a hub failed", extra={"sale": hub.sale.id})
                await self._end_if_idle(hub)

    async def _report(self, hub: Hub, touch: bool) -> None:
        sale_id = hub.sale.id
        now = time.monotonic()
        told, at = self._told.get(sale_id, (0, now))
        viewers = hub.viewers
        if told != viewers or (viewers and now - at >= VIEWERS_AGAIN_S):
            await hub.sale.report_viewers(self._name, viewers)
            self._told[sale_id] = viewers, now
        if touch and hub.attending:
            buyers = hub.attending.buyers
            for first in range(0, len(buyers), BATCH_ITEMS_MAX):
                await hub.sale.touch(buyers[first : first + BATCH_ITEMS_MAX])

    async def _end_if_idle(self, hub: Hub) -> None:
        if not hub.unused:
            hub.idle_at = None
        elif hub.idle_at is None:
            hub.idle_at = time.monotonic()
        elif time.monotonic() - hub.idle_at > HUB_IDLE_S_MAX:
            self._hubs.pop(hub.sale.id, None)
            self._told.pop(hub.sale.id, None)
            await hub.close()

    async def close(self) -> None:
        await end(self._tasks)
        await asyncio.gather(*(hub.close() for hub in self._hubs.values()))
        self._hubs.clear()
