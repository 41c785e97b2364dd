"""One sale's feed on its way to this process's sockets: merged, encoded once per format, written to every transport.

Owns: the subscription, the view, who watches which topics, and the sockets that were too slow.
Guarantees: broadcasting never waits; a slow socket costs its bounded buffer, then nothing until one snapshot. Whatever
event a client saw last, resuming from its seq loses nothing.
Fails: a lost feed is followed again with backoff and the view read anew; watchers get a `snapshot` event.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any

from engine.ending import end
from engine.limits import (
    DELTAS_KEPT_MAX,
    FIRST_VIEW_S_MAX,
    MERGE_MS,
    RESUME_WAIT_MS_MAX,
    ROOM_FRAMES_PER_S,
    ROOM_MERGE_MS,
    WATCH_AGAIN_MS_MAX,
)
from engine.onsale import Sale
from engine.onsale.model import Delta, FeedPosition
from engine.refusals import Code, RefusalError, accept
from server.contract.events import event
from server.contract.wire import WIRES, Wire
from server.known.sale_view import SEATS_PER_BYTE, SLOW_TOPICS, TOPICS, SaleView
from server.live.attending import Attending
from server.live.merging import Merging, Step, Telling
from server.live.watcher import Watcher

log = logging.getLogger(__name__)

Audience = tuple[Wire, frozenset[str]]
SEAT_NAMED_BYTES = 4  # about, in either format
WHOLE_FROM = 100  # so few changes are always named: a snapshot has the other topics in it, too


class Hub:
    """The watchers of one sale in one process."""

    def __init__(self, sale: Sale, cart_changed: Callable[[str, str, FeedPosition], None]) -> None:
        self.sale = sale
        self.attending = Attending(partial(cart_changed, sale.id))
        self._view: SaleView | None = None
        self._audiences: dict[Audience, set[Watcher]] = {}
        self._topics: dict[Watcher, frozenset[str]] = {}
        self._slow: set[Watcher] = set()
        self._falling: list[Watcher] = []  # will be among the slow before anything else is written
        self._resuming: dict[Watcher, Telling] = {}  # answered, and not yet told what they missed
        self._merging = Merging(0)
        self._moved: asyncio.Event | None = None  # somebody waits for `told` to move on
        self._fast_timer: asyncio.TimerHandle | None = None
        self._slow_timer: asyncio.TimerHandle | None = None
        self._early: list[Delta] | None = None  # deltas that came while the view is being read
        self._reading: asyncio.Task[None] | None = None
        self._first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._following = asyncio.create_task(self._follow())
        self.idle_at: float | None = None
        self.slowed = 0  # how often a socket was too slow

    # ── who watches ──

    @property
    def watchers(self) -> int:
        return len(self._topics)

    @property
    def viewers(self) -> int:
        """Those of the watchers who have not shown an organizer's key: the dashboard doesn't count itself."""
        return sum(watcher.works_for is None for watcher in self._topics)

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
                raise RefusalError(Code.UNAVAILABLE) from error
        assert self._view is not None
        return self._view

    def told(self, topics: Collection[str]) -> int:
        """The seq up to which watchers of these topics were told; a new one is answered what is at least as new."""
        return self._merging.told(topics)

    async def reach(self, epoch: str, seq: int, topics: Collection[str]) -> None:
        """Wait, for a moment at most, until all are told up to there: a client may have heard more elsewhere."""
        view = await self.view()
        if view.epoch != epoch or not 0 < seq - self.told(topics) <= DELTAS_KEPT_MAX:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RESUME_WAIT_MS_MAX / 1000):
                while self._view is not None and self._view.epoch == epoch and self.told(topics) < seq:
                    if self._view.seq >= seq:
                        self._hurry()
                    self._moved = self._moved or asyncio.Event()
                    await self._moved.wait()

    def _hurry(self) -> None:
        """Somebody waits for slow topics: they are told as soon as seats would be."""
        loop = asyncio.get_running_loop()
        if self._slow_timer is not None and self._slow_timer.when() - loop.time() > MERGE_MS / 1000:
            self._slow_timer.cancel()
            self._slow_timer = loop.call_later(MERGE_MS / 1000, self._flush_all)

    def _told_more(self) -> None:
        if self._moved is not None:
            self._moved.set()
            self._moved = None

    def topics(self, socket: Watcher) -> frozenset[str]:
        return self._topics.get(socket, frozenset())

    def watch(self, socket: Watcher, topics: Iterable[str]) -> None:
        self._place(socket, self.topics(socket) | frozenset(topics))

    def resume(self, socket: Watcher, topics: Collection[str], epoch: str, seq: int) -> bool:
        """Watch from (epoch, seq) on, unless that is no longer or not yet known, or something is watched already.

        What was missed is sent after the answer and before anything else; what is told later than seats comes whole.
        """
        view, told = self._view, self.told(topics)
        missed = None if view is None or seq > told else view.since(epoch, seq)
        if view is None or missed is None or self.topics(socket):
            return False
        whole = {topic: view.member(topic) for topic in SLOW_TOPICS}
        self._resuming[socket] = Telling({**missed.bodies(), **whole}, Step(seq, told), Step(seq, told))
        self._topics[socket] = frozenset(topics)
        asyncio.get_running_loop().call_soon(self._tell_missed, socket)
        return True

    def unwatch(self, socket: Watcher, topics: Iterable[str]) -> None:
        self._place(socket, self.topics(socket) - frozenset(topics))

    def stop_watching(self, socket: Watcher) -> None:
        self._place(socket, frozenset())

    def _place(self, socket: Watcher, topics: frozenset[str]) -> None:
        if topics:  # what it watches already must not be behind what it is answered now
            self._tell_missed(socket)
            self.caught_up(socket)
        self._resuming.pop(socket, None)
        self._slow.discard(socket)
        before = self._topics.pop(socket, None)
        if before is not None:
            self._leave_audience(socket, before)
        if topics:
            self._topics[socket] = topics
            self._join_audience(socket)

    def _join_audience(self, socket: Watcher) -> None:
        self._audiences.setdefault((socket.wire, self._topics[socket]), set()).add(socket)
        if socket.behind:
            self._falling.append(socket)

    def _leave_audience(self, socket: Watcher, topics: frozenset[str]) -> None:
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
            self.attending.hear(buyer, (delta.epoch, delta.seq))
        view = self._view
        if self._early is not None:
            self._early.append(delta)
        elif view is not None and view.follows(delta):
            self._apply(view, delta)
        elif view is not None and not view.already_knows(delta):
            self._read_again()  # which finds what this delta says, too

    def _apply(self, view: SaleView, delta: Delta) -> None:
        self._tell_resuming()
        before = view.state
        view.apply(delta)
        if not self._audiences:
            self._merging.skip(delta)
            self._told_more()
            return
        self._merging.take(delta)
        self._told_more()
        if view.state != before:
            self._flush_all()
            self._tell_all("state", {"state": view.state})
        loop = asyncio.get_running_loop()
        if self._fast_timer is None and (delta.seats or delta.pools):
            self._fast_timer = loop.call_later(MERGE_MS / 1000, self._flush_fast)
        if self._slow_timer is None and (delta.room or delta.counters):
            self._slow_timer = loop.call_later(room_merge_s(len(self._topics)), self._flush_all)

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
            except RefusalError as refusal:
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
        self._tell_resuming()
        early, self._early = self._early or [], None
        before, self._view = self._view, view
        self._merging = Merging(view.seq)
        self._told_more()
        if before is not None and (before.epoch, before.seq) != (view.epoch, view.seq):
            self._tell_snapshots()
            # Something was missed: perhaps that a cart changed.
            for buyer in self.attending.buyers:
                self.attending.hear(buyer, (view.epoch, view.seq))
        if not self._first.done():
            self._first.set_result(None)
        for delta in early:
            self._take(delta)

    # ── fan-out ──

    def _flush_fast(self) -> None:
        stop(self._fast_timer)
        self._fast_timer = None
        if self._view is not None:
            self._broadcast(self._merging.seats_and_pools(self._view.seq))

    def _flush_all(self) -> None:
        stop(self._fast_timer)
        stop(self._slow_timer)
        self._fast_timer = self._slow_timer = None
        if self._view is not None:
            self._broadcast(self._merging.everything(self._view.seq))

    def _event(self, on: str, body: dict[str, Any], seq: int) -> dict[str, Any]:
        assert self._view is not None
        return event(on, sale=self.sale.id, epoch=self._view.epoch, seq=seq, **body)

    def _broadcast(self, telling: Telling) -> None:
        self._tell_resuming()
        self._told_more()
        frames: dict[tuple[Wire, str, int], bytes] = {}
        whole = "seats" in telling.bodies and self._is_shorter_whole(telling.bodies["seats"])
        for (wire, topics), sockets in list(self._audiences.items()):
            if whole and "seats" in topics:
                self._write(sockets, wire.frame(self._snapshot_event(topics)))
                continue
            parts = []
            for topic, seq in telling.to(topics):
                key = (wire, topic, seq)
                if key not in frames:
                    frames[key] = wire.frame(self._event(topic, telling.bodies[topic], seq))
                parts.append(frames[key])
            if parts:
                self._write(sockets, b"".join(parts))

    def _is_shorter_whole(self, seats: dict[str, Any]) -> bool:
        """Whether all seats as they are take less than naming those that changed: a part of a house was released."""
        changed = sum(len(each) for each in seats.values())
        longer = self._view is not None and changed * SEAT_NAMED_BYTES * SEATS_PER_BYTE > self._view.seat_count
        return changed > WHOLE_FROM and longer

    def _write(self, sockets: set[Watcher], ready: bytes) -> None:
        """Write the same bytes to many sockets; those over their bound get nothing from now on."""
        if self._falling:
            self._set_apart()
        for socket in sockets:
            socket.put(ready)

    def _tell_all(self, on: str, body: dict[str, Any]) -> None:
        told = self._event(on, body, self.told(TOPICS))
        ready = {wire: wire.frame(told) for wire in WIRES}
        for (wire, _), sockets in list(self._audiences.items()):
            self._write(sockets, ready[wire])

    # ── those who resume ──

    def _tell_resuming(self) -> None:
        """Before anything else is told: what it brings may be newer than what these sockets missed."""
        for socket in list(self._resuming):
            self._tell_missed(socket)

    def _tell_missed(self, socket: Watcher) -> None:
        telling = self._resuming.pop(socket, None)
        if telling is None:
            return
        for topic, seq in telling.to(self._topics[socket]):
            socket.send(self._event(topic, telling.bodies[topic], seq))
        self._join_audience(socket)

    # ── slow readers ──

    def falls_behind(self, socket: Watcher) -> None:
        """Too much is unsent. Noted only, since we may be in the midst of writing to its audience."""
        self._falling.append(socket)

    def _set_apart(self) -> None:
        falling, self._falling = self._falling, []
        for socket in falling:
            topics = self._topics.get(socket)
            if topics is not None and socket.behind and socket not in self._slow:
                self._leave_audience(socket, topics)
                self._slow.add(socket)
                self.slowed += 1

    def caught_up(self, socket: Watcher) -> None:
        """It gets one snapshot, and is up to date again."""
        if socket in self._slow:
            self._slow.discard(socket)
            socket.send(self._snapshot_event(self._topics[socket]))
            self._join_audience(socket)

    def _snapshot_event(self, topics: frozenset[str]) -> dict[str, Any]:
        assert self._view is not None
        members = {topic: self._view.member(topic) for topic in TOPICS if topic in topics}
        return self._event("snapshot", {"state": self._view.state, **members}, self.told(topics))

    def _tell_snapshots(self) -> None:
        for (wire, topics), sockets in list(self._audiences.items()):
            self._write(sockets, wire.frame(self._snapshot_event(topics)))

    async def close(self) -> None:
        if not self._first.done():
            self._first.cancel()
        for timer in (self._fast_timer, self._slow_timer):
            stop(timer)
        await end((self._following, self._reading))


def stop(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


def room_merge_s(watchers: int) -> float:
    """How long changes of the room are gathered. Pure."""
    return max(ROOM_MERGE_MS / 1000, watchers / ROOM_FRAMES_PER_S)
