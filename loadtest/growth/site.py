"""An installation as it runs on several machines: stores, groups of server processes that come and go, a worker.

Owns all of it, in a temporary folder that is removed afterwards.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from crowd.api import Api
from engine.settings import Settings
from engine.stores.embedded import EmbeddedStores
from loadtest.growth.valkeys import ValkeyCluster
from loadtest.parts import children_of, free_port, open_folder, prepared, ready, start, stopped

HOST = "127.0.0.1"
REPLICAS = 1  # of each primary


@dataclass
class Group:
    """Server processes that share a port, as on one machine."""

    name: str
    port: int
    running: subprocess.Popen[bytes] | None = None

    @property
    def pids(self) -> list[int]:
        """The supervisor and its processes."""
        return [self.running.pid, *children_of(self.running.pid)] if self.running else []

    def drain(self) -> None:
        """Tell it to end as it does when it is replaced."""
        assert self.running is not None, "only what runs is drained"
        self.running.send_signal(signal.SIGTERM)

    async def ended(self) -> None:
        """Wait until it has ended."""
        if self.running is not None:
            await asyncio.to_thread(self.running.wait)
            self.running = None

    async def kill(self) -> None:
        """As when its machine loses power."""
        for pid in self.pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await self.ended()


@dataclass
class Site:
    folder: Path
    settings: Settings
    surroundings: dict[str, str]  # the same settings as variables
    processes: int  # of each group
    groups: list[Group] = field(default_factory=list)
    worker: subprocess.Popen[bytes] | None = None
    api_key: str = ""

    def api(self, group: int = 0) -> Api:
        """As the organizer, at one of the groups."""
        return Api(f"http://{HOST}:{self.groups[group].port}", self.api_key)

    async def start_group(self, at: int) -> None:
        """Answers when the group is ready."""
        group = self.groups[at]
        where = ("--host", HOST, "--port", str(group.port), "--processes", str(self.processes))
        group.running = start(self.folder / f"{group.name}.log", self.surroundings, "serve", *where)
        await ready(self.api(at), [group.running], self.folder)

    async def start(self, groups: int) -> None:
        """Answers when all are ready."""
        self.worker = start(self.folder / "worker.log", self.surroundings, "work")
        self.groups = [Group(f"group{at + 1}", free_port()) for at in range(groups)]
        await asyncio.gather(*(self.start_group(at) for at in range(groups)))

    async def stop(self) -> None:
        running = [self.worker, *(group.running for group in self.groups)]
        await asyncio.gather(*(stopped(each) for each in running if each is not None))


@asynccontextmanager
async def running_site(
    *, cluster_timeout_ms: int = 0, groups: int = 1, processes: int = 1, proxies: str = ""
) -> AsyncIterator[tuple[Site, ValkeyCluster | None]]:
    """On one Valkey, or with a `cluster_timeout_ms` on a cluster whose nodes are thought dead after that."""
    folder = open_folder("growth")
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stores = await stack.enter_async_context(EmbeddedStores(folder / "data", valkey=not cluster_timeout_ms))
        cluster, redis_url = None, stores.redis_url
        if cluster_timeout_ms:
            (folder / "nodes").mkdir()
            cluster = ValkeyCluster(folder / "nodes", replicas=REPLICAS, node_timeout_ms=cluster_timeout_ms)
            stack.push_async_callback(asyncio.to_thread, cluster.stop)
            await asyncio.to_thread(cluster.start)
            redis_url = cluster.url
        secret = secrets.token_hex(32)
        settings = Settings(
            redis_url=redis_url,
            database_url=stores.database_url,
            secret=SecretStr(secret),
            data_dir=folder / "parts",
        )
        surroundings = {
            "AFORO_REDIS_URL": redis_url,
            "AFORO_DATABASE_URL": stores.database_url,
            "AFORO_SECRET": secret,
            "AFORO_PROVIDER": "sandbox",
            "AFORO_DATA_DIR": str(folder / "parts"),
            "AFORO_LOG_LEVEL": "warning",
            "AFORO_TRUSTED_NETWORKS": "127.0.0.0/8",
            "AFORO_PROXIES": proxies,
        }
        site = Site(folder, settings, surroundings, processes)
        site.api_key = await prepared(settings, stores.database_url)
        stack.push_async_callback(site.stop)
        await site.start(groups)
        yield site, cluster
