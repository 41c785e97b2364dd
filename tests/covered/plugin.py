"""Measures a run where COVERED asks for it: prints how many branches it took, and those that nobody named.

COVERED=all fails for these. Runs where coverage does in every process of pytest, as `make test COVERED=yes` has it, and
reads what they left in the folder of COVERAGE_FILE. Processes that tests start are not measured, nor are tests that
take no branch of their own: measuring makes a process a third slower, and one that starts twice as slow.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage
from coverage.exceptions import CoverageException

from tests.covered import words
from tests.covered.branches import ROOT, by_package, collected, untaken
from tests.covered.named import Named

# Crowds, older releases and what reads sources; on other kinds of Redis than the embedded one all but tests of stores.
NOT_MEASURED = {"browser", "checks", "loadtest", "pages", "property", "releases", "strangers", "web"}
OTHER_KINDS = {"cluster", "redis-server"}
START = "COVERAGE_PROCESS_START"
JUDGED_ON = (3, 11)  # other Pythons have other branches here and there


class Measured:
    """Follows the tests of one process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        running = Coverage.current()
        if is_measured(item) or running is None:
            return (yield)
        running.stop()
        try:
            return (yield)
        finally:
            running.start()

    def pytest_sessionfinish(self) -> None:
        words.write(self._folder, str(os.getpid()))


def is_measured(item: pytest.Item) -> bool:
    folder = item.path.relative_to(ROOT / "tests").parts[0]
    callspec: Any = getattr(item, "callspec", None)
    kind = callspec.params.get("redis_url") if callspec is not None else None
    return folder not in NOT_MEASURED and (folder == "stores" or kind not in OTHER_KINDS)


class Judge:
    """Says what the run reached, once all of its processes have ended."""

    def __init__(self, reached: Path) -> None:
        self._reached = reached
        self._said: list[str] = []

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        running = Coverage.current()
        assert running is not None, "as in every process"
        running.stop()
        running.save()
        if session.exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            return  # it was cut short, and says nothing of what it did not come to
        try:
            files = collected(self._reached)
        except CoverageException as error:
            missing = [f"nothing was measured: {error}"]
        else:
            self._said = [
                f"{name:<24}{tally.taken:>6} of {tally.all:>5}{tally.percent:>7.1f} %"
                for name, tally in by_package(files).items()
            ]
            missing = Named.read().missing(untaken(files), words.unheard(self._reached.parent))
        self._said += missing
        if missing and session.exitstatus == 0 and strict() and sys.version_info[:2] == JUDGED_ON:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._said:
            terminalreporter.section("branches taken")
        for line in self._said:
            terminalreporter.write_line(line)


def strict() -> bool:
    """Whether a branch that was missed fails the run; else it is told: a race may not go every way each time."""
    return os.environ.get("COVERED") == "all"


def pytest_configure(config: pytest.Config) -> None:
    if START not in os.environ:
        return
    reached = Path(os.environ["COVERAGE_FILE"])
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        os.environ.pop(START)  # what tests start is not measured
        words.listen()
        config.pluginmanager.register(Measured(reached.parent))
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Judge(reached))
