"""Starts the provider of provider.mjs; its packages are installed once into build/outside, by their lock."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.absent import ROOT, build_pages

HERE = Path(__file__).parent
FOLDER = ROOT / "build" / "outside"
FILES = ("package.json", "package-lock.json", "provider.mjs")


def installed() -> tuple[Path, dict[str, str]]:
    """The folder with the provider and its packages, and the environment that Node runs in."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    pages = build_pages()
    environment: dict[str, str] = pages.bring_node()
    with (FOLDER / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in FILES:
            shutil.copy(HERE / name, FOLDER / name)
        pages.install_modules(environment, FOLDER)
    return FOLDER, environment


@contextmanager
def running(*redirects: str) -> Iterator[str]:
    """A provider that sends people back to these addresses; its issuer."""
    command = ["node", "provider.mjs", *redirects]
    folder, environment = installed()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
