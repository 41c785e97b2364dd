"""How messages describe themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from engine.context import Context, Erasure, Floor, OldRows, Section, Told
from engine.limits import LETTER_KEPT_DAYS, LETTER_SEALED_KEPT_DAYS, LETTERS_AT_ONCE_MAX
from engine.messages.sql import DUE, DUE_SEALED, FORGET, FORGET_ABOUT_ORDERS, FORGET_INBOXES, FORGET_SEALED, KNOWN
from engine.progress import Bound
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

SEND_EVERY_S = 0.2  # somebody waits for it with an open page
OLD_ROWS = (
    OldRows(
        "text of a message",
        FORGET_SEALED,
        LETTER_SEALED_KEPT_DAYS,
        "it was written",
        "it can be looked up and sent again",
        DUE_SEALED,
    ),
    OldRows("message", FORGET, LETTER_KEPT_DAYS, "it was written", "says what was sent to which inbox, and when", DUE),
)


def jobs(engine: Engine) -> list[Job]:
    post, bound = engine.letterbox.post, Bound(seconds=10, items=2 * LETTERS_AT_ONCE_MAX)
    return [Job("messages", post.step, SEND_EVERY_S, bound, due_s=post.due_s, next_s=post.next_s)]


async def forget(connection: asyncpg.Connection, erasure: Erasure) -> None:
    await connection.execute(FORGET_INBOXES, list(erasure.inboxes), erasure.organizer_id)
    about = (list(erasure.typed), erasure.organizer_id, list(erasure.orders))
    await connection.execute(FORGET_ABOUT_ORDERS, *about)


async def known(_: Engine, connection: asyncpg.Connection, told: Told) -> list[Section]:
    about = (list(told.typed), list(told.orders))
    return [await Section.read(connection, "messages", KNOWN, list(told.inboxes), told.organizer_id, *about)]


CONTEXT = Context(
    name="messages",
    floor=Floor.WHO,
    owns="letters; transports, addresses, words in the reader's language",
    source="Postgres",
    tables=("message",),
    jobs=jobs,
    forget=forget,
    known=known,
    old_rows=OLD_ROWS,
)
