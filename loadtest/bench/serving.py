"""Processes beside the bench: servers on its stores, and clients that are told what to do by lines of JSON.

Started when asked for, ended afterwards, also when a measurement fails. Ctrl-C reaches only the bench, which ends them.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
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
CONNECTS = 100  # tries, a tenth of a second apart


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
    command = ("serve", "--port", str(port), *(("--processes", str(processes)) if processes else ()))
    async with supervised(bench, command, settings) as pid:
        yield Serving(port, pid)


@asynccontextmanager
async def working(bench: Bench, settings: Mapping[str, str] = MappingProxyType({})) -> AsyncIterator[int]:
    """A worker on the bench's stores; yields its supervisor's process."""
    async with supervised(bench, ("work",), settings) as pid:
        yield pid


@asynccontextmanager
async def supervised(
    bench: Bench, command: Sequence[str], settings: Mapping[str, str] = MappingProxyType({})
) -> AsyncIterator[int]:
    """`aforo …` on the bench's stores, once it is ready; yields its process."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", *command),
        env={**os.environ, **environment_of(bench.engine.settings), "PYTHONPATH": str(ROOT), **settings},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    ready = asyncio.Event()
    reading = asyncio.create_task(_read(process.stderr, ready))  # to its end: what it says must never stop it
    try:
        async with asyncio.timeout(READY_S_MAX):
            await ready.wait()
        if reading.done():
            raise RuntimeError(f"aforo {command[0]} did not start")
        yield process.pid
    finally:
        await stopped(process)
        await reading


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


def wishes(port: int, sale: str, sockets: int, firsts: Iterable[int], *, tls: bool) -> list[dict[str, Any]]:
    """What client processes are told first: one for each of `firsts`, from addresses of its own, `sockets` each."""
    address = secrets.randbelow(200)
    return [
        {
            "host": "127.0.0.1",
            "port": port,
            "tls": tls,
            "sale": sale,
            "sockets": sockets,
            "first": first,
            "address": address + at,
        }
        for at, first in enumerate(firsts)
    ]


class NotStarted(Exception):
    """A server to compare with lacks something, such as a library of the system."""


async def takes_connections(port: int, process: asyncio.subprocess.Process) -> None:
    for _ in range(CONNECTS):
        if process.returncode is not None:
            break
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise NotStarted
