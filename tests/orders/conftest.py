"""An engine on the session's stores, with a database for these tests and an open sale for each."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator

import pytest

from engine.engine import Engine
from engine.settings import Settings
from engine.stores import database
from engine.stores.embedded import EmbeddedStores
from tests.conftest import TEMPLATE
from tests.orders.house import House, open_house


@pytest.fixture(scope="session")
def database_url(stores: EmbeddedStores) -> Iterator[str]:
    """One database for all tests here: each has a sale of its own, and a copy for each would cost the most."""
    name = f"test_{secrets.token_hex(6)}"

    async def does(statement: str) -> None:
        admin = await database.connect_one(stores.database_url)
        await admin.execute(statement)
        await admin.close()

    asyncio.run(does(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
    yield stores.postgres.url_of(name)
    asyncio.run(does(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def settings(redis_url: str, database_url: str) -> Settings:
    return Settings.model_validate({"redis_url": redis_url, "database_url": database_url, "secret": "s" * 32})


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    async with Engine.open(settings) as engine:
        yield engine


@pytest.fixture
async def house(engine: Engine, sale_id: str) -> House:
    return await open_house(engine, sale_id)
