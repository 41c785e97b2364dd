"""A partner: a real HTTP server that takes webhooks, in whatever manner a test asks for."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass(frozen=True)
class Taken:
    """One request, as it came."""

    id: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw)
        return found


@dataclass
class Partner:
    url: str = ""
    answers: dict[str, str] = field(default_factory=dict)  # path → manner
    taken: dict[str, list[Taken]] = field(default_factory=lambda: defaultdict(list))  # by path
    open: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    open_max: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    came: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        self.open[path] += 1
        self.open_max[path] = max(self.open_max[path], self.open[path])
        try:
            raw = await request.read()
            self.taken[path].append(Taken(request.headers["webhook-id"], dict(request.headers), raw))
            self.came[path].set()
            return await self.answer(request, self.answers.get(path, "well"))
        finally:
            self.open[path] -= 1

    async def answer(self, request: web.Request, manner: str) -> web.StreamResponse:
        match manner:
            case "well":
                return web.Response(status=204)
            case "slow":
                await self.go_on.wait()
                return web.Response(text="at last")
            case "rude":
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            case "redirecting":
                return web.Response(status=302, headers={"Location": f"{self.url}/elsewhere"})
            case "endless":
                response = web.StreamResponse()
                await response.prepare(request)
                while True:
                    await response.write(b"<b>\x00[red]x" * 10_000)
            case status:
                number, _, retry_after = status.partition(" ")
                more = {"Retry-After": retry_after} if retry_after else {}
                return web.Response(status=int(number), text=f"says {number}", headers=more)


@asynccontextmanager
async def partner_at(port: int = 0) -> AsyncIterator[Partner]:
    partner = Partner()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", partner.take)
    async with TestServer(app, port=port) as server:
        partner.url = f"http://127.0.0.1:{server.port}"
        yield partner
        partner.go_on.set()
