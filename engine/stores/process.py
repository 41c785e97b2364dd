"""Processes of the embedded stores: are they alive, are they ours, and ending them.

A process id alone proves nothing, since ids are used again: a process is ours when its command line names
our files. Guarantees that `end` returns only once the process is gone.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

POLL_S = 0.005


def command_of(pid: int) -> str | None:
    """The command line of a running process, or None when there is no such process."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return None
    except OSError:
        return None
    else:
        # A zombie has no command line any more.
        return raw.replace(b"\0", b" ").decode(errors="replace").strip() or None
    listed = subprocess.run(["ps", "-p", str(pid), "-o", "args="], capture_output=True, text=True, check=False)
    return listed.stdout.strip() or None


def is_ours(pid: int, *marks: str) -> bool:
    """Is `pid` a running process whose command line names every one of `marks`?"""
    command = command_of(pid)
    return command is not None and all(mark in command for mark in marks)


def pid_in(path: Path) -> int | None:
    """The process id on the first line of a pid file, or None when there is none to read."""
    try:
        first_line = path.read_text(encoding="ascii", errors="replace").partition("\n")[0].strip()
    except OSError:
        return None
    return int(first_line) if first_line.isdigit() and int(first_line) > 1 else None


def wait_until(true: Callable[[], bool], within_s: float) -> bool:
    """Poll until `true()`; False when it did not come true in time."""
    end_at = time.monotonic() + within_s
    while not true():
        if time.monotonic() > end_at:
            return False
        time.sleep(POLL_S)
    return True


def end(gone: Callable[[], bool], pid: int, signals: list[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn, with its patience in seconds, until the process is gone."""
    for number, patience_s in signals:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if wait_until(gone, patience_s):
            return


def end_orphan(pid: int, mark: str, signals: list[tuple[signal.Signals, float]]) -> None:
    """End a process that an earlier, killed supervisor left behind."""
    end(lambda: not is_ours(pid, mark), pid, signals)


def log_tail(path: Path, bytes_max: int = 4_000) -> str:
    """The end of a log, for the message that explains a failed start."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - bytes_max))
            return log.read().decode(errors="replace")
    except OSError:
        return ""


def open_log(path: Path, bytes_max: int = 8_000_000) -> int:
    """Open a log for appending; one that has grown over its bound moves to `.1` first."""
    if path.exists() and path.stat().st_size > bytes_max:
        path.replace(path.with_name(path.name + ".1"))
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
