"""A whole Aforo of our own: `aforo up` as a person would start it, on a private folder and a free port."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.absent import ROOT

STARTED_S_MAX = 60
STOPPED_S_MAX = 40

HALL = """\
id: {id}
event: Jazz en el Rincón
description: Una noche larga.
starts: in 60 days at 20:30
zone: Europe/Madrid
venue: {{name: El Rincón, address: "Calle Mayor 1, Zaragoza"}}
currency: EUR
opens: {opens}
{lobby}person_max: 6
cart_minutes: 30
room: {room}
sections:
  Platea: {{rows: 4, seats: 8, price: {{general: 45.00, media: 22.50}}, accessible: [A 1-2]}}
pools:
  Pista: {{capacity: 40, price: 30.00}}
"""

# The home page lists the first fifty events: one that is looked for there comes before those of other tests.
SOON = HALL.replace("in 60 days", "in 9 days")


class Site:
    """A running Aforo, and what an organizer does with it over HTTP."""

    def __init__(self, folder: Path, *options: str, settings: Mapping[str, str] | None = None) -> None:
        """`settings`: of the environment, beside those that all have here."""
        self.folder = folder
        self._settings = settings or {}
        self._options = options
        self._log: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self.url = ""
        self.key = ""

    # ── running ──

    def start(self) -> None:
        port = self.url.rpartition(":")[2] or "0"
        options = ["--data-dir", str(self.folder), "--port", port, "--processes", "1", *self._options]
        command = [sys.executable, "-m", "server", "up"]
        self._process = subprocess.Popen(
            command + options,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment() | self._settings,
        )
        self._log.clear()
        self._reading = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reading.start()
        self._await(lambda: "Ctrl-C stops" in self.log, STARTED_S_MAX, "start")
        self.url = found(r"Aforo runs at (http://\S+)", self.log) or self.url
        self.key = found(r"(ak_[\w-]+)", self.log) or self.key

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(STOPPED_S_MAX)
            self._reading.join(STOPPED_S_MAX)

    def kill_server(self) -> None:
        """SIGKILL the process that serves; whoever looks after it starts another."""
        before = self.server_pids()
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        self._await(lambda: bool(self.server_pids() - before) and self.is_ready(), STARTED_S_MAX, "come back")

    def server_pids(self) -> set[int]:
        assert self._process is not None
        listed = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self._process.pid)], capture_output=True, text=True, check=True
        )
        return {int(line.split()[0]) for line in listed.stdout.splitlines() if "server.child serve" in line}

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    @property
    def log(self) -> str:
        return "".join(self._log)

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            self._log.extend(process.stdout)

    def _await(self, condition: Any, seconds: float, what: str) -> None:
        until = time.monotonic() + seconds
        while not condition():
            assert self._process is not None
            assert self._process.poll() is None, f"aforo up ended:\n{self.log}"
            assert time.monotonic() < until, f"aforo up did not {what} within {seconds} s:\n{self.log}"
            time.sleep(0.02)

    # ── organizing ──

    def ask(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json", token: str = ""
    ) -> Any:
        """One request, as the organizer or with the token of a buyer."""
        headers = {"Authorization": f"Bearer {token or self.key}", "Content-Type": kind}
        request = urllib.request.Request(self.url + path, method=method, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f"{method} {path}: {error.read().decode()}") from error

    def sale(self, *, opens: str = "now", lobby: str | None = None, room: str = "false", text: str = HALL) -> str:
        """A sale of a small hall with one section of 4 rows of 8 seats, and a pool."""
        sale_id = f"s-{secrets.token_hex(6)}"
        filled = text.format(id=sale_id, opens=opens, lobby=f"lobby: {lobby}\n" if lobby else "", room=room)
        self.ask("POST", "/api/sales", filled.encode(), "application/yaml")
        self.await_sale(sale_id)
        return sale_id

    def letter(self, address: str, sent: int = 1) -> dict[str, Any]:
        """The newest of so many letters to an address; letters go to a file here."""
        found: list[dict[str, Any]] = []

        def came() -> bool:
            path = self.folder / "messages" / "email.jsonl"
            # The last line may still be being written.
            whole, _, _ = (path.read_text() if path.exists() else "").rpartition("\n")
            found[:] = [letter for letter in map(json.loads, whole.splitlines()) if letter["to"] == address]
            return len(found) >= sent

        self._await(came, STARTED_S_MAX, f"send letter {sent} to {address}")
        return found[-1]

    def await_sale(self, sale_id: str) -> None:
        self._await(lambda: self.state(sale_id) is not None, STARTED_S_MAX, f"publish {sale_id}")

    def state(self, sale_id: str) -> str | None:
        room = self.room(sale_id)
        return None if room is None else str(room["state"])

    def room(self, sale_id: str) -> dict[str, Any] | None:
        try:
            answer = self.ask("GET", f"/api/sales/{sale_id}/room")
        except AssertionError:
            return None
        return dict(answer)


def environment() -> dict[str, str]:
    """Nothing of this machine's own settings; test cards pay; logs as text."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AFORO_")} | {
        "AFORO_PROVIDER": "sandbox",
        "AFORO_DEV_MAIL": "true",
        "AFORO_OUTGOING_ALLOW": "127.0.0.0/8",  # strangers of tests live here
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }


def found(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text)
    return match[1] if match else None
