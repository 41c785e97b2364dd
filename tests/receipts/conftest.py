"""An engine on a database of the test's own, so that series begin at 1, and a sale that is open."""

from collections.abc import AsyncIterator

import pytest

from engine.engine import Engine
from engine.settings import Settings
from tests.orders.house import House, open_sale
from tests.orders.test_dues import SALE


@pytest.fixture
def settings(redis_url: str, database_url: str) -> Settings:
    return Settings.model_validate({"redis_url": redis_url, "database_url": database_url, "secret": "s" * 32})


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    async with Engine.open(settings) as engine:
        yield engine


@pytest.fixture
async def house(engine: Engine) -> House:
    """A sale with fees and taxes."""
    return await open_sale(engine, SALE)
