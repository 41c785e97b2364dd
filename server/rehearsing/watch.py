"""How busy everything is: the parts of the installation, the crowd, the machine, the servers' event loops.

What can't be seen from here (parts on another machine) is left out, never guessed. Owns nothing.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crowd.api import Api, ApiFault
from engine.engine import Engine
from engine.stores.batcher import LOST
from engine.stores.process import is_ours, pid_in
from server.observe.machine import cpu_of, machine_s, missing, roles_of
from server.rehearsing.model import Load

LAG = re.compile(r"^aforo_loop_lag_seconds ([0-9.e+-]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mark:
    """Processor seconds used until an instant."""

    at: float
    parts: dict[str, float]
    busy_s: float


class Watch:
    """`root` is the process of `aforo up`, when it runs on this machine."""

    def __init__(self, engine: Engine, api: Api, crowd: Sequence[int]) -> None:
        settings = engine.settings
        lock = settings.data_dir / "lock"
        root = pid_in(lock) if settings.embedded else None
        self.root = root if root is not None and is_ours(root, "up") and missing() is None else None
        self._engine = engine
        self._api = api
        self._crowd = (*crowd, os.getpid())
        self._lag_ms = 0.0

    @property
    def cores(self) -> int:
        return os.cpu_count() or 1

    def servers(self) -> int:
        """Server processes of this machine; 0 when they run elsewhere."""
        return 0 if self.root is None else sum(role.startswith("server ") for role in roles_of(self.root))

    async def mark(self) -> Mark:
        parts: dict[str, float] = {}
        if self.root is not None:
            for role, pids in roles_of(self.root).items():
                part = "servers" if role.startswith("server ") else role
                parts[part] = parts.get(part, 0.0) + cpu_of(pids)
        parts["valkey"] = await self._valkey_s()
        parts["crowd"] = cpu_of(self._crowd)
        self._lag_ms = 0.0
        return Mark(time.monotonic(), parts, machine_s() if self.root is not None else 0.0)

    async def look(self) -> None:
        """Now and then between two marks: the event loops are asked how late they are."""
        try:
            told = (await asyncio.to_thread(self._api.get_bytes, "/metrics")).decode()
        except ApiFault:
            return  # a proxy may keep it from us
        found = LAG.search(told)
        self._lag_ms = max(self._lag_ms, float(found[1]) * 1000 if found else 0.0)

    async def since(self, before: Mark) -> Load:
        lag_ms = self._lag_ms
        now = await self.mark()
        spent_s = max(0.001, now.at - before.at)
        cores = {
            part: max(0.0, used - before.parts[part]) / spent_s
            for part, used in now.parts.items()
            if part in before.parts and part != "supervisor"
        }
        busy = (now.busy_s - before.busy_s) / spent_s
        if busy:
            cores["others"] = max(0.0, busy - sum(cores.values()))
        return Load(cores, min(1.0, busy / self.cores), lag_ms)

    async def _valkey_s(self) -> float:
        try:
            told: Any = await self._engine.redis.info("cpu")
        except LOST:
            return 0.0
        nodes = [told] if "used_cpu_user" in told else list(told.values())
        return max(float(node["used_cpu_user"]) + float(node["used_cpu_sys"]) for node in nodes)
