"""A run that is told to end, by a supervisor, a job's time limit or a lost terminal, leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import typer

from server.cli.stopping import INTERRUPTED, carried_out, cleaned_up
from server.observe.machine import PROC, family

ROOT = Path(__file__).parents[2]
RUNS = {
    "storm": ("-m", "server", "storm", "seat_grab", "--sockets", "20", "--seconds", "600"),
    "faults": ("-m", "loadtest.faults", "--sockets", "10", "--minutes", "10"),
    "soak": ("-m", "loadtest.soak", "--sockets", "10", "--minutes", "10"),
}
ACTS = "crowd.players"
WAIT_S_MAX = 90.0


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files, near enough for sockets, where the account of Postgres may walk through."""
    folder = Path(tempfile.mkdtemp(prefix="aforo-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


def until(true: Callable[[], bool]) -> bool:
    """Whether it came true in time."""
    end_at = time.monotonic() + WAIT_S_MAX
    while not true():
        if time.monotonic() > end_at:
            return False
        time.sleep(0.1)
    return True


def said(pid: int) -> str:
    """The command of a process; empty when it has ended."""
    try:
        return (PROC / str(pid) / "cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def acts(pid: int) -> bool:
    return any(ACTS in said(each) for each in family(pid))


@pytest.mark.long  # one of each that takes time is enough where time matters
def test_runs_that_are_told_to_end_leave_nothing_behind(temporary: Path) -> None:
    quiet = subprocess.DEVNULL
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with ExitStack() as stack:
        running = {}
        for name, arguments in RUNS.items():
            command = [sys.executable, *arguments]
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=quiet, stderr=quiet)
            stack.callback(process.kill)
            running[name] = process
        for name, process in running.items():
            assert until(lambda pid=process.pid: acts(pid)), name
        started = {pid: said(pid) for process in running.values() for pid in family(process.pid)}
        for process in running.values():
            process.terminate()
        codes = {name: process.wait(WAIT_S_MAX) for name, process in running.items()}
        assert codes == dict.fromkeys(running, INTERRUPTED)
    assert not list(temporary.iterdir())
    assert until(lambda: not [pid for pid, words in started.items() if words and said(pid) == words])


async def hangs_until_told(number: signal.Signals, log: list[str]) -> None:
    try:
        os.kill(os.getpid(), number)
        await asyncio.sleep(WAIT_S_MAX)
    finally:
        os.kill(os.getpid(), number)
        await asyncio.sleep(0.01)
        log.append("cleaned up")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("ctrl_c", [signal.default_int_handler, signal.SIG_IGN])
def test_told_twice_it_cleans_up_once(number: signal.Signals, ctrl_c: signal.Handlers) -> None:
    log: list[str] = []
    before = signal.getsignal(number)
    ctrl_c_before = signal.signal(signal.SIGINT, ctrl_c)
    try:
        with pytest.raises(typer.Exit) as ended, cleaned_up():
            carried_out(lambda: hangs_until_told(number, log))
    finally:
        signal.signal(signal.SIGINT, ctrl_c_before)
    assert ended.value.exit_code == INTERRUPTED
    assert log == ["cleaned up"]
    assert signal.getsignal(number) is before
