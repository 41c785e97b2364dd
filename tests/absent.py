"""Tests that need a program this machine does not have are left out, and the run says so in plain words.

In continuous integration no program may be missing: there the run fails instead. Nobody can install a history.
"""

import importlib.util
import os
import shutil
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from tests.releases.wheels import BEFORE, is_known

ROOT = Path(__file__).resolve().parents[1]
HISTORY = "history"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HEADLESS_SHELL = "chromium-headless-shell"


def chromium() -> str | None:
    """The Chromium of this machine, or the one AFORO_CHROMIUM names."""
    return os.environ.get("AFORO_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def quick_chromium() -> str | None:
    """Chromium without all that nobody sees: the same engine, for a third less work. Else the whole one."""
    return os.environ.get("AFORO_CHROMIUM") or shutil.which(HEADLESS_SHELL) or chromium()


@cache
def build_pages() -> ModuleType:
    """deploy/build_pages.py, which knows where Node is."""
    spec = importlib.util.spec_from_file_location("build_pages", ROOT / "deploy" / "build_pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def missing_for(marker: str) -> str | None:
    """Why the tests with this marker can't run here."""
    if marker == "node":
        return None if build_pages().node_environment() else "there is no Node 20.19 or newer"
    if marker == HISTORY:
        return None if is_known(BEFORE) else f"this checkout has no history back to {BEFORE[:7]}, the release before"
    if chromium() is None:
        return "there is no Chromium; install it (Debian: apt-get install chromium) or name it in AFORO_CHROMIUM"
    return None if build_pages().is_built() else "the pages are not built (make web)"


# marker: what its tests are called, and where they are
NEEDED = {
    "node": ("Tests of the pages' logic", "tests/web"),
    "browser": ("Browser tests", "tests/browser"),
    HISTORY: ("Tests of two releases at once", "tests/releases"),
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for marker, (what, _) in NEEDED.items():
        wanting = [item for item in items if item.get_closest_marker(marker)]
        reason = missing_for(marker) if wanting else None
        if reason is None:
            continue
        if os.environ.get("CI") and marker != HISTORY:
            raise pytest.UsageError(f"{what} must run in CI, but {reason}.")
        config.hook.pytest_deselected(items=wanting)
        items[:] = [item for item in items if item not in wanting]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    asked = [Path(arg.partition("::")[0]).resolve() for arg in config.args]
    for marker, (what, folder) in NEEDED.items():
        wanted = any((ROOT / folder).is_relative_to(path) or path.is_relative_to(ROOT / folder) for path in asked)
        reason = missing_for(marker) if wanted else None
        if reason is not None:
            terminalreporter.write_line(f"{what} DID NOT RUN: {reason}.", red=True)
