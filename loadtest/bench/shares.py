"""Who kept the processors busy during a measurement, and so what limits it.

Looks at this process and all it started, a few times a second. Counts the busier looks: the others saw it set up.
Where there is no /proc, nothing is said.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from engine.ending import end
from server.observe.machine import PROC, cpu_s, family, machine_s, missing

EVERY_S = 0.5
OF_BUSIEST = 0.5
ALL_CORES, ONE_CORE = 0.85, 80.0
SHOWN_MIN = 3.0
# A part of the command line, and whose it is; the first that fits counts.
ROLES = (
    ("server.child\0serve", "server"),
    ("server.child\0work", "worker"),
    ("-m\0server\0", "supervisor"),
    ("bench.rivals", "other servers"),
    ("bench/rivals", "other servers"),
    ("valkey", "Valkey"),
    ("caddy\0run", "Caddy"),
    ("postgres", "Postgres"),
    ("chrom", "browser"),
    ("playwright", "browser"),
    ("loadtest.bench.", "clients"),
)
OURSELVES = "engine and bench"
STRANGERS = "others on this machine"


class Looks:
    """Processor seconds of each process at each look, added up by role."""

    def __init__(self) -> None:
        self._before: dict[int, float] = {}
        self._at = time.perf_counter()
        self._machine_s = 0.0
        self._spells: list[dict[str, float]] = []

    def look(self) -> None:
        now, spent = time.perf_counter(), dict(spent_by_each())
        spell: dict[str, float] = defaultdict(float)
        for pid, (role, seconds) in spent.items():
            spell[role] += 100 * (seconds - self._before.get(pid, seconds)) / (now - self._at)
        machine_s_now = machine_s()
        of_all = 100 * (machine_s_now - self._machine_s) / (now - self._at)
        spell[STRANGERS] = max(0.0, of_all - sum(spell.values())) if self._machine_s else 0.0
        self._machine_s = machine_s_now
        self._before = {pid: seconds for pid, (_, seconds) in spent.items()}
        self._at = now
        self._spells.append(spell)

    def shares(self) -> dict[str, float]:
        """Percent of one core, of each role, while most was going on."""
        most = max(map(ours, self._spells), default=0.0)
        busy = [spell for spell in self._spells if ours(spell) >= OF_BUSIEST * most]
        total: dict[str, float] = defaultdict(float)
        for spell in busy:
            for role, percent in spell.items():
                total[role] += percent
        largest_first = sorted(total.items(), key=lambda each: -each[1])
        return {role: round(percent / len(busy), 1) for role, percent in largest_first if percent > 0}


def ours(spell: Mapping[str, float]) -> float:
    return sum(percent for role, percent in spell.items() if role != STRANGERS)


def spent_by_each() -> list[tuple[int, tuple[str, float]]]:
    found = []
    for pid in family(os.getpid()):
        try:
            command = (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace")
            found.append((pid, (role_of(pid, command), cpu_s(pid))))
        except OSError:
            continue  # it ended just now
    return found


class Spending:
    """Processor seconds by role from now on, of processes that are there at both ends."""

    def __init__(self) -> None:
        self._before = {pid: seconds for pid, (_, seconds) in spent_by_each()}

    def so_far(self) -> dict[str, float]:
        total: dict[str, float] = defaultdict(float)
        for pid, (role, seconds) in spent_by_each():
            total[role] += seconds - self._before.get(pid, 0.0)
        return total


def role_of(pid: int, command: str) -> str:
    if pid == os.getpid():
        return OURSELVES
    return next((role for part, role in ROLES if part in command), "the rest")


@asynccontextmanager
async def looking() -> AsyncIterator[Looks]:
    looks = Looks()
    if missing() is not None:
        yield looks
        return

    async def look_on() -> None:
        while True:
            await asyncio.to_thread(looks.look)  # reading /proc would hold up whom we look at
            await asyncio.sleep(EVERY_S)

    task = asyncio.create_task(look_on())
    try:
        yield looks
    finally:
        await end([task])
    looks.look()


def limited_by(shares: Mapping[str, float], cores: int) -> str:
    """What kept it from going faster, in one line."""
    if not shares:
        return ""
    told = listed([(role, percent) for role, percent in shares.items() if percent >= SHOWN_MIN])
    busiest, most = max(shares.items(), key=lambda each: each[1])
    if sum(shares.values()) >= ALL_CORES * 100 * cores:
        return f"all {cores} cores: {told}"
    if most >= ONE_CORE:
        return f"one core of {busiest}: {told}"
    return f"no processor, but waiting or its pace: {told}"


def listed(shares: Sequence[tuple[str, float]]) -> str:
    return ", ".join(f"{role} {percent:.0f} %" for role, percent in shares) or "all idle"
