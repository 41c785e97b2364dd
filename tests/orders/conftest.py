"""An engine on the session's stores, with a database of its own and an open sale."""

from collections.abc import AsyncIterator

import pytest

from engine.engine import Engine
from engine.settings import Settings
from tests.orders.house import House, open_house


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
