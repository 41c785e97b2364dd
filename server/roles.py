"""A child process of the supervisor, of one role: it serves, or does the jobs of workers.

Owns: one event loop, one engine. Serving children share the port by SO_REUSEPORT.
Guarantees: on SIGTERM, or when the supervisor is gone, sockets are told to come back, and running asks end first.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import uvloop
from aiohttp import web
from redis.exceptions import RedisError

from engine.ending import end
from engine.engine import Engine
from engine.heartbeat import Heartbeat
from engine.limits import DRAIN_S_MAX, LISTEN_BACKLOG
from engine.progress import Progress
from engine.settings import load
from engine.stores.commits import CommitWatch
from engine.stores.faults import StoreFault
from engine.stores.standing import older_may_run
from engine.vitals import Vitals
from server.api import operations
from server.app import build
from server.observe import logs
from server.observe.metrics import Metrics
from server.process import Process
from server.processes import garbage
from server.processes.leash import Leash, LeashBroken

log = logging.getLogger(__name__)

Role = Callable[[Engine, Metrics, Leash, asyncio.Event], Awaitable[None]]


async def serve(engine: Engine, metrics: Metrics, leash: Leash, stop: asyncio.Event) -> None:
    """Answer HTTP and sockets until told to stop."""
    process = Process(engine, metrics)
    await process.start()
    runner = web.AppRunner(build(process), access_log=None, shutdown_timeout=DRAIN_S_MAX, keepalive_timeout=75)
    await runner.setup()
    settings = engine.settings
    site = web.TCPSite(runner, settings.host, settings.port, reuse_port=True, backlog=LISTEN_BACKLOG)
    await site.start()
    async with looked_at(engine, metrics, partial(operations.ready_of, process.services)):
        leash.ready()
        await stop.wait()
        await site.stop()
        await process.drain()
        await runner.cleanup()
    await process.stop()


async def work(engine: Engine, metrics: Metrics, leash: Leash, stop: asyncio.Event) -> None:
    """Run the jobs of workers until told to stop."""
    from engine.jobs import jobs_of
    from engine.workers import work as run_jobs
    from server.pages.documents import Documents
    from server.pages.order_letters import OrderLetters
    from server.pages.press import Press
    from server.processes.verifier import verifier
    from server.processes.worker_pulse import WorkerPulse

    vitals, progress = Vitals(metrics.died), Progress()
    heartbeat = Heartbeat(engine.redis, progress, vitals)
    documents, press = Documents(), Press()
    OrderLetters(engine, documents, press).register()
    pulses: dict[str, Callable[[], Awaitable[None]]] = {
        "garbage": partial(garbage.pulse, lambda: 0),
        "keyring": engine.keyring.follow,
        "figures of a worker": WorkerPulse(engine, metrics, heartbeat).run,
    }
    tasks = [asyncio.create_task(vitals.keep(name, pulse), name=name) for name, pulse in pulses.items()]
    try:
        async with looked_at(engine, metrics, partial(operations.worker_is_well, engine, vitals, progress)):
            leash.ready()
            jobs = [*jobs_of(engine), verifier(engine, metrics)]
            async with engine.db.acquire() as connection:
                beside_older = await older_may_run(connection)
            watch = CommitWatch(engine.db)
            await run_jobs(engine.redis, jobs, stop, vitals, watch=watch, progress=progress, beside_older=beside_older)
    finally:
        await end(tasks)
        documents.close()
        await press.close()
    with suppress(RedisError, OSError):  # then it counts as gone in a moment
        await heartbeat.leave()


@asynccontextmanager
async def looked_at(engine: Engine, metrics: Metrics, ready: operations.Ready) -> AsyncIterator[None]:
    """Serve operators on a separate port, if one is set; processes of one machine share it."""
    settings = engine.settings
    if not settings.metrics_port:
        yield
        return
    runner = web.AppRunner(operations.own_port(metrics, ready), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, settings.host, settings.metrics_port, reuse_port=True).start()
    try:
        yield
    finally:
        await runner.cleanup()


ROLES: dict[str, Role] = {"serve": serve, "work": work}


async def live(role: str, descriptor: int) -> None:
    leash = await Leash.held(descriptor)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    go = await leash.go()
    settings = go.settings(load())
    watching = asyncio.create_task(until_broken(leash, stop))
    metrics = Metrics()
    try:
        async with Engine.open(settings, metrics.batch, f"aforo {role}") as engine:
            garbage.settle()
            await ROLES[role](engine, metrics, leash, stop)
    finally:
        watching.cancel()


async def until_broken(leash: Leash, stop: asyncio.Event) -> None:
    await leash.broken()
    stop.set()


def run() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=sorted(ROLES))
    parser.add_argument("--leash", type=int, required=True)
    asked = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor decides
    settings = load()
    logs.configure(settings.log_format, settings.log_level)
    try:
        uvloop.run(live(asked.role, asked.leash))
    except LeashBroken:
        return
    except StoreFault as fault:
        log.critical("%s", fault)
        sys.exit(1)
