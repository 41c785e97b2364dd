"""Builds web/ into web/dist, with the machine's Node or, where it has none, with the Node that PyPI carries.

Run it as a program (`make web`), or load it from the wheel's build hook. Needs nothing but Python's own library.
Guarantees: nothing is built when no source changed; a build that fails leaves the last one as it was.
Fails by saying what is missing: exit code 3 when there is no Node, else 1.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WEB = Path(__file__).resolve().parents[1] / "web"
DIST = WEB / "dist"
FRESH = WEB / "dist.new"
STAMP = "sources.sha256"
NODE_MIN = (20, 19)
NODE_LOCK = Path(__file__).with_name("node.lock")
BUILD_S_MAX = 600
NOT_SOURCES = {"audit", "node_modules", "dist", "dist.new", "dist.old", ".build.lock", ".vite", "coverage"}


class CannotBuild(Exception):
    """What is missing, in words for whoever started the build."""

    exit_code = 1


class NoNode(CannotBuild):
    """This machine has no Node that is new enough, and none could be brought."""

    exit_code = 3


def say(text: str) -> None:
    sys.stderr.write(f"pages: {text}\n")
    sys.stderr.flush()


def source_hash() -> str:
    """One hash of every source file: its path and its bytes."""
    total = hashlib.sha256()
    for path in sorted(_sources(WEB)):
        body = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(WEB).as_posix()} {body}\n".encode())
    compress = Path(__file__).with_name("compress_pages.mjs").read_bytes()
    return hashlib.sha256(total.digest() + compress).hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in NOT_SOURCES:
            continue
        if path.is_dir():
            yield from _sources(path)
        else:
            yield path


def is_built() -> bool:
    """Whether web/dist was made from the sources as they are."""
    stamp = DIST / STAMP
    return stamp.is_file() and (not has_sources() or stamp.read_text("ascii") == source_hash())


def has_sources() -> bool:
    return (WEB / "package-lock.json").is_file()


def node_environment() -> dict[str, str] | None:
    """An environment in which `node` (new enough) and `npm` are found; None when this machine has none."""
    path = os.environ.get("PATH", "")
    own = [f"{Path(sys.executable).parent}{os.pathsep}{path}"] if sys.prefix != sys.base_prefix else []
    for folders in (path, *own):
        node, npm = shutil.which("node", path=folders), shutil.which("npm", path=folders)
        if node is None or npm is None:
            continue
        told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        version = re.match(r"v(\d+)\.(\d+)", told)
        if version and (int(version[1]), int(version[2])) >= NODE_MIN:
            return {**os.environ, "PATH": folders, "NO_COLOR": "1", "npm_config_update_notifier": "false"}
    return None


def bring_node() -> dict[str, str]:
    """The machine's Node, else the one from PyPI, installed beside this Python when that is a virtual environment."""
    environment = node_environment()
    if environment is not None:
        return environment
    wanted = ".".join(map(str, NODE_MIN))
    if sys.prefix == sys.base_prefix:
        raise NoNode(f"Node {wanted} or newer is needed; put it on the PATH, or run this in a virtual environment.")
    say(f"no Node {wanted} on this machine; installing the one from PyPI into {sys.prefix}")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--require-hashes", "-r", str(NODE_LOCK)]
    installed = subprocess.run(pip, check=False).returncode == 0
    environment = node_environment() if installed else None
    if environment is None:
        raise NoNode(f"Node {wanted} or newer is needed, and the one from PyPI could not be installed.")
    return environment


@contextmanager
def one_at_a_time() -> Iterator[None]:
    with (WEB / ".build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install_modules(environment: dict[str, str], folder: Path = WEB) -> None:
    """`npm ci` in a folder, when its lock file changed since the last time."""
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".aforo-lock-sha256"
    if stamp.is_file() and stamp.read_text("ascii") == wanted:
        return
    say(f"installing what {folder.name}/package-lock.json pins")
    run(["npm", "ci", "--no-fund", "--no-audit", "--loglevel=error"], environment, folder)
    stamp.write_text(wanted, "ascii")


def run(command: list[str], environment: dict[str, str], folder: Path = WEB) -> None:
    """Run in a folder; what it said is shown when it fails."""
    program = shutil.which(command[0], path=environment["PATH"]) or command[0]
    try:
        done = subprocess.run(
            [program, *command[1:]],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
            timeout=BUILD_S_MAX,
        )
    except subprocess.TimeoutExpired as slow:
        raise CannotBuild(f"`{' '.join(command)}` did not end within {BUILD_S_MAX} s.") from slow
    if done.returncode != 0:
        raise CannotBuild(f"`{' '.join(command)}` failed:\n{shortened(done.stdout)}")


def shortened(text: str, lines_max: int = 40) -> str:
    """The first and the last lines: a reason stands at either end."""
    lines = text.strip().splitlines()
    if len(lines) <= lines_max:
        return "\n".join(lines)
    half = lines_max // 2
    return "\n".join([*lines[:half], f"… {len(lines) - 2 * half} more lines …", *lines[-half:]])


def build() -> bool:
    """Build when needed; False when web/dist was already that of these sources."""
    with one_at_a_time():
        if is_built():
            return False
        environment = bring_node()
        install_modules(environment)
        say("building")
        before = source_hash()
        shutil.rmtree(FRESH, ignore_errors=True)
        run(["npm", "run", "build", "--", "--outDir", FRESH.name, "--emptyOutDir"], environment)
        run(["node", str(Path(__file__).with_name("compress_pages.mjs")), str(FRESH)], environment)
        (FRESH / STAMP).write_text(before, "ascii")
        old = WEB / "dist.old"
        shutil.rmtree(old, ignore_errors=True)
        if DIST.exists():
            DIST.rename(old)
        FRESH.rename(DIST)
        shutil.rmtree(old, ignore_errors=True)
        return True


def run_script(script: str) -> None:
    """`npm run SCRIPT` with what the lock file pins."""
    with one_at_a_time():
        environment = bring_node()
        install_modules(environment)
    run(["npm", "run", "--silent", script], environment)


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the pages into web/dist, when their sources changed.")
    parser.add_argument("--optional", action="store_true", help="exit 0 when it cannot be done; say so")
    parser.add_argument("--run", metavar="SCRIPT", help="run this npm script of web/ in place of building")
    asked = parser.parse_args()
    if not has_sources() and not is_built():
        say("there are no sources in web/; the server will say so where a page would be")
        return 0 if asked.optional else 1
    try:
        if asked.run:
            run_script(asked.run)
        elif build():
            say(f"built into {DIST.relative_to(Path.cwd()) if DIST.is_relative_to(Path.cwd()) else DIST}")
    except CannotBuild as why:
        say(str(why))
        if asked.optional:
            say("the server works without them, and says so where a page would be")
        return 0 if asked.optional else why.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
