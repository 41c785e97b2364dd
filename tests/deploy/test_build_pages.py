"""Building the pages: only when a source changed, and with a plain word when it cannot be done."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.absent import ROOT

# Outside every virtual environment, so that nothing is ever installed by a test.
PYTHON = Path(sys.base_prefix) / "bin" / "python3"
NO_NODE = 3


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in small, whose pages were built."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    (tmp_path / "web" / "src").mkdir(parents=True)
    (tmp_path / "web" / "package-lock.json").write_text("{}")
    (tmp_path / "web" / "src" / "buyer.ts").write_text("export {};")
    return tmp_path


def build(checkout: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run it where there is no Node."""
    empty = checkout / "empty"
    empty.mkdir(exist_ok=True)
    return subprocess.run(
        [PYTHON, checkout / "deploy" / "build_pages.py", *options],
        cwd=checkout,
        env={"PATH": str(empty), "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
        check=False,
    )


def mark_built(checkout: Path) -> None:
    code = "import sys; sys.path.insert(0, 'deploy'); import build_pages; print(build_pages.source_hash(), end='')"
    told = subprocess.run([PYTHON, "-c", code], cwd=checkout, capture_output=True, text=True, check=True)
    (checkout / "web" / "dist").mkdir()
    (checkout / "web" / "dist" / "sources.sha256").write_text(told.stdout)


def test_without_node_it_says_what_is_missing(checkout: Path) -> None:
    done = build(checkout)
    assert done.returncode == NO_NODE
    assert "Node 20.19 or newer is needed" in done.stderr
    optional = build(checkout, "--optional")
    assert optional.returncode == 0
    assert "the server works without them" in optional.stderr


def test_what_is_built_is_used_while_no_source_changes(checkout: Path) -> None:
    mark_built(checkout)
    assert build(checkout).returncode == 0
    for unrelated in ("node_modules", "dist.new"):
        (checkout / "web" / unrelated).mkdir()
        (checkout / "web" / unrelated / "file").write_text("x")
    assert build(checkout).returncode == 0


@pytest.mark.parametrize("change", ["edit", "add", "remove"])
def test_any_change_of_a_source_asks_for_a_new_build(checkout: Path, change: str) -> None:
    mark_built(checkout)
    source = checkout / "web" / "src" / "buyer.ts"
    match change:
        case "edit":
            source.write_text("export const seats = 1;")
        case "add":
            source.with_name("other.ts").write_text("")
        case _:
            source.unlink()
    assert build(checkout).returncode != 0


def test_a_checkout_without_sources_says_so(checkout: Path) -> None:
    (checkout / "web" / "package-lock.json").unlink()
    assert build(checkout).returncode == 1
    assert build(checkout, "--optional").returncode == 0
