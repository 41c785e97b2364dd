"""Writing to the audit trail: with what it tells of or not at all; and nothing of it changes afterwards."""

from __future__ import annotations

import asyncpg
import pytest

from engine.audit import Act, Actor, write
from tests.audit.conftest import act


async def test_an_act_is_written_in_a_transaction_or_not_at_all(db: asyncpg.Pool) -> None:
    async with db.acquire() as connection:
        with pytest.raises(RuntimeError, match="transaction"):
            await write(connection, Actor("ana"), "sale.open", "jazz")
    assert await db.fetchval("SELECT count(*) FROM audit") == 0


async def test_an_act_goes_when_what_it_tells_of_goes(db: asyncpg.Pool) -> None:
    async with db.acquire() as connection:
        with pytest.raises(asyncpg.UniqueViolationError):
            async with connection.transaction():
                await connection.execute("INSERT INTO organizer (id, name) VALUES ('org_1', 'Sala')")
                await write(connection, Act("org_1", "ana"), "organizer.create", "org_1")
                await connection.execute("INSERT INTO organizer (id, name) VALUES ('org_1', 'Sala')")
    assert await db.fetchval("SELECT count(*) FROM audit") == 0


@pytest.mark.parametrize("network", ["192.0.2.7/32", "192.0.2.0/25", "2001:db8:1:2::/64"])
async def test_an_address_is_never_kept(db: asyncpg.Pool, network: str) -> None:
    async with db.acquire() as connection:
        with pytest.raises(asyncpg.CheckViolationError, match="audit_keeps_no_address"):
            async with connection.transaction():
                await write(connection, Actor("ana", network=network), "sale.open", "jazz")


@pytest.mark.parametrize("value", [1.5, b"raw", object(), {"deep": [0.1]}])
async def test_a_value_that_json_spells_in_many_ways_is_a_mistake_of_ours(db: asyncpg.Pool, value: object) -> None:
    with pytest.raises(TypeError, match="single spelling"):
        await act(db, price=value)


@pytest.mark.parametrize("table", ["audit", "audit_link", "audit_head"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE", "UPDATE {} SET {}"])
async def test_what_was_written_stays(db: asyncpg.Pool, table: str, statement: str) -> None:
    column = "actor = 'nobody'" if table == "audit" else "hash = ''"
    await act(db)
    with pytest.raises(asyncpg.RestrictViolationError, match=r"audit\w* is insert-only"):
        await db.execute(statement.format(table, column))
    assert await db.fetchval("SELECT count(*) FROM audit") == 1
