"""An engine of its own, whose letters go to files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.engine import Engine
from engine.settings import Settings


@pytest.fixture
async def engine(redis_url: str, database_url: str, tmp_path: Path) -> AsyncIterator[Engine]:
    settings = Settings.model_validate(
        {
            "redis_url": redis_url,
            "database_url": database_url,
            "secret": "s" * 32,
            "data_dir": tmp_path,
            "sms_countries": "ES",
            "sms_proofs_per_day": 2,
        }
    )
    async with Engine.open(settings) as engine:
        yield engine
