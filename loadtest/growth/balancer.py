"""HAProxy before two groups of servers, with the configuration that deploy/ gives to operators.

Owns the running HAProxy. Fails with RuntimeError, which carries what it said.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from loadtest.growth.site import HOST, Site
from loadtest.parts import ROOT, free_port

CONFIGURATION = ROOT / "deploy" / "haproxy.cfg"
LOOK_S = 0.05
UP_S_MAX = 30.0
END_S_MAX = 10.0


def missing() -> str:
    """Why there can't be a balancer here; empty when there can."""
    if shutil.which("haproxy") is None:
        return "haproxy is not installed (apt install haproxy): groups of servers behind a balancer are left out"
    if not CONFIGURATION.is_file():
        return "there is no deploy/haproxy.cfg, as in a checkout: groups of servers behind a balancer are left out"
    return ""


class Balancer:
    """`port` is where buyers go."""

    def __init__(self, port: int, socket_path: Path, running: subprocess.Popen[bytes]) -> None:
        self.port = port
        self._socket_path = socket_path
        self._running = running

    async def states(self) -> dict[str, str]:
        """What it thinks of each group: UP, DOWN …"""
        reader, writer = await asyncio.open_unix_connection(self._socket_path)
        try:
            writer.write(b"show stat\n")
            told = (await reader.read()).decode()
        finally:
            writer.close()
        names, *lines = [line.split(",") for line in told.removeprefix("# ").splitlines() if line]
        listed = [dict(zip(names, line, strict=False)) for line in lines]
        return {each["svname"]: each["status"] for each in listed if each["svname"].startswith("group")}

    async def until_all(self, state: str) -> None:
        """Wait until it thinks so of all groups."""
        async with asyncio.timeout(UP_S_MAX):
            while not await self._all(state):
                if self._running.poll() is not None:
                    raise RuntimeError(f"haproxy ended with {self._running.returncode}")
                await asyncio.sleep(LOOK_S)

    async def _all(self, state: str) -> bool:
        try:
            states = await self.states()
        except OSError:
            return False
        return bool(states) and all(each.startswith(state) for each in states.values())


@asynccontextmanager
async def balanced(site: Site) -> AsyncIterator[Balancer]:
    """A balancer that has found all groups of the site."""
    port, socket_path = free_port(), site.folder / "balancer.sock"
    surroundings = {
        "AFORO_BIND": f"{HOST}:{port}",
        "AFORO_BALANCER_SOCKET": str(socket_path),
        **{f"AFORO_{group.name.upper()}": f"{HOST}:{group.port}" for group in site.groups},
    }
    running = start_haproxy(site.folder / "haproxy.log", surroundings)
    try:
        balancer = Balancer(port, socket_path, running)
        await balancer.until_all("UP")
        yield balancer
    finally:
        running.kill()
        await asyncio.to_thread(running.wait, END_S_MAX)


def start_haproxy(log_path: Path, surroundings: dict[str, str]) -> subprocess.Popen[bytes]:
    with log_path.open("ab") as log:
        return subprocess.Popen(
            ["haproxy", "-db", "-f", str(CONFIGURATION)],
            env={**os.environ, **surroundings},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
