"""Letterbox: takes letters in the transaction of whatever they tell of.

Owns the writing of `message`; the post beside it sends, mailbox and desk show. Guarantees: a letter is written if and
only if its transaction commits, and once for each key, however many ask; its row holds neither address nor words in the
open. Fails as Postgres does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import asyncpg
import orjson

from engine.access import Sealer
from engine.ids import new_id
from engine.limits import LETTER_AHEAD_S, LETTER_S, LETTERS_PER_INBOX_AND_DAY
from engine.messages import sql
from engine.messages.desk import MessageDesk
from engine.messages.letters import ANYBODY_ASKS, AWAITED, SELL, Letter
from engine.messages.mailbox import Mailbox
from engine.messages.post import Post
from engine.messages.words import locale_of

Inbox = Callable[[str, str], bytes]


class Letterbox:
    def __init__(self, sealer: Sealer, inbox: Inbox, post: Post, mailbox: Mailbox, desk: MessageDesk) -> None:
        """`inbox` gives the keyed hash of the inbox that an address belongs to."""
        self._sealer = sealer
        self._inbox = inbox
        self.post = post
        self.mailbox = mailbox
        self.desk = desk

    async def write(self, connection: asyncpg.Connection, letter: Letter) -> bool:
        """The letter will be sent once the caller's transaction commits.

        False: its key had one already, or anybody can have such letters sent and the inbox had enough for a day.
        """
        message = new_id("msg")
        written = await connection.fetchval(
            sql.WRITE,
            message,
            letter.key,
            letter.template,
            letter.channel,
            letter.organizer,
            locale_of(letter.locale),
            self._sealed(letter, message),
            self._inbox(letter.channel, letter.inbox),
            letter.until,
            LETTER_S,
            list(ANYBODY_ASKS),
            LETTERS_PER_INBOX_AND_DAY,
            letter.not_before,
            LETTER_AHEAD_S if letter.template in AWAITED else 0,
            letter.template in SELL,
        )
        return written is not None

    async def write_many(self, connection: asyncpg.Connection, letters: Sequence[Letter]) -> int:
        """The same for a batch; answers how many had none yet. Only of letters that no stranger can ask for."""
        if any(letter.template in ANYBODY_ASKS for letter in letters):
            raise ValueError("letters that anybody can ask for are counted, each on its own")
        ordered = [(new_id("msg"), each) for each in sorted(letters, key=lambda letter: letter.key)]
        rows = await connection.fetch(
            sql.WRITE_MANY,
            [message for message, _ in ordered],
            [each.key for _, each in ordered],
            [each.template for _, each in ordered],
            [each.channel for _, each in ordered],
            [each.organizer for _, each in ordered],
            [locale_of(each.locale) for _, each in ordered],
            [self._sealed(each, message) for message, each in ordered],
            [self._inbox(each.channel, each.inbox) for _, each in ordered],
            [each.until for _, each in ordered],
            [each.not_before for _, each in ordered],
            [each.template in SELL for _, each in ordered],
            LETTER_S,
        )
        return len(rows)

    def _sealed(self, letter: Letter, message: str) -> str:
        until = None if letter.until is None else letter.until.timestamp()
        content = orjson.dumps({"to": letter.to, "data": dict(letter.data), "until": until}).decode()
        return self._sealer.seal(content, message)
