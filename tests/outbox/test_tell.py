"""Telling: with what happened or not at all, once, and only what is declared."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from engine.outbox import DECLARED, NotInTransaction, Told, Topic, WrongTopic, tell_many
from tests.outbox.things import THING, Thing, said, say

COUNT = "SELECT count(*) FROM outbox_told"


async def test_nothing_is_told_outside_a_transaction(db: asyncpg.Pool) -> None:
    async with db.acquire() as connection:
        with pytest.raises(NotInTransaction):
            await say(connection, 1)
    assert await db.fetchval(COUNT) == 0


async def test_what_did_not_happen_is_not_told(db: asyncpg.Pool) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.acquire() as connection, connection.transaction():
            await say(connection, 1, once="a")
            raise ZeroDivisionError
    assert await db.fetchval(COUNT) == 0
    async with db.acquire() as connection, connection.transaction():
        await say(connection, 1, once="a")
    assert await db.fetchval(COUNT) == 1


@pytest.mark.parametrize("body", [{}, {"n": "1"}, {"n": None}, {"n": 1, "more": 2}, {"m": 1}, [], None])
async def test_a_wrong_body_is_refused(db: asyncpg.Pool, body: Any) -> None:
    async with db.acquire() as connection, connection.transaction():
        with pytest.raises(WrongTopic, match=r"test\.thing"):
            await tell_many(connection, THING, [Told("s", "org", body)])
    assert await db.fetchval(COUNT) == 0


async def test_a_topic_that_is_not_declared_is_refused(db: asyncpg.Pool) -> None:
    stray = Topic("test.stray", Thing, version=1, told_by="tests", meaning="")
    del DECLARED["test.stray"]
    async with db.acquire() as connection, connection.transaction():
        with pytest.raises(WrongTopic, match="not declared"):
            await say(connection, 1, topic=stray)


def test_a_topic_is_declared_once() -> None:
    with pytest.raises(WrongTopic, match="declared twice"):
        Topic("test.thing", Thing, version=2, told_by="tests", meaning="")


async def test_what_has_a_once_is_told_once(db: asyncpg.Pool) -> None:
    for _ in range(2):
        async with db.acquire() as connection, connection.transaction():
            await tell_many(
                connection,
                THING,
                [Told(f"s{n}", "org", {"n": n}, once=None if n == 2 else f"k{n}") for n in range(3)],
            )
    rows = await db.fetch("SELECT subject FROM outbox_told ORDER BY id")
    assert [row["subject"] for row in rows] == ["s0", "s1", "s2", "s2"]


async def test_a_batch_is_told_in_its_order(db: asyncpg.Pool) -> None:
    async with db.acquire() as connection, connection.transaction():
        await tell_many(connection, THING, [Told("s", "org", {"n": n}, once=str(n)) for n in reversed(range(50))])
    rows = await db.fetch("SELECT (body ->> 'n')::int AS n FROM outbox_told ORDER BY id")
    assert [row["n"] for row in rows] == list(reversed(range(50)))


async def test_one_thing_twice_in_a_batch_is_a_mistake(db: asyncpg.Pool) -> None:
    async with db.acquire() as connection, connection.transaction():
        with pytest.raises(ValueError, match="twice at once"):
            await tell_many(connection, THING, [Told("s", "org", {"n": 1}, once="k")] * 2)


async def test_nothing_is_told_of_a_rehearsal(db: asyncpg.Pool) -> None:
    async with db.acquire() as connection, connection.transaction():
        await tell_many(connection, THING, [Told("s", "org", {"n": 1}, once="k", sale_kind="rehearsal")])
    assert await db.fetchval(COUNT) == 0
    assert await db.fetchval("SELECT count(*) FROM outbox_once") == 0


async def test_an_id_is_taken_after_a_transaction_id(db: asyncpg.Pool) -> None:
    """What consumers rely on: see docs/decisions/0015."""
    await said(db, 1)
    made_by = await db.fetchval(
        """SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d JOIN pg_attribute a
           ON a.attrelid = d.adrelid AND a.attnum = d.adnum
           WHERE d.adrelid = 'outbox_told'::regclass AND a.attname = 'id'"""
    )
    assert made_by.startswith("nextval(")
    assert "pg_current_xact_id()" in made_by
    assert await db.fetchval("SELECT seqcache FROM pg_sequence WHERE seqrelid = 'outbox_told_id'::regclass") == 1
