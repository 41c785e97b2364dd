"""Processes beside the bench: servers on its stores, and clients that are told what to do by lines of JSON.

Started when asked for, ended afterwards, also when a measurement fails. Ctrl-C reaches only the bench, which ends them.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from engine.settings import Settings
from loadtest.bench.measure import Bench

ROOT = Path(__file__).parents[2]
READY_S_MAX = 60.0
STOP_S_MAX = 30.0


@dataclass(frozen=True, slots=True)
class Serving:
    port: int
    pid: int  # of the supervisor; its children serve


@asynccontextmanager
async def servers(bench: Bench, settings: Mapping[str, str] = MappingProxyType({})) -> AsyncIterator[int]:
    """A server process per core; yields their port."""
    async with serving(bench, settings=settings) as running:
        yield running.port


@asynccontextmanager
async def serving(
    bench: Bench, processes: int | None = None, settings: Mapping[str, str] = MappingProxyType({})
) -> AsyncIterator[Serving]:
    port = free_port()
    environment = {**os.environ, **environment_of(bench.engine.settings), "PYTHONPATH": str(ROOT), **settings}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "serve", "--port", str(port)),
        *(("--processes", str(processes)) if processes else ()),
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    ready = asyncio.Event()
    reading = asyncio.create_task(_read(process.stderr, ready))
    try:
        async with asyncio.timeout(READY_S_MAX):
            await ready.wait()
        if reading.done():
            raise RuntimeError("the server processes did not start")
        yield Serving(port, process.pid)
    finally:
        await stopped(process)
        await reading


@asynccontextmanager
async def working(bench: Bench) -> AsyncIterator[int]:
    """A worker on the bench's stores; yields its supervisor's process."""
    environment = {**os.environ, **environment_of(bench.engine.settings), "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "work"),
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(READY_S_MAX):
            while not (line := await process.stderr.readline()).startswith(b"ready"):
                if not line:
                    raise RuntimeError("the worker did not start")
        reading = asyncio.create_task(process.stderr.read())  # so that what it says never stops it
        yield process.pid
        reading.cancel()
    finally:
        await stopped(process)


def environment_of(settings: Settings) -> dict[str, str]:
    assert settings.secret is not None
    return {
        "AFORO_REDIS_URL": settings.redis_url or "",
        "AFORO_DATABASE_URL": settings.database_url or "",
        "AFORO_SECRET": settings.secret.get_secret_value(),
        "AFORO_PROVIDER": settings.provider,
        "AFORO_DATA_DIR": str(settings.data_dir),
        "AFORO_LOG_LEVEL": "warning",
        "AFORO_TRUSTED_NETWORKS": "127.0.0.0/8",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _read(said: asyncio.StreamReader, ready: asyncio.Event) -> None:
    """Until all processes listen: sockets opened when only one does would all be served by that one."""
    async for line in said:
        if line.startswith(b"ready"):
            ready.set()
    ready.set()  # it ended


async def stopped(process: asyncio.subprocess.Process) -> None:
    """End a process politely, then, when it does not, for good."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_S_MAX):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


@asynccontextmanager
async def child(module: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m module` with pipes."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, stdin=pipe, stdout=pipe, cwd=ROOT, limit=1 << 24, start_new_session=True
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def told(process: asyncio.subprocess.Process, wanted: dict[str, Any]) -> Any:
    """Send a line, and wait for the answer."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(orjson.dumps(wanted) + b"\n")
    await process.stdin.drain()
    line = await process.stdout.readline()
    if not line:
        raise RuntimeError("a client process of the benchmark ended early")
    return orjson.loads(line)
