"""The schema: applied by several at once, applied again, and refused when the database is newer."""

import asyncio

import asyncpg
import pytest

from engine.stores import database
from engine.stores.embedded import EmbeddedStores
from engine.stores.faults import StoreFault


async def empty_database(stores: EmbeddedStores, name: str) -> str:
    admin = await database.connect_one(stores.database_url)
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    return stores.postgres.url_of(name)


async def test_processes_that_start_together_apply_the_schema_once(stores: EmbeddedStores) -> None:
    url = await empty_database(stores, "together")
    connections = [await database.connect_one(url) for _ in range(4)]

    await asyncio.gather(*(database.apply_schema(connection) for connection in connections))

    assert await database.schema_version(connections[0]) == database.SCHEMA_VERSION
    for connection in connections:
        await connection.close()


async def test_applying_the_schema_again_changes_nothing(db: asyncpg.Pool) -> None:
    tables = "SELECT relname, reltuples, oid FROM pg_class WHERE relkind IN ('r', 'i') ORDER BY oid"
    async with db.acquire() as connection:
        before = await connection.fetch(tables)
        await database.apply_schema(connection)
        assert await connection.fetch(tables) == before


async def test_a_newer_database_is_refused_and_left_alone(db: asyncpg.Pool) -> None:
    async with db.acquire() as connection:
        await connection.execute("UPDATE schema_version SET version = $1", database.SCHEMA_VERSION + 1)
        with pytest.raises(StoreFault, match="start the newer Aforo"):
            await database.apply_schema(connection)
        assert await database.schema_version(connection) == database.SCHEMA_VERSION + 1


async def test_json_goes_in_and_comes_out_as_values(db: asyncpg.Pool) -> None:
    value = {"rows": [1, 2], "name": "Año"}
    assert await db.fetchval("SELECT $1::jsonb", value) == value


async def test_a_database_out_of_reach_is_a_fault() -> None:
    with pytest.raises(StoreFault, match="does not answer"):
        await database.connect("postgresql://aforo@/aforo?host=/nonexistent")
