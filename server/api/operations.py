"""For operators: is the process alive, are the stores reachable, what do the metrics say.

Guarantees: on the port of buyers metrics are told to operators alone; for everybody else there is nothing there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import asyncpg
from aiohttp import web
from redis.exceptions import RedisError

from engine.engine import Engine
from engine.refusals import Code, Refusal
from server.api import problems
from server.keys import PROCESS
from server.metrics import CONTENT_TYPE, Metrics
from server.operators import is_operator

log = logging.getLogger(__name__)

READY_S_MAX = 2.0
UNREACHABLE = (OSError, TimeoutError, RedisError, asyncpg.PostgresError, asyncpg.InterfaceError)


async def healthz(_request: web.Request) -> web.Response:
    return web.Response(text="alive\n", headers={"Cache-Control": "no-store"})


async def readyz(request: web.Request) -> web.Response:
    """Ready when both stores answer and the process is not on its way out."""
    process = request.app[PROCESS]
    if process.draining:
        return going_away()
    return await stores_answer(process.engine)


def going_away() -> web.Response:
    return problems.answer(Refusal(Code.UNAVAILABLE, "This process is going away."))


async def stores_answer(engine: Engine) -> web.Response:
    try:
        async with asyncio.timeout(READY_S_MAX):
            await engine.redis.ping()
            await engine.db.fetchval("SELECT 1")
    except UNREACHABLE as error:
        log.warning("not ready", extra={"error": type(error).__name__})
        return problems.answer(Refusal(Code.UNAVAILABLE))
    return web.Response(text="ready\n", headers={"Cache-Control": "no-store"})


async def show_metrics(request: web.Request) -> web.Response:
    process = request.app[PROCESS]
    if not is_operator(request, process.engine.settings):
        raise Refusal(Code.NOT_FOUND)
    process.metrics.collect(process)
    return metrics_answer(process.metrics)


def metrics_answer(known: Metrics) -> web.Response:
    headers = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
    return web.Response(body=known.text(), headers=headers)


def own_port(engine: Engine, known: Metrics, draining: Callable[[], bool] = lambda: False) -> web.Application:
    """The same three addresses on a port that is for operators alone, of a server or a worker."""

    async def ready(_request: web.Request) -> web.Response:
        return going_away() if draining() else await stores_answer(engine)

    async def show(_request: web.Request) -> web.Response:
        return metrics_answer(known)

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", ready)
    app.router.add_get("/metrics", show)
    return app
