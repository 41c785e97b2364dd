"""A server on a port of its own, over the session's stores, with a sale to work on."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import msgpack
import orjson
import pytest
from aiohttp import web
from pydantic import SecretStr

from engine.audit import Act
from engine.catalog import CreatedSale
from engine.catalog.model import SaleState
from engine.ending import end
from engine.engine import Engine
from engine.onsale import Sale
from engine.settings import Settings
from server.app import build
from server.observe.metrics import Metrics
from server.process import Process
from tests.server.described import check_frame, middleware

ANSWER_S_MAX = 15.0
PLAN = """
event: Jazz at the Corner
starts: in 60 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: now
person_max: 8
room: false
sections:
  stalls: {rows: 4, seats: 10, price: {general: 45.00, half: 22.50}}
pools:
  floor: {capacity: 30, price: 30.00}
"""


@dataclass
class Site:
    """A running server, and the sockets that a test opened on it."""

    process: Process
    url: str
    http: aiohttp.ClientSession
    clients: list[Client] = field(default_factory=list)
    undescribed: list[str] = field(default_factory=list)  # answers that the served document does not describe

    @property
    def engine(self) -> Engine:
        return self.process.engine

    async def socket(self, subprotocol: str = "aforo.json.1", **more: Any) -> Client:
        ws = await self.http.ws_connect(f"{self.url}/ws", protocols=(subprotocol,), max_msg_size=0, **more)
        self.clients.append(Client(ws, subprotocol))
        return self.clients[-1]

    async def close(self) -> None:
        """Close what is still open: a session that ends lets go of its sockets without a word to them."""
        await asyncio.gather(*(client.ws.close() for client in self.clients))

    async def buyer(self, subprotocol: str = "aforo.json.1") -> Client:
        """A socket that said hello."""
        client = await self.socket(subprotocol)
        client.hello = await client.ok("hello")
        return client


class Client:
    """One socket, seen from outside."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, subprotocol: str) -> None:
        self.ws = ws
        self.binary = "msgpack" in subprotocol
        self.events: list[dict[str, Any]] = []
        self.hello: dict[str, Any] = {}
        self._asks: dict[Any, dict[str, Any]] = {}
        self._answers: dict[Any, dict[str, Any]] = {}
        self._ids = 0

    async def send(self, message: Any) -> None:
        if self.binary:
            await self.ws.send_bytes(msgpack.packb(message))
        else:
            await self.ws.send_str(orjson.dumps(message).decode())

    async def next(self) -> dict[str, Any]:
        """The next message of any kind."""
        message = await asyncio.wait_for(self.ws.receive(), ANSWER_S_MAX)
        if message.type is aiohttp.WSMsgType.TEXT:
            assert not self.binary
            found: dict[str, Any] = orjson.loads(message.data)
        else:
            assert message.type is aiohttp.WSMsgType.BINARY, f"closed: {self.ws.close_code}"
            assert self.binary
            found = msgpack.unpackb(message.data, strict_map_key=False)
        if isinstance(found, dict):
            check_frame(found, self._asks.pop(found["re"], None) if "re" in found else None)
        return found

    async def closed(self) -> int | None:
        """Wait for the server to close; the code."""
        while True:
            message = await asyncio.wait_for(self.ws.receive(), ANSWER_S_MAX)
            if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED):
                return self.ws.close_code

    async def answer(self, ask_id: Any) -> dict[str, Any]:
        while ask_id not in self._answers:
            message = await self.next()
            if "re" in message:
                self._answers[message["re"]] = message
            else:
                self.events.append(message)
        return self._answers.pop(ask_id)

    async def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        self._ids += 1
        self._asks[self._ids] = ask = {"id": self._ids, "do": do, **fields}
        await self.send(ask)
        return await self.answer(self._ids)

    async def ok(self, do: str, **fields: Any) -> dict[str, Any]:
        answer = await self.ask(do, **fields)
        assert "ok" in answer, answer
        found: dict[str, Any] = answer["ok"]
        return found

    async def refused(self, do: str, **fields: Any) -> dict[str, Any]:
        answer = await self.ask(do, **fields)
        assert "error" in answer, answer
        found: dict[str, Any] = answer["error"]
        return found

    async def called(self, sale: str, place: int) -> None:
        """Wait until the room serves this place."""
        room = (await self.ok("watch", sale=sale, topics=["room"]))["room"]
        if room["serving"] <= place:
            await self.event("room", lambda event: event.get("serving", 0) > place)

    async def counted(self, sale: str, name: str, value: int) -> None:
        """Wait until a counter of the sale says this."""
        counters = (await self.ok("watch", sale=sale, topics=["counters"]))["counters"]
        if counters[name] != value:
            await self.event("counters", lambda event: event.get(name) == value)

    async def event(self, on: str, when: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """The next event of this name that fits, also one that came before."""
        while True:
            for index, event in enumerate(self.events):
                if event["on"] == on and when(event):
                    del self.events[: index + 1]
                    return event
            self.events.append(await self.next())


def fresh_address() -> str:
    """An address whose networks no other test uses."""
    return f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(254) + 1}"


def from_address(address: str) -> dict[str, str]:
    """The headers of a request that comes from there."""
    return {"X-Forwarded-For": address}


MakeSale = Callable[..., Awaitable[Sale]]


@pytest.fixture
async def engine(redis_url: str, database_url: str, tmp_path: Path) -> AsyncIterator[Engine]:
    """Tests themselves are never counted; one that wants to be names an address in X-Forwarded-For."""
    settings = Settings(
        redis_url=redis_url,
        database_url=database_url,
        secret=SecretStr(secrets.token_hex(32)),
        data_dir=tmp_path,
        proxies=("127.0.0.1",),
        trusted_networks=("127.0.0.1",),
        challenge_ease=50,
        dev_mail=True,
        password_ease=50,
    )
    async with Engine.open(settings) as engine:
        yield engine


@asynccontextmanager
async def serving(engine: Engine) -> AsyncIterator[Site]:
    process = Process(engine, Metrics())
    await process.start()
    app, mistakes = build(process), list[str]()
    app.middlewares.insert(0, middleware(mistakes))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    listening = web.TCPSite(runner, "127.0.0.1", 0)
    await listening.start()
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession() as http:
        site = Site(process, f"http://127.0.0.1:{port}", http, undescribed=mistakes)
        yield site
        await site.close()
    await listening.stop()
    await process.drain()
    await runner.cleanup()
    await process.stop()
    await engine.onsale.drained()
    assert not mistakes, "\n".join(dict.fromkeys(mistakes))


@pytest.fixture
async def site(engine: Engine) -> AsyncIterator[Site]:
    async with serving(engine) as site:
        yield site


@pytest.fixture
async def other_site(engine: Engine) -> AsyncIterator[Site]:
    """A second server beside `site`, which follows the same sales by itself."""
    async with serving(engine) as site:
        yield site


@pytest.fixture
async def kept(engine: Engine) -> AsyncIterator[None]:
    """The keeper at work, as a worker would run it."""

    async def keep() -> None:
        while True:
            await engine.keeper.step()
            await asyncio.sleep(0.02)

    keeping = asyncio.create_task(keep())
    yield
    await end([keeping])


@pytest.fixture
async def organizer(engine: Engine) -> Act:
    return Act(await engine.access.create_organizer("Casa de la Música"), "cli")


@pytest.fixture
def make_sale(engine: Engine, organizer: Act) -> MakeSale:
    """Create a sale from YAML and open it."""

    async def made(text: str = PLAN, state: SaleState = SaleState.OPEN) -> Sale:
        created = await engine.catalog.sale_from_yaml(text, organizer)
        assert isinstance(created, CreatedSale), created
        sale = engine.onsale.sale(created.id)
        for each in (SaleState.LOBBY, SaleState.OPEN):
            if state is each or state is SaleState.OPEN:
                await sale.set_state(each)
        return sale

    return made


@pytest.fixture
async def sale(make_sale: MakeSale) -> Sale:
    return await make_sale()


@pytest.fixture
async def key(site: Site, organizer: Act) -> str:
    return (await site.engine.access.create(organizer.organizer_id)).key


async def api(site: Site, ask: str, token: str, body: Any = None, status: int = 200) -> Any:
    """One request, as in "GET /api/promos"."""
    method, path = ask.split(" ")
    headers = {"Authorization": f"Bearer {token}"}
    async with site.http.request(method, f"{site.url}{path}", json=body, headers=headers) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json(content_type=None) if answer.status != 204 else None
