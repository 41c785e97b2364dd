"""An engine with a database of its own, an open sale, and nothing that is too new to be compared."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from engine.engine import Engine
from engine.settings import Settings
from tests.orders.house import House, open_house


@pytest.fixture
async def engine(redis_url: str, database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Engine]:
    monkeypatch.setattr("engine.reconciliation.runs.RECONCILIATION_GRACE_S", -60)
    settings = Settings.model_validate({"redis_url": redis_url, "database_url": database_url, "secret": "s" * 32})
    async with Engine.open(settings) as engine:
        yield engine


@pytest.fixture
async def house(engine: Engine, sale_id: str) -> House:
    return await open_house(engine, sale_id)
