"""Each step of migrations/, run on tables with rows, takes the locks and rewrites the tables that its header says."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import asyncpg
import pytest

from engine.stores import database, schema
from engine.stores.embedded import EmbeddedStores
from engine.stores.standing import standing
from engine.stores.steps import LOCK_MODES, Kind, Step, shipped
from tests.stores.test_brought_forward import OLDER, PEOPLE, ROWS

# Weaker ones stop nobody.
TOLD = LOCK_MODES[LOCK_MODES.index("row share") + 1 :]
TABLES = """
SELECT oid, relname, pg_relation_filenode(oid) AS file FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
"""
LOCKS = """
SELECT relation, mode FROM pg_locks
WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation = ANY($1::oid[])
"""


@pytest.fixture
async def oldest(stores: EmbeddedStores) -> AsyncIterator[asyncpg.Connection]:
    """A database as the first version made it, with rows."""
    admin = await database.connect_one(stores.database_url)
    await admin.execute("CREATE DATABASE locks")
    connection = await database.connect_one(stores.postgres.url_of("locks"))
    for text in (OLDER[0].read_text(encoding="utf-8"), ROWS.replace("<kind>", "").replace("<event>", ""), PEOPLE):
        await connection.execute(text)
    yield connection
    await connection.close()
    await admin.execute("DROP DATABASE locks")
    await admin.close()


def as_said(mode: str) -> str:
    """`ShareRowExclusiveLock`, as headers and Postgres' pages say it."""
    return " ".join(re.findall("[A-Z][a-z]+", mode.removesuffix("Lock"))).lower()


def strongest(one: str, other: str) -> str:
    return max(one, other, key=LOCK_MODES.index)


async def done_to(connection: asyncpg.Connection, statement: str) -> tuple[dict[str, str], set[str]]:
    """Run it and roll it back: the locks it took on tables that were there, and the tables it wrote anew."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        before = {row["oid"]: row for row in await connection.fetch(TABLES)}
        await connection.execute(statement)
        locks: dict[str, str] = {}
        for table, mode in await connection.fetch(LOCKS, list(before)):
            name = before[table]["relname"]  # it may be gone by now
            locks[name] = strongest(as_said(mode), locks.get(name, LOCK_MODES[0]))
        after = {row["oid"]: row["file"] for row in await connection.fetch(TABLES)}
        rewritten = {row["relname"] for oid, row in before.items() if oid in after and after[oid] != row["file"]}
        return {table: mode for table, mode in locks.items() if mode in TOLD}, rewritten
    finally:
        await transaction.rollback()


async def seen(connection: asyncpg.Connection, step: Step) -> tuple[dict[str, str], set[str]]:
    """What a step does, whole or statement by statement."""
    if step.in_transaction:
        return await done_to(connection, step.text)
    locks: dict[str, str] = {}
    rewritten: set[str] = set()
    for statement in step.statements:
        if statement.concurrent:
            locks |= {table: mode for table, mode in step.locks.items() if mode == "share update exclusive"}
            continue
        took, wrote = await done_to(connection, statement.text)
        locks |= {table: strongest(mode, locks.get(table, mode)) for table, mode in took.items()}
        rewritten |= wrote
    return locks, rewritten


async def test_each_step_locks_and_rewrites_what_its_header_says(oldest: asyncpg.Connection) -> None:
    for step in shipped():
        locks, rewritten = await seen(oldest, step)
        assert locks == dict(step.locks), step.name
        assert rewritten == step.rewrites, step.name
        await schema.run(oldest, step, await standing(oldest), schema.PATIENT)


def test_what_expands_rewrites_no_table_and_what_lasts_stops_nobody() -> None:
    for step in shipped():
        if step.kind is Kind.EXPAND:
            assert not step.rewrites, step.name
        if not step.in_transaction:
            assert set(step.locks.values()) <= {"row exclusive", "share update exclusive"}, step.name
