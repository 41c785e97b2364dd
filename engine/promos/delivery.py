"""Delivers notices that are durable: to live sockets at once, to the others by the channel they prefer.

Owns batches of notices by lease; any number of deliverers may run. Guarantees: at least one try for each notice while
its window and its buyer's local day last, one message id per notice whatever is retried, and none after it was sent. A
failure is noted for its notice alone, and the others go on; results are written as they come, at least once a second.
After a crash between sending and commit the message is sent again, with the same id.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

import asyncpg
import orjson

from engine import limits
from engine.ending import end
from engine.messages import Channels, Message, Offer, Outcome, Sent, locale_of, notice_words
from engine.people import Persons, Point, distance_m
from engine.promos import delivery_sql as q
from engine.promos.counts import Counts
from engine.promos.live import Live
from engine.promos.permits import Permits, Way
from engine.segments import Audience
from engine.stores.scripts import call, pack, script, unpack

log = logging.getLogger(__name__)

BACKOFF = 2


class NoticeSigner(Protocol):
    def notice_token(self, day: str, number: int) -> str: ...


@dataclass(frozen=True, slots=True)
class ChannelRate:
    """The rate of a channel, shared by all deliverers."""

    per_second: float
    burst: int


@dataclass(slots=True)
class Tried:
    """What became of some notices, to be written together."""

    rows: list[tuple[int, int, str, str, str, str, int]] = field(default_factory=list)

    def take(self) -> Tried:
        """What was noted since the last time."""
        taken, self.rows = Tried(self.rows), []
        return taken

    def note(self, row: Any, channel: str, sent: Sent | None) -> None:
        """One try of one notice; None: there was no way to reach the buyer."""
        attempt = row["attempts"] + 1
        state, outcome, detail, again_s = "failed", "", "", 0
        if sent is not None:
            outcome, detail = sent.outcome.value, sent.detail
            if sent.outcome is Outcome.SENT:
                state = "sent"
            elif attempt < limits.NOTICE_ATTEMPTS_MAX:
                state = "due"
                # Another channel may work at once; the same one later, and later each time.
                wait_s = limits.NOTICE_RETRY_S * BACKOFF ** (attempt - 1)
                again_s = min(wait_s, limits.NOTICE_RETRY_S_MAX) if sent.outcome is Outcome.LATER else 0
        self.rows.append((row["number"], attempt, channel, outcome, detail[:200], state, again_s))


class Delivery:
    def __init__(
        self,
        db: asyncpg.Pool,
        audience: Audience,
        persons: Persons,
        channels: Channels,
        signer: NoticeSigner,
        *,
        inbox: Callable[[str, str], bytes],
        public_url: str,
        sms_per_day: int,
        rates: dict[str, ChannelRate],
    ) -> None:
        self._db = db
        self._audience = audience
        self._persons = persons
        self._channels = channels
        self._signer = signer
        self._url = public_url
        self._rates = rates
        self._permits = Permits(db, inbox, sms_per_day)
        self._live = Live(audience)
        self._counts = Counts(audience)
        self._lease = secrets.token_hex(8)

    async def step(self) -> int:
        """Work on batches until none waits, or for NOTICE_STEP_S_MAX; answers how many."""
        until, count = time.monotonic() + limits.NOTICE_STEP_S_MAX, 0
        while time.monotonic() < until and await self.deliver_one():
            count += 1
        return count

    async def due_s(self) -> float | None:
        """Seconds until a batch is to be worked on, though another may still do it; None when all are done."""
        seconds: float | None = await self._db.fetchval(q.DUE_S)
        return seconds

    async def deliver_one(self) -> bool:
        """Work on one batch; False when none waits."""
        batch = await self._db.fetchrow(q.LEASE, self._lease, limits.NOTICE_LEASE_S)
        if batch is None:
            return False
        window, day, numbers = batch["window_n"], batch["day"], batch["numbers"]
        offer = await self._db.fetchrow(q.WINDOW, window)
        organizer_id = offer["organizer_id"] if offer else ""
        lapsed = await self._db.fetch(q.LAPSE, day, numbers, window, offer is None or offer["over"], organizer_id)
        await self._counts.add(window, {"lapsed": len(lapsed)})
        if offer is not None:
            due = await self._db.fetch(q.DUE, day, numbers, window)
            live = await self._live.find([row["number"] for row in due if row["channel"] is None])
            if live:
                await self._db.execute(q.GIVEN_TO_SOCKETS, day, list(live), window, limits.LIVE_ANSWER_S)
                await self._live.tell(window, day, live)
            rest = {row["number"]: row for row in due if row["number"] not in live}
            known = await self._persons.addresses(list(rest), offer["organizer_id"])
            await self._send_rest(
                batch, offer, [{**rest[number], **known[number]} for number in rest if number in known]
            )
        await self._db.execute(q.REST, batch["id"], self._lease)
        return True

    # ── channels ──

    async def _send_rest(self, batch: Any, offer: Any, due: Sequence[Any]) -> None:
        """Send what no socket took, a group at a time; each group is written down before the next."""
        for at in range(0, len(due), limits.NOTICES_PER_FLUSH):
            if not await self._keeps(batch):
                return
            group = due[at : at + limits.NOTICES_PER_FLUSH]
            ways = [way_to(row) for row in group]
            refused = await self._permits.refused(batch["day"], offer["organizer_id"], ways)
            tried = Tried()
            sends = []
            for row, way in zip(group, ways, strict=True):
                if not way.channel:
                    tried.note(row, "", None)
                elif way.number in refused:
                    tried.note(row, way.channel, Sent(Outcome.REFUSED, refused[way.number]))
                else:
                    sends.append((row, way, self._message(row, batch["day"], offer, way.to)))
            if not await self._send_group(batch, sends, tried):
                return

    async def _send_group(self, batch: Any, sends: Sequence[tuple[Any, Way, Message]], tried: Tried) -> bool:
        """Send messages at the same time, and write down what became of them meanwhile; False: the lease was lost."""
        gate = asyncio.Semaphore(limits.NOTICES_SENT_AT_ONCE_MAX)
        sending = {asyncio.create_task(self._send_one(*each, tried, gate)) for each in sends}
        pending = sending
        try:
            while pending:
                _, pending = await asyncio.wait(pending, timeout=limits.NOTICE_FLUSH_S)
                await self._write(batch["day"], batch["window_n"], tried.take())
                if pending and not await self._keeps(batch):
                    return False
        finally:
            await end(pending)
            await self._write(batch["day"], batch["window_n"], tried.take())
        for task in sending:
            task.result()
        return True

    async def _send_one(self, row: Any, way: Way, message: Message, tried: Tried, gate: asyncio.Semaphore) -> None:
        async with gate:
            await self._wait_for(way.channel)
            sent = await self._channels[way.channel].send(message)
        tried.note(row, way.channel, sent)
        if sent.outcome is Outcome.BOUNCED:
            await self._persons.bounced(way.channel, row["push"]["endpoint"] if way.channel == "push" else way.to)

    async def _keeps(self, batch: Any) -> bool:
        """Renew the lease of a batch; False when somebody else has it."""
        return await self._db.fetchval(q.RENEW, batch["id"], self._lease, limits.NOTICE_LEASE_S) is not None

    def _message(self, row: Any, day: date, offer: Any, to: str) -> Message:
        token = self._signer.notice_token(day.isoformat(), row["number"])
        link, stop = f"{self._url}/n/{token}", f"{self._url}/u/{token}"
        about = Offer(
            product=offer["product"],
            store=offer["store"],
            zone=offer["zone"],
            price=offer["price"],
            regular=offer["regular"],
            currency=offer["currency"],
            stock=offer["stock"],
            closes_at=offer["closes_at"],
        )
        metres = 0.0
        if row["latitude"] is not None:
            store = Point(offer["latitude"], offer["longitude"])
            metres = distance_m(Point(row["latitude"], row["longitude"]), store)
        words = notice_words(about, row["locale"], metres, link, stop, now=datetime.now(UTC))
        return Message(notice_id(day, row["number"]), to, locale_of(row["locale"]), words, link, stop)

    async def _wait_for(self, channel: str) -> None:
        """Wait until the channel may send one more, all deliverers together."""
        rate = self._rates.get(channel)
        while rate is not None:
            packed = pack([(1, rate.per_second, rate.burst)])
            answer = await call(
                self._audience.redis, script("promos/rate_take"), [self._audience.keys.rate(channel)], [packed]
            )
            granted, wait_ms = unpack(answer)[0]
            if granted:
                return
            await asyncio.sleep(wait_ms / 1000)

    async def _write(self, day: date, window: int, tried: Tried) -> None:
        if not tried.rows:
            return
        columns = [list(column) for column in zip(*tried.rows, strict=True)]
        await self._db.execute(q.TRIED, day, *columns, window)
        counts = Counter(channel for _, _, channel, _, _, state, _ in tried.rows if state == "sent")
        failed = sum(state == "failed" for *_, state, _ in tried.rows)
        await self._counts.add(window, {**counts, "delivered": counts.total(), "failed": failed})

    # ── sockets ──

    async def taken_by_sockets(self, window: int, day: date, numbers: Sequence[int]) -> None:
        """Server processes say so, once the notices are on their sockets."""
        rows = await self._db.fetch(q.TAKEN_BY_SOCKETS, day, list(numbers), window)
        await self._counts.add(window, {"live": len(rows), "delivered": len(rows)})


def way_to(row: Any) -> Way:
    """The channel to try, and the address on it: the first one preferred that exists and has not failed."""
    addresses = {
        "push": orjson.dumps(row["push"]).decode() if row["push"] else None,
        "email": row["email"],
        "sms": row["phone"],
    }
    for channel in row["channels"]:
        address = addresses.get(channel)
        if address and channel not in row["failed"]:
            return Way(row["number"], channel, address)
    return Way(row["number"], "", "")


def notice_id(day: date, number: int) -> str:
    """One per notice, in every channel and for every try."""
    return f"n{number}.{day.isoformat()}"


assert timedelta(seconds=limits.NOTICE_LEASE_S) > timedelta(seconds=limits.LIVE_ANSWER_S)
