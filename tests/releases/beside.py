"""Servers and workers of two releases beside each other on one pair of stores, and the commands of either.

Owns: the stores, the processes and their folder. Guarantees: when `stop` returns, none of them is left.
Fails with AssertionError that quotes what the programs said.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from engine.stores import database
from engine.stores.embedded import EmbeddedStores
from engine.stores.redis import connect
from tests.releases import wheels
from tests.strangers.installation import COMMAND_S_MAX, SAID_CHARS, STOP_S_MAX, free_port
from tests.strangers.waiting import until

A, B = "before", "now"
OTHER = {A: B, B: A}
SECRET = "side-by-side-" * 4


@dataclass
class Part:
    """`aforo serve` or `aforo work` of one release."""

    command: list[str]
    folder: Path
    environment: dict[str, str]
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        return (self.folder / "said").read_text(encoding="utf-8", errors="replace")[-SAID_CHARS:]

    async def start(self) -> None:
        """Start it, and return when it works."""
        self.folder.mkdir(exist_ok=True)
        self.process = await asyncio.to_thread(self._begun)
        await until(" ".join(self.command[2:]), self._is_ready)

    def _begun(self) -> subprocess.Popen[bytes]:
        with (self.folder / "said").open("wb") as said:
            return subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self.environment,
                stdout=said,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    async def _is_ready(self) -> bool:
        assert self.process is not None, "started before"
        assert self.process.poll() is None, self.said
        return "ready: " in self.said

    async def kill(self) -> None:
        """`kill -9` of all its processes at once."""
        await self._end(signal.SIGKILL, whole=True)

    async def stop(self) -> None:
        """As an operator stops it."""
        await self._end(signal.SIGTERM, whole=False)

    async def _end(self, how: signal.Signals, *, whole: bool) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        (os.killpg if whole else os.kill)(self.process.pid, how)
        await asyncio.to_thread(self.process.wait, STOP_S_MAX)


@dataclass
class Beside:
    """Two releases by their names, A and B."""

    folder: Path
    stores: EmbeddedStores = field(init=False)
    code: dict[str, Path] = field(default_factory=dict)
    server: dict[str, Part] = field(default_factory=dict)
    worker: dict[str, Part] = field(default_factory=dict)
    key: str = ""

    def __post_init__(self) -> None:
        self.stores = EmbeddedStores(self.folder / "stores")

    async def start(self) -> None:
        """The database is A's own; B expands it while A runs."""
        await self._build()
        await self.stores.start()
        for name in (A, B):
            self.server[name] = self._part(name, "serve")
            self.worker[name] = self._part(name, "work")
        await asyncio.gather(self.server[A].start(), self.worker[A].start())
        self.key = await self.make_key(A)
        await self.command(B, "db", "apply")
        await asyncio.gather(self.server[B].start(), self.worker[B].start())

    async def _build(self) -> None:
        self.code[A], self.code[B] = await asyncio.gather(
            asyncio.to_thread(wheels.of_commit, wheels.BEFORE, self.folder / A),
            asyncio.to_thread(wheels.installed, wheels.ROOT, self.folder / B),
        )

    def environment(self, name: str) -> dict[str, str]:
        ours = {key: value for key, value in os.environ.items() if not key.startswith(("AFORO_", "PYTHON"))}
        return {
            **ours,
            "PYTHONPATH": str(self.code[name]),
            "AFORO_REDIS_URL": self.stores.redis_url,
            "AFORO_DATABASE_URL": self.stores.database_url,
            "AFORO_SECRET": SECRET,
            "AFORO_PROVIDER": "sandbox",
            "AFORO_PROCESSES": "1",
            "AFORO_LOG_FORMAT": "json",
        }

    def _part(self, name: str, role: str) -> Part:
        port = free_port()
        folder = self.folder / f"{name}-{role}"
        given = {"AFORO_PORT": str(port), "AFORO_DATA_DIR": str(folder)}
        return Part([sys.executable, "-m", "server", role], folder, {**self.environment(name), **given}, port)

    def url(self, name: str) -> str:
        return self.server[name].url

    def ran(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "server", *words],
            cwd=self.folder,
            env={**self.environment(name), "AFORO_DATA_DIR": str(self.folder / "commands")},
            capture_output=True,
            text=True,
            timeout=COMMAND_S_MAX,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    async def command(self, name: str, *words: str) -> str:
        """One of the commands of a release, which must succeed; what it said."""
        done = await asyncio.to_thread(self.ran, name, *words)
        assert done.returncode == 0, done
        return done.stdout

    async def make_key(self, name: str) -> str:
        said = await self.command(name, "key", "create", "--label", "tests", "--organizer-name", "Organizer")
        found = re.search(r"ak_\S+", said)
        assert found is not None, said
        return found[0]

    async def query(self, text: str, *arguments: Any) -> list[tuple[Any, ...]]:
        connection: asyncpg.Connection = await database.connect_one(self.stores.database_url)
        try:
            return [tuple(row) for row in await connection.fetch(text, *arguments)]
        finally:
            await connection.close()

    async def are_reached(self, buyers: list[str]) -> None:
        """Wait until these people, who have profiles, may be told: a server has said that it holds their sockets, and
        the audience has followed Postgres this far. What a server of the release before places is not all that this
        one claims by.
        """
        profiles = await self.query("SELECT number FROM profile WHERE buyer_id = ANY($1::text[])", buyers)
        ((horizon,),) = await self.query("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        client = await connect(self.stores.redis_url)

        async def reached() -> bool:
            live = [key async for key in client.scan_iter("*:live")]
            told = [{int(number) async for number, _ in client.hscan_iter(key)} for key in live]
            followed = [int(await client.hget(key, "xid") or 0) async for key in client.scan_iter("*:followed")]
            return {number for (number,) in profiles} <= set().union(*told) and max(followed, default=0) >= horizon

        try:
            await until("sockets of people", reached)
        finally:
            await client.aclose()

    async def is_sound(self) -> None:
        """Wait until `aforo verify --all` finds nothing: what purchases left half done is completed meanwhile."""
        last: dict[str, Any] = {}

        async def sound() -> bool:
            done = await asyncio.to_thread(self.ran, B, "verify", "--all", "--json")
            assert done.stdout, done
            last["found"] = {sale: found for sale, found in json.loads(done.stdout)["sales"].items() if found}
            return not last["found"]

        try:
            await until("sound sales", sound)
        except AssertionError:
            raise AssertionError(f"aforo verify --all: {last}") from None

    async def stop(self) -> None:
        for part in (*self.server.values(), *self.worker.values()):
            await part.kill()
        await self.stores.stop()
