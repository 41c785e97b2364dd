"""How many sockets a process may hold, and what to do when that is too few: said before anything is started."""

from __future__ import annotations

import math
import resource

from engine.limits import FILES_RESERVED


class TooManySockets(Exception):
    """The message says what would do."""


def raise_files_max() -> int:
    """Raise the limit of open files of this process as far as allowed, and say where it is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard not in (soft, resource.RLIM_INFINITY):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return hard
    return soft


def processes_for(sockets: int, files_max: int) -> int:
    """So many processes hold so many sockets. Pure."""
    return math.ceil(sockets / max(1, files_max - FILES_RESERVED))


def check_files(sockets: int, processes: int, files_max: int) -> None:
    """Raises TooManySockets when the people of one process would not fit."""
    needed = processes_for(sockets, files_max)
    if processes < needed:
        raise TooManySockets(
            f"{sockets:,} sockets in {processes} client processes are more than the {files_max:,} open files of each: "
            f"use --processes {needed}, or raise the hard limit (ulimit -Hn)"
        )
