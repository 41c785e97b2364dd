"""A house of orders, with a list of erasures of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.engine import Engine
from engine.settings import Settings
from tests.orders.house import House, open_house


@pytest.fixture
def settings(redis_url: str, database_url: str, tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {"redis_url": redis_url, "database_url": database_url, "secret": "s" * 32, "erasures_dir": tmp_path / "kept"}
    )


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    async with Engine.open(settings) as engine:
        yield engine


@pytest.fixture
async def house(engine: Engine, sale_id: str) -> House:
    return await open_house(engine, sale_id)
