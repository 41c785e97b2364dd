"""A house on shared stores: an engine with a database to itself, and a sale without a room that is open."""

from collections.abc import AsyncIterator

import pytest

from engine.engine import Engine
from engine.settings import Settings
from tests.faults.mishaps import without_room
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
    return await without_room(await open_house(engine, sale_id))
