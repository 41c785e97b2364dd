"""Telling: rows written in the transaction that made them true.

Guarantees: a row commits or vanishes with what it tells of; what has a `once` is told once, however often that is
asked; nothing is told of a rehearsal. Fails with `NotInTransaction` or `WrongTopic`, which are mistakes of the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

import asyncpg

from engine.outbox import sql
from engine.outbox.topics import BodyT, Topic

REHEARSAL = "rehearsal"


class NotInTransaction(Exception):
    """Something was to be told outside the transaction that makes it true."""


@dataclass(frozen=True, slots=True)
class Told(Generic[BodyT]):
    """One thing to tell."""

    subject: str  # what it is about: things about one subject are heard in the order they were told
    organizer: str
    body: BodyT
    once: str | None = None
    sale_kind: str | None = None  # of the sale that the body names


async def tell(
    connection: asyncpg.Connection,
    topic: Topic[BodyT],
    *,
    subject: str,
    organizer: str,
    body: BodyT,
    once: str | None = None,
    sale_kind: str | None = None,
) -> None:
    """Tell one thing, in the transaction of the thing."""
    await tell_many(connection, topic, [Told(subject, organizer, body, once, sale_kind)])


async def tell_many(connection: asyncpg.Connection, topic: Topic[BodyT], many: Sequence[Told[BodyT]]) -> None:
    """Tell many things by one statement, in the order given."""
    if not connection.is_in_transaction():
        raise NotInTransaction(f"{topic.name} is told outside a transaction")
    bodies = [topic.written(each.body) for each in many]
    kept = [(each, body) for each, body in zip(many, bodies, strict=True) if each.sale_kind != REHEARSAL]
    keys = [each.once for each, _ in kept if each.once is not None]
    if len(set(keys)) != len(keys):
        raise ValueError(f"{topic.name} is told twice at once")
    if not kept:
        return
    said = ([each.subject for each, _ in kept], [each.organizer for each, _ in kept], [body for _, body in kept])
    kinds = [each.sale_kind for each, _ in kept]
    if keys:
        once = [each.once for each, _ in kept]
        await connection.execute(sql.TELL, topic.name, topic.version, *said, once, kinds)
    else:
        await connection.execute(sql.TELL_ANYHOW, topic.name, topic.version, *said, kinds)
