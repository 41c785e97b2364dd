"""One sale's feed on its way to this process's sockets: merged, encoded once per format, written to every transport.

Owns: the subscription, the view, who watches which topics, and the sockets that were too slow.
Guarantees: broadcasting never waits; a slow socket costs its bounded buffer, then nothing until one snapshot.
Fails: a lost feed is followed again with backoff and the view read anew; watchers get a `snapshot` event.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any

from engine.ending import end
from engine.limits import (
    FIRST_VIEW_S_MAX,
    MERGE_MS,
    ROOM_FRAMES_PER_S,
    ROOM_MERGE_MS,
    UNSENT_BYTES_LOW,
    UNSENT_BYTES_PER_SOCKET_MAX,
    WATCH_AGAIN_MS_MAX,
)
from engine.onsale import Sale
from engine.onsale.model import Delta
from engine.refusals import Code, Refusal, accept
from server.live.sale_view import TOPICS, Change, SaleView
from server.live.wire import WIRES, Wire

if TYPE_CHECKING:
    from server.live.socket import Socket

log = logging.getLogger(__name__)

Audience = tuple[Wire, frozenset[str]]
SLOW_TOPICS = ("room", "counters")


class Hub:
    """The watchers of one sale in one process."""

    def __init__(self, sale: Sale, cart_changed: Callable[[str, str], None]) -> None:
        self.sale = sale
        self.attending: dict[str, set[Socket]] = {}  # buyer → sockets that hear about their cart
        self._cart_changed = cart_changed
        self._view: SaleView | None = None
        self._audiences: dict[Audience, set[Socket]] = {}
        self._topics: dict[Socket, frozenset[str]] = {}
        self._slow: set[Socket] = set()
        self._fast_change = Change()
        self._slow_change = Change()
        self._fast_timer: asyncio.TimerHandle | None = None
        self._slow_timer: asyncio.TimerHandle | None = None
        self._lag_timer: asyncio.TimerHandle | None = None
        self._early: list[Delta] | None = None  # deltas that came while the view is being read
        self._reading: asyncio.Task[None] | None = None
        self._first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._following = asyncio.create_task(self._follow())
        self.idle_at: float | None = None
        self.slowed = 0  # how often a socket was too slow

    # ── who watches ──

    @property
    def viewers(self) -> int:
        return len(self._topics)

    @property
    def slow_readers(self) -> int:
        return len(self._slow)

    @property
    def unused(self) -> bool:
        return not self._topics and not self.attending

    async def view(self) -> SaleView:
        """The view; the first one is read once the feed is subscribed to."""
        if self._view is None:
            try:
                async with asyncio.timeout(FIRST_VIEW_S_MAX):
                    await asyncio.shield(self._first)
            except TimeoutError as error:
                raise Refusal(Code.UNAVAILABLE) from error
        assert self._view is not None
        return self._view

    def topics(self, socket: Socket) -> frozenset[str]:
        return self._topics.get(socket, frozenset())

    def watch(self, socket: Socket, topics: Iterable[str]) -> None:
        self._place(socket, self.topics(socket) | frozenset(topics))

    def unwatch(self, socket: Socket, topics: Iterable[str]) -> None:
        self._place(socket, self.topics(socket) - frozenset(topics))

    def attend(self, socket: Socket, buyer: str) -> None:
        self.attending.setdefault(buyer, set()).add(socket)

    def leave(self, socket: Socket, buyer: str) -> None:
        """This socket no longer hears about the buyer's cart."""
        sockets = self.attending.get(buyer)
        if sockets is not None:
            sockets.discard(socket)
            if not sockets:
                del self.attending[buyer]

    def stop_watching(self, socket: Socket) -> None:
        self._place(socket, frozenset())

    def _place(self, socket: Socket, topics: frozenset[str]) -> None:
        before = self._topics.pop(socket, None)
        if before is not None:
            self._leave_audience(socket, before)
        self._slow.discard(socket)
        if topics:
            self._topics[socket] = topics
            self._audiences.setdefault((socket.wire, topics), set()).add(socket)

    def _leave_audience(self, socket: Socket, topics: frozenset[str]) -> None:
        key = (socket.wire, topics)
        sockets = self._audiences.get(key)
        if sockets is not None:
            sockets.discard(socket)
            if not sockets:
                del self._audiences[key]

    # ── the feed ──

    async def _follow(self) -> None:
        """Follow the feed for as long as this hub lives."""
        while True:
            try:
                async for delta in self.sale.watch():
                    if delta.epoch:
                        self._take(delta)
                    else:
                        self._read_again()  # subscribed just now: something may have been missed
            except Exception:
                log.exception("the feed broke off", extra={"sale": self.sale.id})
            await asyncio.sleep(WATCH_AGAIN_MS_MAX / 1000)

    def _take(self, delta: Delta) -> None:
        for buyer in delta.carts:
            if buyer in self.attending:
                self._cart_changed(self.sale.id, buyer)
        view = self._view
        if self._early is not None:
            self._early.append(delta)
        elif view is not None and view.follows(delta):
            self._apply(view, delta)
        elif view is not None and not view.already_knows(delta):
            self._read_again()  # which finds what this delta says, too

    def _apply(self, view: SaleView, delta: Delta) -> None:
        before = view.state
        view.apply(delta)
        if not self._audiences:
            return  # nobody to tell; what comes is told by the answer to `watch`
        self._fast_change.seats.update(delta.seats)
        self._fast_change.pools.update(delta.pools)
        self._slow_change.room.update(delta.room)
        self._slow_change.counters.update(delta.counters)
        if view.state != before:
            self._flush_slow()
            self._tell_all({"on": "state", "state": view.state})
        loop = asyncio.get_running_loop()
        if self._fast_timer is None and (delta.seats or delta.pools):
            self._fast_timer = loop.call_later(MERGE_MS / 1000, self._flush_fast)
        if self._slow_timer is None and (delta.room or delta.counters):
            self._slow_timer = loop.call_later(room_merge_s(len(self._topics)), self._flush_slow)

    def _read_again(self) -> None:
        """Read a snapshot; deltas that come meanwhile are applied on top of it."""
        if self._early is None:
            self._early = []
            self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        wait_ms = MERGE_MS
        while True:
            # What came before it is asked for is in the snapshot; it may be of an epoch that is over.
            self._early = []
            try:
                self._adopt(SaleView(accept(await self.sale.snapshot(wake=True))))
            except Refusal as refusal:
                if not self._first.done() and not refusal.code.retryable:
                    self._early = None
                    self._first.set_exception(refusal)
                    self._first.exception()  # asked for here, so that it may stay unasked elsewhere
                    return
            except Exception:
                log.exception("a snapshot could not be read", extra={"sale": self.sale.id})
            else:
                return
            await asyncio.sleep(wait_ms / 1000)
            wait_ms = min(wait_ms * 2, WATCH_AGAIN_MS_MAX)

    def _adopt(self, view: SaleView) -> None:
        early, self._early = self._early or [], None
        self._fast_change, self._slow_change = Change(), Change()
        before, self._view = self._view, view
        if before is not None and (before.epoch, before.seq) != (view.epoch, view.seq):
            self._tell_snapshots()
            # Something was missed: perhaps that a cart changed.
            for buyer in list(self.attending):
                self._cart_changed(self.sale.id, buyer)
        if not self._first.done():
            self._first.set_result(None)
        for delta in early:
            self._take(delta)

    # ── fan-out ──

    def _flush_fast(self) -> None:
        self._fast_timer = None
        change, self._fast_change = self._fast_change, Change()
        self._broadcast(change.bodies())

    def _flush_slow(self) -> None:
        if self._slow_timer is not None:
            self._slow_timer.cancel()
            self._slow_timer = None
        change, self._slow_change = self._slow_change, Change()
        self._broadcast(change.bodies())

    def _event(self, on: str, body: dict[str, Any]) -> dict[str, Any]:
        assert self._view is not None
        return {"on": on, "sale": self.sale.id, "epoch": self._view.epoch, "seq": self._view.seq, **body}

    def tell_missed(self, socket: Socket, change: Change, topics: Collection[str]) -> None:
        """Send one socket, once its answer is out, what it missed."""
        assert self._view is not None
        bodies = change.bodies()
        for topic in SLOW_TOPICS:  # merged for longer than others, so the client may lack more than it thinks
            bodies[topic] = self._view.member(topic)
        events = [self._event(topic, bodies[topic]) for topic in TOPICS if topic in topics and topic in bodies]
        loop = asyncio.get_running_loop()
        for event in events:
            loop.call_soon(socket.send, event)

    def _broadcast(self, bodies: dict[str, dict[str, Any]]) -> None:
        if not bodies or not self._audiences:
            return
        events = {topic: self._event(topic, body) for topic, body in bodies.items()}
        frames: dict[tuple[Wire, str], bytes] = {}
        for (wire, topics), sockets in list(self._audiences.items()):
            parts = []
            for topic, event in events.items():
                if topic in topics:
                    key = (wire, topic)
                    if key not in frames:
                        frames[key] = wire.frame(event)
                    parts.append(frames[key])
            if parts:
                self._write(sockets, b"".join(parts))

    def _write(self, sockets: set[Socket], ready: bytes) -> None:
        """Write the same bytes to many sockets; those over their bound get nothing from now on."""
        behind = []
        for socket in sockets:
            transport = socket.transport
            if transport.get_write_buffer_size() > UNSENT_BYTES_PER_SOCKET_MAX:
                behind.append(socket)
            elif not transport.is_closing():
                transport.write(ready)
        for socket in behind:
            self._leave_audience(socket, self._topics[socket])
            self._slow.add(socket)
            self.slowed += 1
        if behind:
            self._await_slow()

    def _tell_all(self, body: dict[str, Any]) -> None:
        event = self._event(body.pop("on"), body)
        ready = {wire: wire.frame(event) for wire in WIRES}
        for (wire, _), sockets in list(self._audiences.items()):
            self._write(sockets, ready[wire])

    # ── slow readers ──

    def _await_slow(self) -> None:
        if self._lag_timer is None and self._slow:
            self._lag_timer = asyncio.get_running_loop().call_later(MERGE_MS / 1000, self._retry_slow)

    def _retry_slow(self) -> None:
        """Sockets that drained get one snapshot and are up to date again."""
        self._lag_timer = None
        drained = [each for each in self._slow if each.transport.get_write_buffer_size() <= UNSENT_BYTES_LOW]
        for socket in drained:
            self._slow.discard(socket)
            topics = self._topics[socket]
            socket.send(self._snapshot_event(topics))
            self._audiences.setdefault((socket.wire, topics), set()).add(socket)
        self._await_slow()

    def _snapshot_event(self, topics: frozenset[str]) -> dict[str, Any]:
        assert self._view is not None
        members = {topic: self._view.member(topic) for topic in TOPICS if topic in topics}
        return self._event("snapshot", {"state": self._view.state, **members})

    def _tell_snapshots(self) -> None:
        for (wire, topics), sockets in list(self._audiences.items()):
            self._write(sockets, wire.frame(self._snapshot_event(topics)))

    async def close(self) -> None:
        if not self._first.done():
            self._first.cancel()
        for timer in (self._fast_timer, self._slow_timer, self._lag_timer):
            if timer is not None:
                timer.cancel()
        await end((self._following, self._reading))


def room_merge_s(watchers: int) -> float:
    """How long changes of the room are gathered. Pure."""
    return max(ROOM_MERGE_MS / 1000, watchers / ROOM_FRAMES_PER_S)
