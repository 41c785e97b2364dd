"""Clocks that can be set: what a part takes for the time of day, by libfaketime (Debian's package `faketime`).

Owns a file for each clock, which the library reads once a second. Only the time of day jumps; what measures how long
something takes goes on. Where the library is missing there are no such clocks.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LIBRARIES = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib*/faketime/libfaketime.so.1")
SHARED_MEMORY = Path("/dev/shm")
LEFT_BEHIND = "*faketime_*_*"
READ_EVERY_S = 1
SEEN_S = READ_EVERY_S + 0.5  # until every process has read its file


def library() -> Path | None:
    """The library of this machine."""
    return next((path for pattern in LIBRARIES for path in sorted(Path("/").glob(pattern[1:]))), None)


@dataclass(slots=True)
class Clock:
    """The clock of one part."""

    path: Path
    preload: Path
    offset_s: int = 0

    def __post_init__(self) -> None:
        self.set(0)

    def set(self, offset_s: int) -> None:
        """So many seconds ahead of the machine's clock from now on, or behind it."""
        self.offset_s = offset_s
        written = self.path.with_suffix(".new")
        written.write_text(f"{offset_s:+d}\n", encoding="ascii")
        written.replace(self.path)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to go by this clock."""
        return {
            "LD_PRELOAD": str(self.preload),
            "FAKETIME_TIMESTAMP_FILE": str(self.path),
            "FAKETIME_CACHE_DURATION": str(READ_EVERY_S),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def wrapped(self, program: Path) -> Path:
        """A program that is `program` by this clock."""
        given = " ".join(f"{name}={shlex.quote(value)}" for name, value in self.environment.items())
        path = self.path.with_suffix(".sh")
        path.write_text(f'#!/bin/sh\nexec env {given} {shlex.quote(str(program))} "$@"\n', encoding="utf-8")
        path.chmod(0o755)
        return path


def clocks_in(folder: Path, parts: tuple[str, ...]) -> dict[str, Clock]:
    """A clock for each part; none where the library is missing."""
    preload = library()
    if preload is None:
        return {}
    return {part: Clock(folder / f"{part}.clock", preload) for part in parts}


@contextmanager
def tidied() -> Iterator[None]:
    """Removes what the library leaves in shared memory of processes that are killed meanwhile."""
    before = set(SHARED_MEMORY.glob(LEFT_BEHIND))
    try:
        yield
    finally:
        for path in set(SHARED_MEMORY.glob(LEFT_BEHIND)) - before:
            if not Path("/proc", path.name.rpartition("_")[2]).exists():
                path.unlink(missing_ok=True)
