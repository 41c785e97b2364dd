"""An installation in parts, each of which can be hurt: stores of its own, server processes, a worker, wires between.

Owns all of it, in a temporary folder that is removed afterwards. Servers and worker reach the stores, and buyers the
servers, over wires; whoever judges reaches the stores directly.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from crowd.api import Api
from engine.settings import Settings
from engine.stores.embedded import EmbeddedStores
from loadtest.faults.clocks import Clock, clocks_in, tidied
from loadtest.faults.wire import Wire
from loadtest.parts import children_of, free_port, open_folder, prepared, ready, start, stopped

POSTGRES_SOCKET = ".s.PGSQL.5432"
CLOCKS_OF = ("valkey", "server", "worker")


@dataclass
class Site:
    """The parts, and how they are reached."""

    folder: Path
    stores: EmbeddedStores
    settings: Settings
    wires: dict[str, Wire]
    clocks: dict[str, Clock]  # none where they can't be set
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


@asynccontextmanager
async def running_site(seed: int, processes: int = 2, *, set_clocks: bool = False) -> AsyncIterator[Site]:
    folder = open_folder("faults")
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stack.enter_context(tidied())
        clocks = clocks_in(folder, CLOCKS_OF) if set_clocks else {}
        stores = EmbeddedStores(folder / "data")
        if clocks:
            stores.valkey.server = clocks["valkey"].wrapped(stores.valkey.server)
        await stack.enter_async_context(stores)
        settings = Settings(data_dir=folder / "data", redis_url=None, database_url=None, secret=None)
        port = free_port()
        wires = wires_of(stores, port, seed)
        buyers_port = await open_wires(stack, folder, wires)
        settings.signing_secret()  # made in the data folder, where `aforo verify` looks for it
        key = await prepared(settings, stores.database_url)
        given = {
            "AFORO_REDIS_URL": f"unix://{folder / 'valkey.wire'}",
            "AFORO_DATABASE_URL": f"postgresql://aforo@/aforo?host={folder / 'wire'}",
            "AFORO_SECRET": settings.signing_secret().decode(),
            "AFORO_PROVIDER": "sandbox",
            "AFORO_DATA_DIR": str(folder / "parts"),
            "AFORO_LOG_LEVEL": "warning",
            "AFORO_TRUSTED_NETWORKS": "127.0.0.0/8",
        }
        by = {part: clock.environment for part, clock in clocks.items()}
        serve = ("serve", "--port", str(port), "--processes", str(processes))
        roles = {
            "server": start(folder / "serve.log", given | by.get("server", {}), *serve),
            "worker": start(folder / "work.log", given | by.get("worker", {}), "work"),
        }
        for process in roles.values():
            stack.push_async_callback(stopped, process)
        site = Site(folder, stores, settings, wires, clocks, roles, port, buyers_port, key)
        await ready(site.api, roles.values(), folder)
        yield site


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
