"""Delivers notices that are durable: to live sockets at once; the others as messages, on the channel that is preferred.

Owns batches of notices by lease; any number of deliverers may run. Guarantees: at most one message per notice and
channel, written in the transaction that says so of the notice; what became of it is noted, and where it was refused
the next channel takes over while the window and the buyer's local day last. A failure is noted for its notice alone,
and the others go on. A notice whose window is over is done, whatever was lost on the way.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import asyncpg
import orjson

from engine import limits
from engine.messages import (
    Addressed,
    Ended,
    Letter,
    Letterbox,
    Template,
    distance,
    locale_of,
    price_words,
    until_words,
)
from engine.people import OFFERS, Persons, Point, Preferences, distance_m
from engine.promos import delivery_sql as q
from engine.promos.counts import Counts
from engine.promos.live import Live
from engine.promos.permits import Permits, Way
from engine.segments import Audience
from engine.stores.batcher import Batcher

KEY = "notice"
# What became of a message → the notice's own state, and what the try is noted as; a refused one is due by another way.
STATES = {
    "sent": ("sent", "sent"),
    "refused": ("due", "refused"),
    "bounced": ("due", "bounced"),
    "lapsed": ("lapsed", ""),
    "unknown": ("failed", "later"),
}
UNKNOWN = "nobody knows whether it went out"


class NoticeSigner(Protocol):
    def notice_token(self, day: str, number: int) -> str: ...
    def reader_token(self, organizer_id: str, who: str) -> str: ...


@dataclass(slots=True)
class Told:
    """What is known of some notices now, to be written together."""

    rows: list[tuple[int, str, str, str, str]] = field(default_factory=list)

    def failed(self, row: Any, channel: str, why: str) -> None:
        """It can't go this way; without a channel there is no way at all."""
        self.rows.append((row["number"], channel, "due" if channel else "failed", "refused" if channel else "", why))

    def handed_over(self, row: Any, channel: str) -> None:
        self.rows.append((row["number"], channel, "posted", "", ""))


class Delivery:
    def __init__(
        self,
        db: asyncpg.Pool,
        audience: Audience,
        persons: Persons,
        preferences: Preferences,
        letterbox: Letterbox,
        *,
        signer: NoticeSigner,
        inbox: Callable[[str, str], bytes],
        public_url: str,
        sms_per_day: int,
    ) -> None:
        self._db = db
        self._persons = persons
        self._preferences = preferences
        self._letterbox = letterbox
        self._signer = signer
        self._inbox = inbox
        self._url = public_url
        self._permits = Permits(db, inbox, sms_per_day)
        self._live = Live(audience)
        self._counts = Counts(audience)
        self._lease = secrets.token_hex(8)
        self._wanted: Batcher[tuple[date, int], bool] = Batcher(
            "promos/still wanted", self._still_wanted, items_max=limits.NOTICES_PER_FLUSH
        )
        self._ended: Batcher[Ended, None] = Batcher(
            "promos/ended", self._write_ended, items_max=limits.NOTICES_PER_FLUSH
        )
        letterbox.post.sold_by(Template.OFFER, still=self._is_wanted, hear=self.ended)

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
        await self._lapse(batch, offer)
        if offer is not None:
            due = await self._db.fetch(q.DUE, day, numbers, window)
            live = await self._live.find([row["number"] for row in due if row["channel"] is None])
            if live:
                await self._db.execute(q.GIVEN_TO_SOCKETS, day, list(live), window, limits.LIVE_ANSWER_S)
                await self._live.tell(window, day, live)
            rest = {row["number"]: row for row in due if row["number"] not in live}
            known = await self._persons.addresses(list(rest), offer["organizer_id"])
            await self._hand_over(
                batch, offer, [{**rest[number], **known[number]} for number in rest if number in known]
            )
        await self._db.execute(q.REST, batch["id"], self._lease, limits.NOTICE_LOOK_S)
        return True

    async def _lapse(self, batch: Any, offer: Any) -> None:
        """What is too late is done; what was handed over may still be on its way for a moment."""
        is_over = offer is None or offer["over"]
        is_long_over = offer is None or offer["over_s"] > limits.LETTER_LEASE_S
        which = (batch["day"], batch["numbers"], batch["window_n"])
        organizer_id = offer["organizer_id"] if offer else ""
        lapsed = await self._db.fetch(q.LAPSE, *which, is_over, organizer_id, is_long_over)
        await self._counts.add(batch["window_n"], {"lapsed": len(lapsed)})

    # ── messages ──

    async def _hand_over(self, batch: Any, offer: Any, due: Sequence[Any]) -> None:
        """Write messages for what no socket took, a group at a time."""
        organizer_id = offer["organizer_id"]
        for at in range(0, len(due), limits.NOTICES_PER_FLUSH):
            if await self._db.fetchval(q.RENEW, batch["id"], self._lease, limits.NOTICE_LEASE_S) is None:
                return  # somebody else has it
            group = due[at : at + limits.NOTICES_PER_FLUSH]
            ways = await self._ways(group, organizer_id)
            refused = await self._permits.refused(batch["day"], organizer_id, ways)
            told, letters = Told(), {}
            for row, way in zip(group, ways, strict=True):
                if not way.channel:
                    told.failed(row, "", "")
                elif way.number in refused:
                    told.failed(row, way.channel, refused[way.number])
                else:
                    try:
                        letters[row["number"]] = self._letter(row, batch["day"], offer, way)
                    except ValueError:  # what releases before took in
                        told.failed(row, way.channel, "not an address")
                    else:
                        told.handed_over(row, way.channel)
            await self._write(batch, told, letters)

    async def _ways(self, group: Sequence[Any], organizer_id: str) -> list[Way]:
        """The way to each: the first channel they prefer that leads there, has not failed and is wanted for offers."""
        found = [ways_to(row) for row in group]
        whose = {
            way: Addressed(organizer_id, way.channel, self._inbox(way.channel, way.inbox))
            for ways in found
            for way in ways
        }
        said = await self._preferences.of(list(whose.values()))
        now = datetime.now(UTC)
        chosen = []
        for row, ways in zip(group, found, strict=True):
            way = Way(row["number"], "", "")
            for each in ways:
                preference = said.get(whose[each])
                wish = None if preference is None else preference.wish(OFFERS, now)
                if wish is None or wish.is_wanted:
                    way = each if wish is None else replace(each, not_before=wish.not_before)
                    break
            chosen.append(way)
        return chosen

    async def _write(self, batch: Any, told: Told, letters: Mapping[int, Letter]) -> None:
        """Notices and their messages in one transaction; what a socket took meanwhile needs none."""
        day, window = batch["day"], batch["window_n"]
        columns = [list(column) for column in zip(*told.rows, strict=True)]
        async with self._db.acquire() as connection, connection.transaction():
            rows = await connection.fetch(q.TOLD, day, window, *columns)
            posted = [letters[row["number"]] for row in rows if row["state"] == "posted"]
            if posted:
                await self._letterbox.write_many(connection, posted)
        await self._counts.add(window, {"failed": sum(row["state"] == "failed" for row in rows)})

    def _letter(self, row: Any, day: date, offer: Any, way: Way) -> Letter:
        number, locale = row["number"], locale_of(row["locale"])
        token = self._signer.notice_token(day.isoformat(), number)
        said = {
            "link": f"{self._url}/n/{token}",
            "stop": f"{self._url}/u/{token}",
            "choose": f"{self._url}/preferences/{self._signer.reader_token(offer['organizer_id'], str(number))}",
            "product": offer["product"],
            "store": offer["store"],
            "price": price_words(offer["price"], offer["currency"], locale),
            "regular": price_words(offer["regular"], offer["currency"], locale),
            "ends": until_words(offer["closes_at"], ZoneInfo(offer["zone"]), datetime.now(UTC), locale),
            "stock": str(offer["stock"]),
            "day": day.isoformat(),
            "number": str(number),
        }
        if row["latitude"] is not None:
            store = Point(offer["latitude"], offer["longitude"])
            said["distance"] = distance(distance_m(Point(row["latitude"], row["longitude"]), store), locale)
        return Letter(
            key=f"{KEY}:{day.isoformat()}:{number}:{way.channel}",
            template=Template.OFFER,
            to=way.to,
            locale=locale,
            data=said,
            organizer=offer["organizer_id"],
            until=offer["closes_at"],
            not_before=way.not_before,
            channel=way.channel,
            inbox=way.inbox,
        )

    # ── what became of them ──

    async def _is_wanted(self, said: Mapping[str, str]) -> bool:
        return await self._wanted.submit((date.fromisoformat(said["day"]), int(said["number"])))

    async def _still_wanted(self, notices: list[tuple[date, int]]) -> list[bool]:
        rows = await self._db.fetch(q.STILL_WANTED, *map(list, zip(*notices, strict=True)))
        wanted = {(row["day"], row["number"]) for row in rows}
        return [each in wanted for each in notices]

    async def ended(self, messages: Sequence[Ended]) -> None:
        """Messages of notices were sent, or can't be; noted before the messages themselves are."""
        for noted in [self._ended.submit(each) for each in messages]:
            await noted

    async def _write_ended(self, messages: list[Ended]) -> list[None]:
        columns: list[tuple[date, int, str, str, str, str]] = []
        for each in messages:
            _, day, number, _ = each.key.split(":")
            state, outcome = STATES[each.state]
            said = UNKNOWN if each.state == "unknown" else each.said
            columns.append((date.fromisoformat(day), int(number), each.channel, state, outcome, said))
        rows = await self._db.fetch(q.ENDED, *map(list, zip(*columns, strict=True)))
        counts: dict[int, Counter[str]] = defaultdict(Counter)
        for row in rows:
            named = {"sent": (row["channel"], "delivered"), "due": ()}.get(row["state"], (row["state"],))
            counts[row["window_n"]].update(named)
        for window, more in counts.items():
            await self._counts.add(window, more)
        return [None] * len(messages)

    # ── sockets ──

    async def taken_by_sockets(self, window: int, day: date, numbers: Sequence[int]) -> None:
        """Server processes say so, once the notices are on their sockets."""
        rows = await self._db.fetch(q.TAKEN_BY_SOCKETS, day, list(numbers), window)
        await self._counts.add(window, {"live": len(rows), "delivered": len(rows)})


def ways_to(row: Any) -> list[Way]:
    """The channels that lead to somebody and have not failed, the preferred one first."""
    number = row["number"]
    # Whichever browser it is, its reader is the same.
    push = Way(number, "push", orjson.dumps(row["push"]).decode(), str(number)) if row["push"] else None
    email = Way(number, "email", row["email"], row["email"]) if row["email"] else None
    sms = Way(number, "sms", row["phone"], row["phone"]) if row["phone"] else None
    there = {way.channel: way for way in (push, email, sms) if way is not None}
    return [there[channel] for channel in row["channels"] if channel in there and channel not in row["failed"]]
