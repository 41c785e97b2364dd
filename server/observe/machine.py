"""The processes of an installation on this machine: which there are, and what they have spent.

Linux only: others have no /proc to ask. Fails with OSError when a process has ended.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_SCHEDULED = 2  # the clock of what a process spent, all threads together


def missing() -> str | None:
    """Why nothing can be said about other processes here."""
    return None if (PROC / "self" / "statm").exists() else "this system has no /proc"


def cpu_s(pid: int) -> float:
    """Processor seconds of a running process so far; its clock is named as clock_getcpuclockid() would."""
    return time.clock_gettime(~pid << 3 | _SCHEDULED)


def machine_s() -> float:
    """Processor seconds of everything on the machine so far, and what its host took away."""
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, (PROC / "stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS_PER_S


def resident_bytes(pid: int) -> int:
    return int((PROC / str(pid) / "statm").read_text().split()[1]) * PAGE_BYTES


def children(pid: int) -> list[int]:
    """Those it started itself. Cheap where the kernel keeps a list of them."""
    lists = list((PROC / str(pid) / "task").glob("*/children"))
    if not lists:
        return sorted(each for each, parent in parents().items() if parent == pid)
    return sorted(int(each) for path in lists for each in path.read_text().split())


def family(pid: int) -> list[int]:
    """It, and all that it started and they started."""
    found = [pid]
    for each in found:
        try:
            found += children(each)
        except OSError:
            continue  # it ended just now
    return found


def parents() -> dict[int, int]:
    """Every process of the machine, and whose child it is."""
    found = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text()
            except OSError:
                continue  # it ended just now
            found[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    return found


@dataclass(frozen=True, slots=True)
class Look:
    """One process at one instant."""

    private_mib: float
    cpu_s: float
    files: int


def look_at(pid: int) -> Look | None:
    """None when it has ended."""
    own = PROC / str(pid)
    try:
        stat = (own / "stat").read_text().rpartition(")")[2].split()
        status = (own / "status").read_text()
        files = sum(1 for _ in (own / "fd").iterdir())
    except OSError:
        return None
    private = re.search(r"^RssAnon:\s+(\d+) kB", status, re.MULTILINE)
    return Look(int(private[1]) / 1024 if private else 0.0, (int(stat[11]) + int(stat[12])) / TICKS_PER_S, files)


def cpu_of(pids: Sequence[int]) -> float:
    """Processor seconds of those that still run."""
    return sum(look.cpu_s for pid in pids if (look := look_at(pid)) is not None)


def roles_of(root: int) -> dict[str, list[int]]:
    """The parts of the installation that `root` supervises, and the processes of each."""
    roles: dict[str, list[int]] = {}
    servers = 0
    for pid in sorted(family(root)):
        try:
            command = (PROC / str(pid) / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue  # it ended just now
        if pid == root:
            role = "supervisor"
        elif "server.child serve" in command:
            servers += 1
            role = f"server {servers}"
        elif "server.child work" in command:
            role = "worker"
        elif "valkey" in command or "redis" in command:
            role = "valkey"
        else:
            role = "postgres"
        roles.setdefault(role, []).append(pid)
    return roles
