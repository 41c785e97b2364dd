"""Connections to Postgres: how values travel, and what is told when it does not answer."""

import asyncpg
import pytest

from engine.stores import database
from engine.stores.faults import StoreFault


async def test_json_goes_in_and_comes_out_as_values(db: asyncpg.Pool) -> None:
    value = {"rows": [1, 2], "name": "Año"}
    assert await db.fetchval("SELECT $1::jsonb", value) == value


async def test_a_database_out_of_reach_is_a_fault() -> None:
    with pytest.raises(StoreFault, match="does not answer"):
        await database.connect("postgresql://aforo@/aforo?host=/nonexistent")
