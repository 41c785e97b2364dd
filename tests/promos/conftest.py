"""Worlds of their own for promo tests: a fresh database, and keys no other test uses."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from engine.engine import Engine
from engine.settings import Settings
from engine.stores.redis import RedisClient
from tests.promos.city import City, open_city
from tests.promos.lines import Line
from tests.promos.world import World, make_world


@pytest.fixture
async def world(db: asyncpg.Pool, redis: RedisClient) -> World:
    return await make_world(db, redis, f"promos-{secrets.token_hex(6)}")


@pytest.fixture
def settings(redis_url: str, database_url: str, tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {"redis_url": redis_url, "database_url": database_url, "secret": "s" * 32, "data_dir": tmp_path}
    )


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    async with Engine.open(settings) as engine:
        yield engine


@pytest.fixture
async def city(engine: Engine) -> City:
    return await open_city(engine)


@pytest.fixture
def lines() -> dict[str, Line]:
    return {name: Line(name) for name in ("push", "email", "sms")}
