"""Topics and consumers that only tests have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg
from typing_extensions import TypedDict

from engine.outbox import HEARERS, Consumer, Heard, Hearer, Start, Topic, tell


class Thing(TypedDict):
    n: int


THING = Topic("test.thing", Thing, version=1, told_by="tests", meaning="Something happened in a test.")
OTHER = Topic("test.other", Thing, version=1, told_by="tests", meaning="Something else happened in a test.")
KEEP = """
CREATE TABLE IF NOT EXISTS kept (
    n bigint GENERATED ALWAYS AS IDENTITY, consumer text, id bigint, subject text, said integer)
"""
COPY = "INSERT INTO kept (consumer, id, subject, said) VALUES ($1, $2, $3, $4)"


@dataclass
class Ear:
    """A consumer that copies what it hears into a table of its own, and can be made to fail right after it."""

    name: str
    topics: tuple[Topic[Thing], ...] = (THING,)
    start: Start = Start.BEGINNING
    fails: bool = False
    pages: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        HEARERS.pop(self.name, None)
        self.consumer = Consumer(Hearer(self.name, lambda topic: topic in self.topics, ""), self.take, self.start)

    async def take(self, connection: asyncpg.Connection, heard: Sequence[Heard]) -> None:
        self.pages.append(len(heard))
        rows = [(self.name, each.id, each.subject, each.body["n"]) for each in heard]
        await connection.executemany(COPY, rows)
        if self.fails:
            raise ConnectionAbortedError("killed")

    async def kept(self, db: asyncpg.Pool | asyncpg.Connection) -> list[int]:
        rows = await db.fetch("SELECT said FROM kept WHERE consumer = $1 ORDER BY n", self.name)
        return [row["said"] for row in rows]


async def say(
    connection: asyncpg.Connection, n: int, subject: str = "s", topic: Topic[Thing] = THING, once: str | None = None
) -> None:
    """Tell one thing in whatever transaction is open."""
    await tell(connection, topic, subject=subject, organizer="org", body={"n": n}, once=once)


async def said(db: asyncpg.Pool, *numbers: int, subject: str = "s", topic: Topic[Thing] = THING) -> None:
    """Tell some things, each in a transaction of its own."""
    for n in numbers:
        async with db.acquire() as connection, connection.transaction():
            await say(connection, n, subject, topic)
