"""Worlds of their own for promo tests: a fresh database, and keys no other test uses."""

import secrets

import asyncpg
import pytest

from engine.stores.redis import RedisClient
from tests.promos.world import World, make_world


@pytest.fixture
async def world(db: asyncpg.Pool, redis: RedisClient) -> World:
    return await make_world(db, redis, f"promos-{secrets.token_hex(6)}")
