"""`aforo up --demo` in a folder that only its owner may enter, as `/root` and many homes are.

What a clone and an installation make is made here of hard links, so that no package is fetched: the sources, the
interpreter where its own place is closed too, and an environment with the packages that this one has.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import sysconfig
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.stores.account import RunAs, account
from tests.server.test_up import until

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("crowd", "engine", "server", "loadtest", "lua", "migrations", "schema.sql", "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns("test", "idlelib", "config-*", "site-packages", "dist-packages", "__pycache__")
STOPPED_S_MAX = 60.0


def link(source: str, target: str) -> None:
    """A hard link, or a copy where the folders are not on one disk."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def owned(folder: Path, uid: int) -> None:
    """Give a folder and the folders in it to an account; the files are links and stay whose they are."""
    for each, _, _ in os.walk(folder):
        os.chown(each, uid, -1)


@dataclass(frozen=True)
class Home:
    """A folder of mode 0700 with the project installed below it, and the account it belongs to."""

    folder: Path
    run_as: RunAs

    @property
    def data(self) -> Path:
        return self.folder / "aforo" / ".aforo"

    def install(self) -> None:
        project = self.folder / "aforo"
        project.mkdir()
        for name in SOURCES:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, project / name, copy_function=link, ignore=LEFT_OUT)
            else:
                link(str(source), str(project / name))
        self._make_environment(project / ".venv")

    def _make_environment(self, environment: Path) -> None:
        packages = environment / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
        shutil.copytree(sysconfig.get_path("purelib"), packages, copy_function=link, symlinks=True)
        (environment / "bin").mkdir()
        interpreter = self._interpreter()
        (environment / "bin" / "python").symlink_to(interpreter)
        (environment / "pyvenv.cfg").write_text(f"home = {interpreter.parent}\n", encoding="utf-8")

    def _interpreter(self) -> Path:
        """The interpreter below this one, or a copy where this account can't reach it."""
        base = Path(sys.base_prefix).resolve()
        found = Path(os.path.realpath(sys.executable))
        if not self.run_as or account().can_enter(found.parent):
            return found
        library = f"python3.{sys.version_info.minor}"
        copy = self.folder / "python"
        shutil.copytree(base / "lib" / library, copy / "lib" / library, copy_function=link, ignore=LEFT_OUT)
        for shared in (base / "lib").glob("libpython3*"):
            link(str(shared), str(copy / "lib" / shared.name))
        (copy / "bin").mkdir()
        link(str(found), str(copy / "bin" / found.name))
        return copy / "bin" / found.name

    def start(self) -> subprocess.Popen[bytes]:
        with self.out.open("wb") as out:
            return subprocess.Popen(
                [".venv/bin/python", "-m", "server", "up", "--demo", "--port", "0", "--processes", "1"],
                cwd=self.folder / "aforo",
                env={
                    "PATH": "/usr/bin:/bin",
                    "HOME": str(self.folder),
                    "LANG": "C.UTF-8",
                    "LD_LIBRARY_PATH": str(self.folder / "python" / "lib"),
                },
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                **self.run_as,
            )

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def said(self) -> str:
        return self.out.read_text(encoding="utf-8")


@pytest.fixture
def home(open_folder: Path) -> Iterator[Callable[[RunAs], Home]]:
    """Install the project for an account, in a folder that nobody else may enter."""
    folder = open_folder / secrets.token_hex(4)

    def made(run_as: RunAs) -> Home:
        folder.mkdir(mode=0o700)
        made = Home(folder, run_as)
        made.install()
        if run_as:
            owned(folder, run_as["user"])
        return made

    yield made
    elsewhere = folder / "aforo" / ".aforo" / "postgres"
    if elsewhere.is_symlink():
        shutil.rmtree(elsewhere.resolve())
    shutil.rmtree(folder)


def starts_and_stops(home: Home) -> None:
    running = home.start()
    try:
        until("the welcome", lambda: "Ctrl-C stops" in home.said() or running.poll() is not None)
        assert running.poll() is None, home.said()
        address = re.search(r"Aforo runs at (http://[\w.:]+)", home.said())
        assert address is not None, home.said()
        with urllib.request.urlopen(f"{address[1]}/readyz", timeout=30) as answer:
            assert answer.read() == b"ready\n"
    finally:
        running.send_signal(signal.SIGINT)
        ended = running.wait(STOPPED_S_MAX)
    assert ended == 0, home.said()


@pytest.mark.timeout(240)
def test_it_starts_in_a_home_of_our_own(home: Callable[[RunAs], Home]) -> None:
    starts_and_stops(home({}))


if os.geteuid() == 0:
    # Only root can become somebody else; run by anyone else, the test above is about that anyone.

    @pytest.mark.timeout(240)
    def test_it_starts_in_a_home_of_somebody_else(home: Callable[[RunAs], Home]) -> None:
        starts_and_stops(home({"user": account().uid, "group": account().gid, "extra_groups": []}))
