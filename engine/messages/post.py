"""Post: sends the messages that are due, and notes what became of each.

Guarantees: a message whose sender died is sent again, under the same id, until LETTER_DOUBTS_MAX tries went without an
answer; one that sells is not, nor does it take the turn of those that don't. One bad message or one slow server keeps
no other from its turn; a step starts tries and does not wait for them. An address that is dead is told to `on_dead`;
who sells hears of each end before it is noted, and once at least. Fails as Postgres does.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson

from engine import limits
from engine.access import Sealer
from engine.ending import end
from engine.messages import sql
from engine.messages.channel import Channels
from engine.messages.letters import DRAWN, SELL, Template, letter_words
from engine.messages.model import CHANNELS, Draw, Drawn, File, Message, Outcome, Sent, Words
from engine.messages.words import locale_of

log = logging.getLogger(__name__)

RETRY_POWER_MAX = 16
Dead = Callable[[str, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a message, in the words of its row."""

    key: str
    channel: str
    state: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Addressed:
    """Whom a message that sells is for: an inbox, and whose message it is."""

    organizer_id: str
    channel: str
    inbox: bytes


@dataclass(frozen=True, slots=True)
class Wish:
    """What a reader said about messages that sell."""

    is_wanted: bool = True
    not_before: datetime | None = None


ANY_TIME = Wish()
# Whether what a letter of these fields offers can still be had, and still by its reader.
Still = Callable[[Mapping[str, str]], Awaitable[bool]]
Hear = Callable[[Sequence[Ended]], Awaitable[None]]
Ask = Callable[[Addressed], Awaitable[Wish]]


@dataclass(frozen=True, slots=True)
class Seller:
    """Who writes letters of a template that sells."""

    still: Still
    hear: Hear


@dataclass(frozen=True, slots=True)
class Unsealed:
    """What a row says, once it was unsealed."""

    to: str
    data: Mapping[str, str]
    until: datetime | None


def unsealed(sealer: Sealer, message: str, sealed: str | None) -> Unsealed | None:
    """None: it was forgotten, or sealed with a key that is gone."""
    text = None if sealed is None else sealer.unseal(sealed, message)
    if text is None:
        return None
    content = orjson.loads(text)
    until = content["until"]
    return Unsealed(content["to"], content["data"], None if until is None else datetime.fromtimestamp(until, UTC))


@dataclass(frozen=True, slots=True)
class Told:
    """What a letter says at a moment."""

    words: Words
    link: str
    files: Sequence[File]
    is_over: bool


class Pace:
    """So many a second, with a second's worth saved up. One worker at a time has the job, so it is kept in memory."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._saved = self._most = max(1.0, per_second)
        self._at = clock()

    def room(self) -> int:
        now = self._clock()
        self._saved = min(self._most, self._saved + (now - self._at) * self._per_second)
        self._at = now
        return int(self._saved)

    def took(self, count: int) -> None:
        self._saved -= count


class Post:
    def __init__(
        self,
        db: asyncpg.Pool,
        sealer: Sealer,
        channels: Channels,
        *,
        site: str,
        per_second: Mapping[str, float],
        on_dead: Dead,
        ask: Ask,
    ) -> None:
        """`ask` tells what its reader wishes of messages that sell."""
        self._db = db
        self._sealer = sealer
        self.channels = channels
        self._site = site
        self.paces = {channel: Pace(per_second[channel]) for channel in CHANNELS}
        self._on_dead = on_dead
        self._ask = ask
        self._is_busy = False
        self._overdue_at = 0.0
        self.outcomes: Counter[tuple[str, str]] = Counter()  # by channel: what its tries came to
        self._tasks: dict[str, set[asyncio.Task[None]]] = {channel: set() for channel in CHANNELS}
        self._draws: dict[Template, Draw] = {}
        self._sellers: dict[Template, Seller] = {}
        self._selling: set[asyncio.Task[None]] = set()

    def drawn_by(self, template: Template, draw: Draw) -> None:
        """Letters of a template that show more than their own fields wait until somebody here can draw them."""
        self._draws[template] = draw

    def sold_by(self, template: Template, *, still: Still, hear: Hear) -> None:
        """Letters of a template that sells wait until somebody here answers for them."""
        self._sellers[template] = Seller(still, hear)

    async def step(self) -> int:
        """Start what may be started; answers how many tries."""
        self._is_busy = False
        kinds = await self._db.fetch(sql.WAITING_KINDS, list(CHANNELS))
        started = sum([await self._start(row["channel"], sells=row["sells"]) for row in kinds])
        if kinds and (not self._is_busy or time.monotonic() >= self._overdue_at):
            await self._end_overdue()
        return started

    async def _end_overdue(self) -> None:
        """All that is due is looked through for it: now and then only, while more is due than may be tried."""
        self._overdue_at = time.monotonic() + limits.LETTERS_OVERDUE_S
        bounds = (limits.LETTER_TRIES_MAX, limits.LETTER_DOUBTS_MAX, limits.LETTERS_PER_STEP_MAX)
        async with self._db.acquire() as connection, connection.transaction():
            rows = await connection.fetch(sql.END_OVERDUE, *bounds, list(CHANNELS))
            for template, seller in self._sellers.items():
                ended = [Ended(row["key"], row["channel"], row["state"]) for row in rows if row["template"] == template]
                try:
                    if ended:
                        await seller.hear(ended)
                except Exception:  # whoever sells looks now and then; all others have their letters meanwhile
                    log.exception("nobody could be told what became of %d messages that sell", len(ended))

    async def due_s(self) -> float | None:
        """Seconds until a message is to be tried, also one that is being sent; None when none waits."""
        seconds: float | None = await self._db.fetchval(sql.DUE_S, list(CHANNELS))
        return seconds

    def next_s(self) -> float | None:
        """How soon the next step is wanted, while more may wait than was started."""
        return limits.LETTERS_BUSY_S if self._is_busy else None

    async def settle(self) -> None:
        """Wait for what is being sent."""
        await asyncio.gather(*self._running())

    async def close(self) -> None:
        """What can be finished at once is; the rest is sent by another when its lease is over."""
        running = self._running()
        if running:
            await asyncio.wait(running, timeout=limits.LETTERS_SETTLE_S_MAX)
        await end(self._running())
        for channel in self.channels.values():
            await channel.close()

    def _running(self) -> list[asyncio.Task[None]]:
        return [task for tasks in self._tasks.values() for task in tasks]

    async def _start(self, channel: str, *, sells: bool) -> int:
        tasks, pace = self._tasks[channel], self.paces[channel]
        room = min(limits.LETTERS_AT_ONCE_MAX - len(tasks), pace.room())
        if sells:  # the others find room at any moment
            room = min(room, limits.LETTERS_AT_ONCE_MAX // 2 - len(self._selling & tasks))
        if room <= 0:
            self._is_busy = True
            return 0
        bounds = (limits.LETTER_TRIES_MAX, limits.LETTER_DOUBTS_MAX, room, limits.LETTER_LEASE_S)
        rows = await self._db.fetch(sql.TAKE_DUE, *bounds, channel, sells, self._known())
        pace.took(len(rows))
        self._is_busy = self._is_busy or len(rows) == room
        for row in rows:
            task = asyncio.create_task(self._deliver(row), name=f"message {row['id']}")
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            if sells:
                self._selling.add(task)
                task.add_done_callback(self._selling.discard)
        return len(rows)

    def _known(self) -> list[Template]:
        return [
            each
            for each in Template
            if (each not in DRAWN or each in self._draws) and (each not in SELL or each in self._sellers)
        ]

    async def _deliver(self, row: Any) -> None:
        try:
            wish = await self._wish(row)
            if wish.not_before is not None:
                await self._db.execute(sql.NOTE_NOT_YET, row["id"], row["tries"], wish.not_before)
                return
            content = unsealed(self._sealer, row["id"], row["sealed"])
            if not wish.is_wanted:
                await self._note(row, Sent(Outcome.REFUSED, "its reader does not want it"), "")
            elif content is None:
                await self._note(row, Sent(Outcome.REFUSED, "its key is gone"), "")
            else:
                await self._note(row, await self._try(row, content), content.to)
        except Exception:  # its lease ends, and it is sent again under the same id
            log.exception("what came of message %s could not be noted", row["id"])

    async def _wish(self, row: Any) -> Wish:
        if not row["sells"] or row["organizer_id"] is None:
            return ANY_TIME
        return await self._ask(Addressed(row["organizer_id"], row["channel"], row["inbox_hash"]))

    async def _try(self, row: Any, content: Unsealed) -> Sent:
        try:
            async with asyncio.timeout(limits.LETTER_DRAW_S_MAX):
                seller = self._sellers.get(Template(row["template"]))
                if seller is not None and not await seller.still(content.data):
                    return Sent(Outcome.LAPSED, "it is over, or not wanted any more")
                told = await self.told(row["template"], row["locale"], content, datetime.now(UTC))
                if told is None or told.is_over:
                    return Sent(Outcome.LAPSED, "what it tells of has changed")
                attachments = [await each.drawn() for each in told.files]
        except Exception as fault:  # what draws may have any fault; nothing was sent yet
            log.warning("message %s could not be drawn", row["id"], exc_info=fault)
            return Sent(Outcome.LATER, f"not drawn: {type(fault).__name__}")
        links = (told.link, content.data.get("stop", ""))
        message = Message(row["id"], content.to, row["locale"], told.words, *links, attachments)
        try:
            async with asyncio.timeout(limits.LETTER_TRY_S_MAX):
                return await self.channels[row["channel"]].send(message)
        except TimeoutError:
            return Sent(Outcome.LATER, "no answer in time", in_doubt=True)

    async def told(self, template: str, locale: str, content: Unsealed, now: datetime) -> Told | None:
        """What a letter says at `now`; None when it is of no use any more."""
        draw = self._draws.get(Template(template))
        drawn = Drawn({}) if draw is None else await draw(content.data, locale_of(locale))
        if drawn is None:
            return None
        fields = {**content.data, **drawn.data}
        words = letter_words(
            Template(template),
            locale,
            fields,
            self._site,
            until=content.until,
            now=now,
            lines=drawn.lines,
        )
        return Told(words, fields.get("link", ""), drawn.files, drawn.is_over)

    async def _note(self, row: Any, sent: Sent, to: str) -> None:
        self.outcomes[row["channel"], "doubt" if sent.in_doubt else sent.outcome.value] += 1
        said = sent.detail[: limits.LETTER_SAID_CHARS_MAX]
        seller = self._sellers.get(Template(row["template"]))
        if seller is not None and sent.outcome is not Outcome.LATER:
            await seller.hear([Ended(row["key"], row["channel"], sent.outcome.value, said)])
        which = (row["id"], row["tries"])
        match sent.outcome:
            case Outcome.SENT:
                await self._db.execute(sql.NOTE_SENT, row["id"], said)
            case Outcome.LATER:
                again_s = min(
                    limits.LETTER_RETRY_S * 2 ** min(row["tries"] - 1, RETRY_POWER_MAX), limits.LETTER_RETRY_S_MAX
                )
                await self._db.execute(sql.NOTE_LATER, *which, float(again_s), said, 0 if sent.in_doubt else 1)
            case Outcome.REFUSED:
                await self._db.execute(sql.NOTE_ENDED, *which, "refused", said)
            case Outcome.BOUNCED:
                await self._db.execute(sql.NOTE_ENDED, *which, "bounced", said)
                await self._on_dead(row["channel"], to)
            case Outcome.LAPSED:
                await self._db.execute(sql.NOTE_ENDED, *which, "lapsed", said)
