"""An engine on the session's stores, with a database of its own, and an organizer."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from engine.audit import Act
from engine.engine import Engine
from engine.settings import Settings


@pytest.fixture
async def engine(redis_url: str, database_url: str) -> AsyncIterator[Engine]:
    settings = Settings.model_validate({"redis_url": redis_url, "database_url": database_url, "secret": "s" * 32})
    async with Engine.open(settings) as engine:
        yield engine


@pytest.fixture
async def by(engine: Engine) -> Act:
    return Act(await engine.access.create_organizer("Sala Norte"), "test")
