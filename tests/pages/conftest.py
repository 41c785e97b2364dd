"""An engine on real stores, with a sale to show."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from engine.access import ApiKeys
from engine.audit import Act
from engine.catalog import CreatedSale
from engine.engine import Engine
from engine.settings import Settings
from server.app import build
from server.observe.metrics import Metrics
from server.pages.assets import Assets
from server.process import Process

SECRET = "pages-test-secret-pages-test-secret"


@pytest.fixture
def database_url(shared_database_url: str) -> str:
    """Each test has a sale of its own."""
    return shared_database_url


@pytest.fixture
async def engine(redis_url: str, database_url: str) -> AsyncIterator[Engine]:
    settings = Settings.model_validate({"redis_url": redis_url, "database_url": database_url, "secret": SECRET})
    async with Engine.open(settings) as engine:
        yield engine


@asynccontextmanager
async def served(app: web.Application, **session: Any) -> AsyncIterator[aiohttp.ClientSession]:
    """The application on a socket, and a client of it."""
    server = TestServer(app)
    await server.start_server()
    async with aiohttp.ClientSession(server.make_url("/"), **session) as client:
        yield client
    await server.close()


@pytest.fixture
async def http(engine: Engine) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser that keeps cookies, and a server without built pages."""
    app = build(Process(engine, Metrics()), Assets(None))
    async with served(app, cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        yield client


@pytest.fixture
async def by(engine: Engine) -> Act:
    return Act(await ApiKeys(engine.db).create_organizer("Ópera de Oviedo"), "cli")


@pytest.fixture
async def coplas(engine: Engine, by: Act, sale_id: str) -> str:
    """A sale with numbered seats, two ticket types and a pool; not open yet."""
    text = f"""\
id: {sale_id}
event: Noche de coplas & «Ñandú»
starts: 2037-03-01 20:30
zone: Europe/Madrid
currency: EUR
opens: 2037-01-10 10:00
sections:
  platea: {{rows: 4, seats: 10, price: {{general: 45.00, media: 22.50}}}}
pools:
  pista: {{capacity: 30, price: 12.50}}
"""
    made = await engine.catalog.sale_from_yaml(text, by)
    assert isinstance(made, CreatedSale), made
    return made.id
