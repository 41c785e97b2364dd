"""The installation under load: one that runs somewhere, or one of our own that lives as long as the test.

Owns that temporary installation, and an API key made for the run where the stores are near; both are gone afterwards.
Fails with TargetFault, whose message says what to do.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from crowd.api import Api, ApiFault

ROOT = Path(__file__).parents[1]
KEY_LABEL = "load test"
COMMAND_S_MAX = 60.0
STOP_S_MAX = 40.0
RUNS_AT = re.compile(r"Aforo runs at (\S+)")
API_KEY = re.compile(r"^\s+(ak_\S+)$")
LAST_LINE = "Ctrl-C stops everything"


class TargetFault(Exception):
    """There is nothing to test; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    base_url: str
    key: str
    data_dir: Path | None  # of an installation on this machine
    pid: int | None = None  # of its supervisor, when it is our own

    @property
    def api(self) -> Api:
        return Api(self.base_url, self.key)


@contextmanager
def target_of(host: str, key: str, data_dir: Path | None, processes: int | None = None) -> Iterator[Target]:
    """Where to go. No host: an installation of our own. No key: one is made in the data folder, for the run."""
    if not host:
        with own_installation(processes) as target:
            yield target
        return
    made = ""
    if not key and data_dir is not None:
        made = key = made_key(data_dir)
    try:
        target = Target(host, key, data_dir)
        if not key:
            raise TargetFault("An API key is needed: --api-key, AFORO_API_KEY, or --data-dir of what runs here.")
        check(target)
        yield target
    finally:
        if made:
            assert data_dir is not None, "the key was made there"
            aforo("key", "revoke", id_of(made), "--data-dir", str(data_dir))


def check(target: Target) -> None:
    try:
        target.api.get("/api/organizer/sales?limit=1")
    except ApiFault as fault:
        raise TargetFault(f"{target.base_url} does not take us: {fault}") from fault


@contextmanager
def own_installation(processes: int | None = None) -> Iterator[Target]:
    """`aforo up` on an empty folder and any port; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="aforo-load-"))
    try:
        folder.chmod(0o711)  # the account of an embedded Postgres walks through
        with (folder / "log").open("wb") as log, running_up(folder, processes, log) as running:
            yield welcomed(running, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_up(folder: Path, processes: int | None, log: IO[bytes]) -> Iterator[subprocess.Popen[str]]:
    """In a process group of its own: Ctrl-C is for whoever tests, and the installation stays until that has ended."""
    command = [sys.executable, "-m", "server", "up", "--port", "0", "--data-dir", str(folder / "data")]
    if processes:
        command += ["--processes", str(processes)]
    # A whole crowd behind one machine, which pays with test cards.
    crowded = {**os.environ, "AFORO_TRUSTED_NETWORKS": "127.0.0.0/8", "AFORO_PROVIDER": "sandbox"}
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=crowded,
        stdin=nothing,
        stdout=pipe,
        stderr=log,
        text=True,
        process_group=0,
    ) as running:
        try:
            yield running
        finally:
            running.send_signal(signal.SIGTERM)
            try:
                running.wait(STOP_S_MAX)
            except subprocess.TimeoutExpired:
                running.kill()


def welcomed(running: subprocess.Popen[str], folder: Path) -> Target:
    """Read where it runs, and its first key."""
    assert running.stdout is not None, "it was asked for"
    base_url = key = ""
    for line in running.stdout:
        if found := RUNS_AT.search(line):
            base_url = found[1]
        elif found := API_KEY.match(line):
            key = found[1]
        elif line.startswith(LAST_LINE):
            return Target(base_url, key, folder / "data", running.pid)
    said = (folder / "log").read_text(errors="replace")[-1_000:]
    raise TargetFault(f"An installation of our own did not start: {said}")


def made_key(data_dir: Path) -> str:
    return aforo("key", "create", "--label", KEY_LABEL, "--data-dir", str(data_dir)).strip()


def id_of(key: str) -> str:
    """The part of a key that is no secret; the secret itself may have underscores."""
    return "_".join(key.split("_")[:2])


def aforo(*arguments: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "server", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_S_MAX,
    )
    if ran.returncode:
        raise TargetFault(f"`aforo {arguments[0]} {arguments[1]}` failed: {ran.stderr.strip()[-500:]}")
    return ran.stdout
