"""Wheels of releases, each installed into a folder of its own; what they depend on is what the tests run on."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The release that the tree under test is to replace while it runs.
BEFORE = "d2b979bb8004c6134024402fc9706d4b32c559c5"


def is_known(commit: str) -> bool:
    """Whether this checkout has the commit: a shallow clone has not, and an archive has no history at all."""
    asked = ["git", "-C", str(ROOT), "cat-file", "-e", f"{commit}^{{commit}}"]
    try:
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def of_commit(commit: str, folder: Path) -> Path:
    """The release that a commit is, without its pages: nobody looks at them here, and they take long to build."""
    tree = folder / "tree"
    tree.mkdir(parents=True)
    packed = folder / "tree.tar"
    run(["git", "-C", str(ROOT), "archive", "-o", str(packed), commit, "--", ".", ":!web"])
    with tarfile.open(packed) as archive:
        archive.extractall(tree, filter="data")
    return installed(tree, folder)


def installed(tree: Path, folder: Path) -> Path:
    """Build the wheel of a tree and install it without its dependencies; where it is then."""
    pip = [sys.executable, "-m", "pip"]
    run([*pip, "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder / "wheel"), str(tree)])
    (wheel,) = (folder / "wheel").glob("aforo-*.whl")
    place = folder / "installed"
    run([*pip, "install", "-q", "--no-deps", "--no-compile", "--no-index", "--target", str(place), str(wheel)])
    return place


def run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
