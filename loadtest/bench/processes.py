"""What a process has spent so far, and which processes it started. Linux only: others have no /proc to ask."""

from __future__ import annotations

import os
import time
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
