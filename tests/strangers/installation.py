"""A running `aforo up` on an empty folder, and the commands that docs/operations.md lists.

Owns: the processes it starts and their folder. Guarantees: when `stop` returns, none of them is left.
Fails with AssertionError that quotes what the programs said.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.strangers.waiting import until

ROOT = Path(__file__).resolve().parents[2]
STOP_S_MAX = 60
COMMAND_S_MAX = 90
SAID_CHARS = 4_000  # of what the programs said, in a failure
SERVERS = 2


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Installation:
    """Everything on this machine, as `aforo up` starts it, and what one needs to talk to it."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="aforo-strangers-")))
    port: int = field(default_factory=free_port)
    key: str = ""
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("AFORO_")}
        return {
            **ours,
            "PYTHONPATH": str(ROOT),
            "AFORO_DATA_DIR": str(self.folder / "data"),
            "AFORO_LOG_FORMAT": "json",
            "AFORO_PROVIDER": "sandbox",
        }

    async def start(self) -> None:
        """Start it, and return when it is ready; it may be an hour old already."""
        self.folder.chmod(0o711)  # the account of an embedded Postgres walks through it
        command = [sys.executable, "-m", "server", "up", "--port", str(self.port), "--processes", str(SERVERS)]
        self.process = await asyncio.to_thread(self.begun, command)
        await until("aforo up", self.is_ready)
        if not self.key:
            self.key = await self.make_key("The first of all")

    def begun(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / "said").open("ab") as said:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.environment(),
                stdout=said,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )

    def said(self) -> str:
        return (self.folder / "said").read_text(encoding="utf-8", errors="replace")

    async def is_ready(self) -> bool:
        assert self.process is None or self.process.poll() is None, self.said()[-SAID_CHARS:]
        return await asyncio.to_thread(self.answers_ready)

    def answers_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as response:
                return response.status == 200
        except OSError:
            return False

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One of the commands, as a person would type it."""
        return subprocess.run(
            [sys.executable, "-m", "server", *words],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=COMMAND_S_MAX,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    async def make_key(self, organizer: str) -> str:
        """An API key of a new organizer."""
        done = await asyncio.to_thread(
            self.command, "key", "create", "--label", "strangers", "--organizer-name", organizer
        )
        found = re.search(r"ak_\S+", done.stdout)
        assert found is not None, done
        return found[0]

    async def violations(self) -> dict[str, Any]:
        """What `aforo verify --all` finds: nothing, it is hoped."""
        done = await asyncio.to_thread(self.command, "verify", "--all", "--json")
        try:
            told = json.loads(done.stdout)
        except ValueError:
            raise AssertionError(f"verify said no JSON: {done}") from None
        return {sale: found for sale, found in told["sales"].items() if found}

    async def is_sound(self) -> None:
        """Wait until every invariant of every sale holds: what purchases left half done is completed meanwhile."""
        last: dict[str, Any] = {}

        async def sound() -> bool:
            last.clear()
            last.update(await self.violations())
            return not last

        try:
            await until("sound sales", sound)
        except AssertionError:
            raise AssertionError(f"aforo verify --all: {last}") from None

    async def stop(self) -> None:
        """End it as Ctrl-C does, and remove its folder."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            await asyncio.to_thread(self.process.wait, STOP_S_MAX)
        shutil.rmtree(self.folder, ignore_errors=True)
