"""For operators: liveness, readiness and metrics.

Guarantees: on the port of buyers metrics are told to operators alone; for everybody else there is nothing there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from redis.exceptions import RedisError

from engine.engine import Engine
from engine.limits import READYZ_S_MAX
from engine.progress import Progress
from engine.refusals import Code, RefusalError
from engine.stores.commits import oldest_writer
from engine.stores.database import UNREACHABLE
from engine.vitals import Vitals
from server.contract import problems
from server.contract.needs import Address, Need
from server.observe.metrics import CONTENT_TYPE, Metrics
from server.services import SERVICES, Services

log = logging.getLogger(__name__)

Ready = Callable[[], Awaitable[web.Response]]

NO_PROVIDER = "No payment provider is set (AFORO_PROVIDER), so nothing that costs something can be bought."
AWAY = (RedisError, *UNREACHABLE)


async def healthz(_request: web.Request) -> web.Response:
    return web.Response(text="alive\n", headers={"Cache-Control": "no-store"})


async def readyz(request: web.Request) -> web.Response:
    return await ready_of(request.app[SERVICES])


async def ready_of(services: Services) -> web.Response:
    """A server is ready unless it is draining, nothing can be bought, or something is wrong."""
    if services.draining.is_set():
        return problems.answer(RefusalError(Code.UNAVAILABLE, "This process is going away."))
    if not services.engine.orders.takes_money:
        return problems.answer(RefusalError(Code.PAYMENT_NOT_SET_UP, NO_PROVIDER))
    return await all_is_well(services.engine, services.vitals)


async def all_is_well(engine: Engine, vitals: Vitals) -> web.Response:
    """Whether both stores answer and all background tasks run."""
    dead = vitals.dead()
    if dead:
        return unwell(f"These died and don't stay alive: {', '.join(dead)}.")
    try:
        async with asyncio.timeout(READYZ_S_MAX):
            await engine.redis.ping()
            await engine.db.fetchval("SELECT 1")
    except AWAY as error:
        log.warning("not ready", extra={"error": type(error).__name__})
        return problems.answer(RefusalError(Code.UNAVAILABLE))
    return web.Response(text="ready\n", headers={"Cache-Control": "no-store"})


async def worker_is_well(engine: Engine, vitals: Vitals, progress: Progress) -> web.Response:
    """The same, and no job hangs, and no transaction keeps the consumers of the outbox waiting."""
    hanging = progress.hanging()
    if hanging:
        return unwell(f"These jobs are at one step for longer than they may: {', '.join(hanging)}.")
    try:
        async with asyncio.timeout(READYZ_S_MAX):
            writer = await oldest_writer(engine.db)
    except AWAY:
        writer = None  # what follows says so
    if writer is not None and writer.is_late:
        why = f"A transaction has been writing for {writer.seconds:.0f} s, and holds up whoever is to hear of things"
        return unwell(f"{why}: {writer}.")
    return await all_is_well(engine, vitals)


def unwell(why: str) -> web.Response:
    return problems.answer(RefusalError(Code.UNAVAILABLE, why))


async def show_metrics(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    services.metrics.collect(services.figures())
    return metrics_answer(services.metrics)


def metrics_answer(known: Metrics) -> web.Response:
    headers = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
    return web.Response(body=known.text(), headers=headers)


ADDRESSES = (
    Address("GET", "/healthz", Need.NOBODY, healthz),
    Address("GET", "/readyz", Need.NOBODY, readyz),
    Address("GET", "/metrics", Need.OPERATOR, show_metrics),
)


def own_port(known: Metrics, ready: Ready) -> web.Application:
    """The same three addresses on a port that is for operators alone, of a server or a worker."""

    async def show_ready(_request: web.Request) -> web.Response:
        return await ready()

    async def show(_request: web.Request) -> web.Response:
        return metrics_answer(known)

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", show_ready)
    app.router.add_get("/metrics", show)
    return app
