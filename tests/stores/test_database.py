"""Connections to Postgres: how values travel, and what is told when it does not answer."""

import asyncio

import asyncpg
import pytest

from engine.limits import WRITING_S_MAX
from engine.stores import database
from engine.stores.commits import oldest_writer
from engine.stores.database import bounds
from engine.stores.faults import StoreFault
from tests.eventually import WAIT_S_MAX, until


async def test_json_goes_in_and_comes_out_as_values(db: asyncpg.Pool) -> None:
    value = {"rows": [1, 2], "name": "Año"}
    assert await db.fetchval("SELECT $1::jsonb", value) == value


async def test_a_database_out_of_reach_is_a_fault() -> None:
    with pytest.raises(StoreFault, match="does not answer"):
        await database.connect("postgresql://aforo@/aforo?host=/nonexistent")


async def test_a_transaction_that_may_write_ends_by_itself(db: asyncpg.Pool) -> None:
    async with db.acquire() as connection:
        pid = await connection.fetchval("SELECT pg_backend_pid()")
        left = connection.transaction()
        await left.start()
        await connection.execute("INSERT INTO organizer (id, name) VALUES ('org_test', 'Test')")

        async def is_gone() -> bool:
            return not await db.fetchval("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)", pid)

        await until("Postgres ends it", is_gone)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
            await left.commit()
    assert await db.fetchval("SELECT count(*) FROM organizer") == 0


async def test_a_transaction_left_open_is_undone_when_its_connection_goes_back(db: asyncpg.Pool) -> None:
    async with db.acquire() as connection:
        pid = await connection.fetchval("SELECT pg_backend_pid()")
        await connection.transaction().start()
        await connection.execute("INSERT INTO organizer (id, name) VALUES ('org_test', 'Test')")
        await connection.execute("SET LOCAL lock_timeout = '1s'")
    async with db.acquire() as connection:
        assert await connection.fetchval("SELECT pg_backend_pid()") == pid
        assert await connection.fetchval("SELECT count(*) FROM organizer") == 0
        assert await connection.fetchval("SHOW lock_timeout") == "0"


async def test_a_statement_counts_with_its_transaction(db: asyncpg.Pool) -> None:
    async with db.acquire() as connection:
        with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError)):
            async with connection.transaction():
                await connection.execute("SELECT pg_sleep(60)")


async def test_a_transaction_that_only_reads_takes_its_time_and_writes_nothing(db: asyncpg.Pool) -> None:
    async with db.acquire() as connection:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            async with connection.transaction(readonly=True):
                await connection.execute(f"SELECT pg_sleep({WRITING_S_MAX + 0.1})")
                await connection.execute("INSERT INTO organizer (id, name) VALUES ('org_test', 'Test')")


async def test_before_17_its_statements_and_its_idleness_are_bounded(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("BEGIN;" + bounds(16))
    with pytest.raises(asyncpg.QueryCanceledError):
        await connection.execute("SELECT pg_sleep(60)")
    await connection.execute("ROLLBACK; BEGIN;" + bounds(16))
    closed = asyncio.Event()
    connection.add_termination_listener(lambda _: closed.set())
    async with asyncio.timeout(WAIT_S_MAX):
        await closed.wait()


async def test_a_bound_ends_with_its_transaction(db: asyncpg.Pool) -> None:
    async with db.acquire() as connection:
        for isolation in (None, "read_committed", "serializable"):
            async with connection.transaction(isolation=isolation):
                assert await connection.fetchval("SHOW transaction_timeout") == f"{WRITING_S_MAX}s"
                async with connection.transaction():
                    assert await connection.fetchval("SHOW transaction_timeout") == f"{WRITING_S_MAX}s"
            assert await connection.fetchval("SHOW transaction_timeout") == "0"


async def test_the_oldest_writer_is_named(db: asyncpg.Pool, database_url: str) -> None:
    connection = await asyncpg.connect(database_url, server_settings={"application_name": "somebody's report"})
    try:
        await connection.execute("BEGIN; SELECT pg_current_xact_id()")
        writer = await oldest_writer(db)
        assert writer is not None
        assert (writer.pid, writer.application) == (connection.get_server_pid(), "somebody's report")
        assert writer.database == await db.fetchval("SELECT current_database()")
    finally:
        await connection.close()
