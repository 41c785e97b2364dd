"""An installation in parts, as it runs on several machines: stores, groups of server processes, workers.

Owns how each part is started on this machine, waited for, and ended whatever state it is in.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from crowd.api import Api, ApiFault
from engine.engine import Engine
from engine.settings import Settings
from engine.stores import database, schema

ROOT = Path(__file__).parents[1]
READY_S_MAX = 90.0
STOP_S_MAX = 40.0


def open_folder(name: str) -> Path:
    """A temporary folder; whoever makes it removes it."""
    folder = Path(tempfile.mkdtemp(prefix=f"aforo-{name}-"))
    folder.chmod(0o711)  # the account of an embedded Postgres walks through
    return folder


async def prepared(settings: Settings, database_url: str) -> str:
    """The schema, an organizer and a key."""
    connection = await database.connect_one(database_url)
    try:
        await schema.apply(connection, contract=True)
    finally:
        await connection.close()
    async with Engine.open(settings) as engine:
        made = await engine.access.create(await engine.access.create_organizer("Load test"), "load test")
    return made.key


def start(log_path: Path, given: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    """`aforo` with these arguments, in the surroundings given."""
    with log_path.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "server", *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **given},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


async def ready(api: Api, processes: Iterable[subprocess.Popen[bytes]], folder: Path) -> None:
    """Until the servers answer; when a process ends before, RuntimeError tells the last lines of the logs."""
    until = time.monotonic() + READY_S_MAX
    while True:
        try:
            await asyncio.to_thread(api.get_bytes, "/readyz")
        except ApiFault:
            if time.monotonic() > until or any(each.poll() is not None for each in processes):
                raise RuntimeError(f"the installation did not start: {last_words(folder)}") from None
            await asyncio.sleep(0.2)
        else:
            return


def last_words(folder: Path) -> str:
    """What the parts logged last."""
    return "".join(path.read_text(errors="replace")[-1_000:] for path in sorted(folder.glob("*.log")))


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


def children_of(parent: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = (line.split() for line in listed.stdout.splitlines())
    return sorted(int(pid) for pid, above in pairs if int(above) == parent)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
