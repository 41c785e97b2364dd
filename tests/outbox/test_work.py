"""Work: retried, parked alone, in order per subject, and done once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg
import pytest

from engine.limits import WORK_TRIES_MAX
from engine.outbox import Consumer, Heard, Hearer, Outbox, Work
from tests.outbox.things import THING, said

HAND = Hearer("hand", lambda topic: topic is THING, "")
DUE_NOW = "UPDATE outbox_work SET due_at = now()"
DONE = "CREATE TABLE done (n bigint GENERATED ALWAYS AS IDENTITY, said int)"


@dataclass
class Hand:
    """Writes its work into a table; fails on chosen items, after writing."""

    db: asyncpg.Pool
    poison: set[int] = field(default_factory=set)
    fault: Exception = field(default_factory=lambda: ValueError("poison"))
    batches: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.work = Work(self.db, HAND, self.handle)
        self.consumer = Consumer(HAND, self.work.put)

    async def handle(self, connection: asyncpg.Connection, heard: Sequence[Heard]) -> None:
        numbers = [each.body["n"] for each in heard]
        self.batches.append(numbers)
        for n in numbers:
            await connection.execute("INSERT INTO done (said) VALUES ($1)", n)
            if n in self.poison:
                raise self.fault

    async def hear(self) -> None:
        await self.consumer.step(self.db)

    async def done(self) -> list[int]:
        return [row["said"] for row in await self.db.fetch("SELECT said FROM done ORDER BY n")]


@pytest.fixture
async def hand(db: asyncpg.Pool) -> Hand:
    await db.execute(DONE)
    return Hand(db)


async def test_work_is_done_and_gone(hand: Hand) -> None:
    await said(hand.db, 1, subject="a")
    await said(hand.db, 2, subject="b")
    await hand.hear()
    await hand.work.step()
    await hand.work.step()
    assert await hand.done() == [1, 2]
    assert await hand.db.fetchval("SELECT count(*) FROM outbox_work") == 0
    assert hand.batches == [[1, 2]]


async def test_one_that_fails_puts_off_its_subject_alone(hand: Hand) -> None:
    hand.poison = {2}
    for n, subject in ((1, "a"), (2, "b"), (3, "c"), (4, "b"), (5, "a")):
        await said(hand.db, n, subject=subject)
    await hand.hear()
    await hand.work.step()
    assert await hand.done() == [1, 3, 5], "4 comes after 2, which waits"
    hand.poison = set()
    await hand.work.step()
    assert await hand.done() == [1, 3, 5], "it is not due yet"
    await hand.db.execute(DUE_NOW)
    await hand.work.step()
    assert await hand.done() == [1, 3, 5, 2, 4]


async def test_what_keeps_failing_is_parked_until_somebody_retries(hand: Hand) -> None:
    hand.poison = {1}
    outbox = Outbox(hand.db)
    await said(hand.db, 1, 2, subject="a")
    await said(hand.db, 3, subject="b")
    await hand.hear()
    for _ in range(WORK_TRIES_MAX + 2):
        await hand.work.step()
        await hand.db.execute(DUE_NOW)
    assert await hand.done() == [3]
    (parked,) = await outbox.parked()
    assert (parked.consumer, parked.subject, parked.tries, parked.fault) == ("hand", "a", WORK_TRIES_MAX, "ValueError")
    (cursor,) = await outbox.cursors()
    assert (cursor.consumer, cursor.behind, cursor.waiting, cursor.parked) == ("hand", 0, 2, 1)
    assert cursor.lag_s == 0
    assert cursor.oldest_work_s > 0
    assert not await outbox.retry("hand", "b")
    hand.poison = set()
    assert await outbox.retry("hand", "a")
    await hand.work.step()
    assert await hand.done() == [3, 1, 2]
    assert await outbox.parked() == []


async def test_waits_grow(hand: Hand) -> None:
    hand.poison = {1}
    await said(hand.db, 1)
    await hand.hear()
    waits = []
    for _ in range(4):
        await hand.work.step()
        waits.append(await hand.db.fetchval("SELECT extract(epoch FROM due_at - now())::int FROM outbox_work"))
        await hand.db.execute(DUE_NOW)
    assert waits[0] < waits[1] < waits[2] < waits[3]


async def test_when_something_is_due(hand: Hand) -> None:
    assert await hand.work.due_s() is None
    hand.poison = {1}
    await said(hand.db, 1, 2, subject="a")
    await hand.hear()
    assert await hand.work.due_s() == 0.0
    await hand.work.step()
    later_s = await hand.work.due_s()
    assert later_s is not None
    assert later_s > 0, "it is tried again later"
    await hand.db.execute("UPDATE outbox_work SET parked_at = now() WHERE tries > 0")
    assert await hand.work.due_s() is None, "what follows waits for what is parked"


async def test_a_store_that_is_away_costs_no_try(hand: Hand) -> None:
    hand.poison, hand.fault = {1}, ConnectionResetError("gone")
    await said(hand.db, 1)
    await hand.hear()
    with pytest.raises(ConnectionResetError):
        await hand.work.step()
    hand.poison = set()
    await hand.work.step()
    assert await hand.done() == [1]


async def test_a_death_before_the_end_of_an_item_undoes_all_of_it(hand: Hand) -> None:
    """The connection dies with what was written and not committed."""
    await said(hand.db, 1)
    await hand.hear()
    killer = Work(hand.db, HAND, die)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await killer.step()
    assert await hand.done() == []
    await hand.work.step()
    assert await hand.done() == [1]


async def die(connection: asyncpg.Connection, _heard: Sequence[Heard]) -> None:
    await connection.execute("INSERT INTO done (said) VALUES (0)")
    await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
