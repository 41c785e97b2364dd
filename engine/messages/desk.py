"""What an operator sees of messages and does with one: lists them, reads one, sends one again. Reads are acts, too.

Guarantees: nothing is shown of whom a message goes to and what it says but by `read`, which leaves a trace; what is
sent again is sent under its own id. Fails as Postgres does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import asyncpg

from engine.access import Sealer
from engine.audit import Actor, write
from engine.limits import LETTER_S
from engine.messages import sql
from engine.messages.mailbox import Mail, Mailbox
from engine.messages.post import unsealed

STATES = ("queued", "sent", "unknown", "refused", "bounced", "lapsed")


class Again(Enum):
    """What came of asking that a message be sent again."""

    QUEUED = "queued"
    UNKNOWN = "unknown"
    WAITING = "waiting"  # it waits already
    FORGOTTEN = "forgotten"  # nobody can read it any more
    ENDED = "ended"  # its link has


@dataclass(frozen=True, slots=True)
class MessageView:
    id: str
    key: str
    template: str
    channel: str
    locale: str
    state: str
    tries: int
    doubts: int
    due_at: datetime
    until_at: datetime
    created_at: datetime
    done_at: datetime | None
    said: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits to be sent."""

    count: int
    oldest_s: float


class MessageDesk:
    def __init__(self, db: asyncpg.Pool, sealer: Sealer, mailbox: Mailbox) -> None:
        self._db = db
        self._sealer = sealer
        self._mailbox = mailbox

    async def listed(self, state: str | None, limit: int) -> list[MessageView]:
        """The newest, of one state or of any."""
        return [view_of(row) for row in await self._db.fetch(sql.LISTED, state, limit)]

    async def of_order(self, order: str) -> list[MessageView]:
        """Letters about an order, oldest first, as long as they are kept."""
        return [view_of(row) for row in await self._db.fetch(sql.OF_ORDER, order)]

    async def show(self, message: str) -> MessageView | None:
        row = await self._db.fetchrow(sql.ONE, message)
        return None if row is None else view_of(row)

    async def read(self, message: str, by: Actor) -> Mail | None:
        """With its address and its words."""
        async with self._db.acquire() as connection, connection.transaction():
            if await connection.fetchval(sql.ONE, message) is None:
                return None
            await write(connection, by, "message.read", message)
        return await self._mailbox.one(message)

    async def send_again(self, message: str, by: Actor) -> Again:
        async with self._db.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(sql.LOCK_ONE, message)
            if row is None:
                return Again.UNKNOWN
            content = unsealed(self._sealer, row["id"], row["sealed"])
            if row["state"] == "queued":
                return Again.WAITING
            if content is None:
                return Again.FORGOTTEN
            if content.until is not None and content.until <= datetime.now(UTC):
                return Again.ENDED
            await connection.execute(sql.QUEUE_AGAIN, message, content.until, LETTER_S)
            await write(connection, by, "message.resend", message, before={"state": row["state"]})
        return Again.QUEUED

    async def waiting(self) -> Waiting:
        row = await self._db.fetchrow(sql.WAITING)
        return Waiting(row["waiting"], row["oldest_s"])


def view_of(row: Any) -> MessageView:
    return MessageView(**{name: row[name] for name in MessageView.__slots__})
