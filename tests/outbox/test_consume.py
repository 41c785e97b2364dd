"""Consumers: every row once and none skipped, in whatever order transactions commit."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.ids import new_id
from engine.limits import OUTBOX_ROWS_PER_PAGE
from engine.outbox import Outbox, Start
from engine.stores import database
from tests.outbox.things import KEEP, OTHER, THING, Ear, said, say


@pytest.fixture(autouse=True)
async def tables(db: asyncpg.Pool) -> None:
    await db.execute(KEEP)


async def test_each_row_is_heard_once_and_in_order(db: asyncpg.Pool) -> None:
    ear = Ear("ear")
    await said(db, 1, 2)
    await ear.consumer.step(db)
    await said(db, 3)
    for _ in range(3):
        await ear.consumer.step(db)
    assert await ear.kept(db) == [1, 2, 3]


async def test_a_row_that_commits_late_is_not_passed_by(db: asyncpg.Pool) -> None:
    ear = Ear("ear")
    async with db.acquire() as late:
        async with late.transaction():
            await say(late, 1)
            await said(db, 2, 3)
            for _ in range(3):
                await ear.consumer.step(db)
            assert await ear.kept(db) == [], "an older one may still commit"
        for _ in range(2):
            await ear.consumer.step(db)
    assert await ear.kept(db) == [1, 2, 3]


async def test_how_far_behind_a_consumer_is(db: asyncpg.Pool) -> None:
    ear = Ear("ear")
    outbox = Outbox(db)
    await said(db, 1)
    await ear.consumer.step(db)
    (cursor,) = await outbox.cursors()
    assert (cursor.behind, cursor.lag_s) == (0, 0.0)
    await said(db, 2, 3)
    (cursor,) = await outbox.cursors()
    assert cursor.behind == 2
    assert cursor.lag_s > 0


async def test_a_consumer_rests_only_once_all_is_passed(db: asyncpg.Pool) -> None:
    ear = Ear("ear")
    consumer = ear.consumer
    assert await consumer.due_s(db) == 0.0, "it was never there"
    await consumer.step(db)
    assert await consumer.due_s(db) is None
    async with db.acquire() as late:
        undone = late.transaction()
        await undone.start()
        await say(late, 1)
        await said(db, 2)
        await consumer.step(db)
        assert await consumer.due_s(db) == 0.0, "it waits for a transaction to end, whatever that tells"
        await undone.rollback()
    for _ in range(2):
        await consumer.step(db)
    assert await consumer.due_s(db) is None
    assert await ear.kept(db) == [2]


async def test_a_row_that_is_taken_back_keeps_nobody_waiting(db: asyncpg.Pool) -> None:
    ear = Ear("ear")
    async with db.acquire() as late:
        undone = late.transaction()
        await undone.start()
        await say(late, 1)
        await said(db, 2)
        await undone.rollback()
    await ear.consumer.step(db)
    assert await ear.kept(db) == [2]


async def test_a_transaction_that_is_older_and_tells_later(db: asyncpg.Pool) -> None:
    """Its transaction id is lower than that of what was told before it: ordered by those, it would come first."""
    ear = Ear("ear")
    async with db.acquire() as older:
        async with older.transaction():
            await older.fetchval("SELECT pg_current_xact_id()")
            await said(db, 1)
            await say(older, 2)
        await ear.consumer.step(db)
    assert await ear.kept(db) == [1, 2]


async def test_new_rows_do_not_put_off_older_ones_for_ever(db: asyncpg.Pool) -> None:
    """Under load some transaction is always open: what is waited for is noted, and does not move on with the load."""
    ear = Ear("ear")
    async with db.acquire() as one, db.acquire() as two:
        open_ones: list[tuple[asyncpg.Connection, Any]] = []
        for n in range(10):
            connection = (one, two)[n % 2]
            opened = connection.transaction()
            await opened.start()
            await say(connection, n)
            await ear.consumer.step(db)
            open_ones.append((connection, opened))
            if len(open_ones) == 2:
                await open_ones.pop(0)[1].commit()
        heard = await ear.kept(db)
        assert len(heard) >= 6
        assert heard == sorted(heard)
        await open_ones.pop()[1].commit()
    for _ in range(2):
        await ear.consumer.step(db)
    assert await ear.kept(db) == list(range(10))


async def test_a_death_between_copy_and_cursor_repeats_nothing(db: asyncpg.Pool) -> None:
    ear = Ear("ear")
    await said(db, 1, 2)
    ear.fails = True
    for _ in range(2):
        with pytest.raises(ConnectionAbortedError):
            await ear.consumer.step(db)
    ear.fails = False
    await ear.consumer.step(db)
    assert await ear.kept(db) == [1, 2]
    assert ear.pages == [2, 2, 2]


async def test_steps_at_once_take_turns(db: asyncpg.Pool) -> None:
    ear = Ear("ear")
    await said(db, *range(20))
    await asyncio.gather(*(ear.consumer.step(db) for _ in range(5)))
    assert await ear.kept(db) == list(range(20))


async def test_one_consumer_does_not_wait_for_another(db: asyncpg.Pool) -> None:
    broken, well = Ear("broken", fails=True), Ear("well")
    await said(db, 1)
    with pytest.raises(ConnectionAbortedError):
        await broken.consumer.step(db)
    await well.consumer.step(db)
    assert await well.kept(db) == [1]


async def test_a_new_consumer_starts_where_it_says(db: asyncpg.Pool) -> None:
    all_of_it, rest = Ear("all"), Ear("rest", start=Start.NOW)
    await said(db, 1)
    for ear in (all_of_it, rest):
        await ear.consumer.step(db)
    await said(db, 2)
    for ear in (all_of_it, rest):
        await ear.consumer.step(db)
    assert await all_of_it.kept(db) == [1, 2]
    assert await rest.kept(db) == [2]


async def test_what_does_not_concern_a_consumer_is_passed(db: asyncpg.Pool) -> None:
    ear = Ear("ear")
    await said(db, 1, topic=OTHER)
    await ear.consumer.step(db)
    newest = await db.fetchval("SELECT max(id) FROM outbox_told")
    assert await db.fetchval("SELECT id_after FROM outbox_cursor") == newest
    await said(db, 2)
    await said(db, 3, topic=OTHER)
    await ear.consumer.step(db)
    assert await ear.kept(db) == [2]
    both = Ear("both", (THING, OTHER))
    await both.consumer.step(db)
    assert await both.kept(db) == [1, 2, 3]


async def test_many_rows_come_page_by_page(db: asyncpg.Pool) -> None:
    ear = Ear("ear")
    await db.execute(
        """INSERT INTO outbox_told (topic, version, subject, organizer_id, body)
           SELECT 'test.thing', 1, 's', 'org', jsonb_build_object('n', n) FROM generate_series(1, $1) AS n""",
        2 * OUTBOX_ROWS_PER_PAGE + 1,
    )
    await ear.consumer.step(db)
    assert ear.pages == [OUTBOX_ROWS_PER_PAGE, OUTBOX_ROWS_PER_PAGE, 1]
    assert await ear.kept(db) == list(range(1, 2 * OUTBOX_ROWS_PER_PAGE + 2))


async def test_an_idle_consumer_writes_nothing(db: asyncpg.Pool) -> None:
    ear = Ear("ear")
    await said(db, 1)
    await ear.consumer.step(db)
    before = await db.fetchval("SELECT xmin::text FROM outbox_cursor")
    for _ in range(3):
        await ear.consumer.step(db)
    assert await db.fetchval("SELECT xmin::text FROM outbox_cursor") == before


async def test_a_database_restored_elsewhere_goes_on(db: asyncpg.Pool) -> None:
    """There transaction ids begin anew: what the cursor waits for would come in years."""
    ear = Ear("ear")
    async with db.acquire() as late, late.transaction():
        await say(late, 1)
        await ear.consumer.step(db)
    await db.execute("UPDATE outbox_cursor SET xid_pending = '900000000000'")
    await ear.consumer.step(db)
    assert await ear.kept(db) == [1]


# ── whatever the order of begin, tell, commit, roll back and read ──

CONNECTIONS = 3
SUBJECTS = 2
ACTS = st.one_of(
    st.tuples(st.sampled_from(["begin", "commit", "commit", "rollback", "touch"]), st.integers(0, CONNECTIONS - 1)),
    st.tuples(st.just("tell"), st.integers(0, CONNECTIONS - 1), st.integers(0, SUBJECTS - 1)),
    st.tuples(st.just("step")),
)
OWN = "SELECT pg_try_advisory_xact_lock($1)"


class Tellers:
    """Connections that tell, beside a model of what was told about each subject, in order."""

    def __init__(self, connections: Sequence[asyncpg.Connection]) -> None:
        self.connections = connections
        self.open: dict[int, Any] = {}
        self.telling: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.told: dict[int, list[int]] = defaultdict(list)
        self.count = 0

    async def act(self, what: str, who: int, subject: int = 0) -> None:
        connection = self.connections[who]
        if what in ("begin", "touch", "tell") and who not in self.open:
            self.open[who] = connection.transaction()
            await self.open[who].start()
        if what == "touch":
            await connection.fetchval("SELECT pg_current_xact_id()")
        # Who changes the same thing takes turns, as by the lock of a row.
        if what == "tell" and await connection.fetchval(OWN, subject):
            self.count += 1
            await say(connection, self.count, str(subject))
            self.telling[who].append((subject, self.count))
        if what in ("commit", "rollback") and who in self.open:
            await getattr(self.open.pop(who), what)()
            for subject_told, n in self.telling.pop(who, []):
                if what == "commit":
                    self.told[subject_told].append(n)


async def play(url: str, acts: Sequence[tuple[Any, ...]]) -> None:
    *tellers, reader = [await database.connect_one(url) for _ in range(CONNECTIONS + 1)]
    ear, model = Ear(new_id("ear"), start=Start.NOW), Tellers(tellers)
    try:
        while await ear.consumer.page(reader) is not None:
            pass
        for what, *rest in acts:
            if what == "step":
                await ear.consumer.page(reader)
            else:
                await model.act(what, *rest)
        for who in list(model.open):
            await model.act("commit", who)
        for _ in range(4):
            await ear.consumer.page(reader)
        heard = await reader.fetch("SELECT subject, said FROM kept WHERE consumer = $1 ORDER BY n", ear.name)
    finally:
        for each in (*tellers, reader):
            await each.close()
    by_subject: dict[int, list[int]] = defaultdict(list)
    for row in heard:
        by_subject[int(row["subject"])].append(row["said"])
    assert by_subject == model.told


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, max_size=40))
def test_whoever_commits_when_each_row_is_heard_once_and_in_order(
    database_url: str, db: asyncpg.Pool, acts: list[tuple[Any, ...]]
) -> None:
    asyncio.run(play(database_url, acts))
