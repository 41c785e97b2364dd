"""An installation in parts, each of which can be hurt: stores of its own, server processes, a worker, wires between.

Owns all of it, in a temporary folder that is removed afterwards. Servers and worker reach the stores, and buyers the
servers, over wires; whoever judges reaches the stores directly.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engine.engine import Engine
from engine.settings import Settings
from engine.stores import database
from engine.stores.embedded import EmbeddedStores
from loadtest.crowd.api import Api, ApiFault
from loadtest.faults.wire import Wire

ROOT = Path(__file__).parents[2]
READY_S_MAX = 90.0
STOP_S_MAX = 40.0
POSTGRES_SOCKET = ".s.PGSQL.5432"


@dataclass
class Site:
    """The parts, and how they are reached."""

    folder: Path
    stores: EmbeddedStores
    settings: Settings
    wires: dict[str, Wire]
    roles: dict[str, subprocess.Popen[bytes]]
    port: int  # of the servers
    buyers_port: int  # of the wire before them
    api_key: str = ""

    @property
    def api(self) -> Api:
        """As the organizer, past the wire."""
        return Api(f"http://127.0.0.1:{self.port}", self.api_key)

    def victims(self, part: str) -> list[int]:
        """The processes that do the work of a part."""
        match part:
            case "valkey":
                return [self.stores.valkey.pid] if self.stores.valkey.pid else []
            case "postgres":
                pid = self.stores.postgres.pid
                return [pid, *children_of(pid)] if pid else []
            case _:
                return children_of(self.roles[part].pid)


def children_of(parent: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = (line.split() for line in listed.stdout.splitlines())
    return sorted(int(pid) for pid, above in pairs if int(above) == parent)


@asynccontextmanager
async def running_site(seed: int, processes: int = 2) -> AsyncIterator[Site]:
    folder = open_folder()
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stores = await stack.enter_async_context(EmbeddedStores(folder / "data"))
        settings = Settings(data_dir=folder / "data", redis_url=None, database_url=None, secret=None)
        port = free_port()
        wires = wires_of(stores, port, seed)
        buyers_port = await open_wires(stack, folder, wires)
        key = await prepared(stores, settings)
        given = {
            "AFORO_REDIS_URL": f"unix://{folder / 'valkey.wire'}",
            "AFORO_DATABASE_URL": f"postgresql://aforo@/aforo?host={folder / 'wire'}",
            "AFORO_SECRET": settings.signing_secret().decode(),
            "AFORO_DATA_DIR": str(folder / "parts"),
            "AFORO_LOG_LEVEL": "warning",
            "PYTHONPATH": str(ROOT),
        }
        roles = {
            "server": start(folder, given, "serve", "--port", str(port), "--processes", str(processes)),
            "worker": start(folder, given, "work"),
        }
        for process in roles.values():
            stack.push_async_callback(stopped, process)
        site = Site(folder, stores, settings, wires, roles, port, buyers_port, key)
        await ready(site)
        yield site


def open_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="aforo-faults-"))
    folder.chmod(0o711)  # the account of an embedded Postgres walks through
    return folder


def wires_of(stores: EmbeddedStores, port: int, seed: int) -> dict[str, Wire]:
    postgres = stores.postgres.socket_folder / POSTGRES_SOCKET
    return {
        "valkey": Wire(partial(asyncio.open_unix_connection, stores.valkey.socket_path), seed),
        "postgres": Wire(partial(asyncio.open_unix_connection, postgres), seed + 1),
        "buyers": Wire(partial(asyncio.open_connection, "127.0.0.1", port), seed + 2),
    }


async def open_wires(stack: AsyncExitStack, folder: Path, wires: dict[str, Wire]) -> int:
    """Listen on every wire's near end; the port of the buyers'."""
    (folder / "wire").mkdir(mode=0o700)
    servers = [
        await asyncio.start_unix_server(wires["valkey"].serve, folder / "valkey.wire"),
        await asyncio.start_unix_server(wires["postgres"].serve, folder / "wire" / POSTGRES_SOCKET),
        await asyncio.start_server(wires["buyers"].serve, "127.0.0.1", 0, backlog=4_096),
    ]
    for server in servers:
        stack.callback(server.close)
    for wire in wires.values():
        stack.push_async_callback(wire.close)
    port: int = servers[2].sockets[0].getsockname()[1]
    return port


async def prepared(stores: EmbeddedStores, settings: Settings) -> str:
    """The schema, an organizer and a key."""
    settings.signing_secret()  # made in the data folder, where `aforo verify` looks for it
    connection = await database.connect_one(stores.database_url)
    try:
        await database.apply_schema(connection)
    finally:
        await connection.close()
    async with Engine.open(settings) as engine:
        made = await engine.access.create(await engine.access.create_organizer("Faults"), "faults")
    return made.key


def start(folder: Path, given: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    with (folder / f"{arguments[0]}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "server", *arguments],
            cwd=ROOT,
            env={**os.environ, **given},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


async def ready(site: Site) -> None:
    """Until the servers answer."""
    until = time.monotonic() + READY_S_MAX
    while True:
        try:
            await asyncio.to_thread(site.api.get_bytes, "/readyz")
        except ApiFault:
            if time.monotonic() > until or any(each.poll() is not None for each in site.roles.values()):
                said = "".join(path.read_text(errors="replace")[-1_000:] for path in site.folder.glob("*.log"))
                raise RuntimeError(f"the installation did not start: {said}") from None
            await asyncio.sleep(0.2)
        else:
            return


async def stopped(process: subprocess.Popen[bytes]) -> None:
    """Ends it, and what it started, whatever state a mishap left them in."""
    for pid in (*children_of(process.pid), process.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    process.send_signal(signal.SIGTERM)
    try:
        await asyncio.to_thread(process.wait, STOP_S_MAX)
    except subprocess.TimeoutExpired:
        for pid in (*children_of(process.pid), process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await asyncio.to_thread(process.wait)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
