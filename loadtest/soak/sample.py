"""What is looked at every few seconds: each process of the installation, its Valkey, its Postgres, its servers.

Owns connections of its own to both stores. A look that fails (a process ended meanwhile) is left out.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from crowd.api import Api
from engine.stores import database
from engine.stores.embedded import EmbeddedStores
from engine.stores.redis import RedisClient, connect
from server.observe.machine import look_at, roles_of

MIB = 1024 * 1024
SCAN_KEYS = 1_000
TAGGED = re.compile(rb"a1:\{(promos\.)?[^}]*\}:([a-z]+)(?::.*)?$")
GAUGE = re.compile(r"^(aforo_[a-z_]+)(?:\{[^}]*\})? ([0-9.e+-]+)$", re.MULTILINE)
COUNT_ALL = """
SELECT string_agg(format('SELECT %L AS name, count(*) AS rows FROM %I', relname, relname), ' UNION ALL ')
FROM pg_stat_user_tables WHERE relid NOT IN (SELECT inhrelid FROM pg_inherits)
"""
# A partition counts as its table.
SIZES = """
SELECT coalesce(whole.relname, t.relname) AS relname, sum(pg_total_relation_size(t.relid))::bigint AS bytes
FROM pg_stat_user_tables t
LEFT JOIN pg_inherits i ON i.inhrelid = t.relid LEFT JOIN pg_class whole ON whole.oid = i.inhparent
GROUP BY 1
"""
CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"


@dataclass(slots=True)
class Series:
    """group → name → [(seconds since the start, value)]."""

    began: float = field(default_factory=time.monotonic)
    groups: dict[str, dict[str, list[tuple[float, float]]]] = field(default_factory=dict)

    @property
    def now_s(self) -> float:
        return time.monotonic() - self.began

    def add(self, group: str, name: str, value: float, at_s: float) -> None:
        self.groups.setdefault(group, {}).setdefault(name, []).append((at_s, value))


class Sampler:
    def __init__(self, root: int, api: Api, redis: RedisClient, db: asyncpg.Connection, series: Series) -> None:
        self._root = root
        self._api = api
        self._redis: Any = redis
        self._db = db
        self._series = series
        self._cpu: dict[int, float] = {}  # seconds, when looked at last
        self._looked_s = 0.0

    async def look(self) -> None:
        at_s = self._series.now_s
        self._processes(at_s)
        await self._valkey(at_s)
        await self._postgres(at_s)
        for name, value in gauges((await asyncio.to_thread(self._api.get_bytes, "/metrics")).decode()):
            self._series.add(*name, value, at_s)

    def _processes(self, at_s: float) -> None:
        since_s, self._looked_s = at_s - self._looked_s, at_s
        cpu: dict[int, float] = {}
        for role, pids in roles_of(self._root).items():
            looks = {pid: look for pid in pids if (look := look_at(pid)) is not None}
            if not looks:
                continue
            spent = sum(look.cpu_s - self._cpu.get(pid, look.cpu_s) for pid, look in looks.items())
            # Postgres has a process for each connection: the part is judged by what one of them takes.
            parts = len(looks) if role == "postgres" else 1
            self._series.add("private memory", role, sum(look.private_mib for look in looks.values()) / parts, at_s)
            self._series.add("open files", role, sum(look.files for look in looks.values()), at_s)
            if self._cpu and since_s > 0:
                self._series.add("processor", role, 100 * spent / since_s, at_s)
            cpu.update((pid, look.cpu_s) for pid, look in looks.items())
        self._cpu = cpu

    async def _valkey(self, at_s: float) -> None:
        told = await self._redis.info("all")
        self._series.add("valkey memory", "used", told["used_memory"] / MIB, at_s)
        self._series.add("connections", "valkey", told["connected_clients"], at_s)
        keys: Counter[str] = Counter()
        size: Counter[str] = Counter()
        cursor = 0
        while True:
            cursor, found = await self._redis.scan(cursor, count=SCAN_KEYS)
            if found:
                pipe = self._redis.pipeline(transaction=False)
                for key in found:
                    pipe.memory_usage(key)
                for key, used in zip(found, await pipe.execute(), strict=True):
                    keys[kind_of(key)] += 1
                    size[kind_of(key)] += used or 0
            if cursor == 0:
                break
        for kind, count in keys.items():
            self._series.add("valkey keys", kind, count, at_s)
            self._series.add("valkey memory by key", kind, size[kind] / 1024, at_s)
        self._series.add("valkey keys", "in all", sum(keys.values()), at_s)

    async def _postgres(self, at_s: float) -> None:
        for row in await self._db.fetch(await self._db.fetchval(COUNT_ALL)):
            self._series.add("rows", row["name"], row["rows"], at_s)
        for row in await self._db.fetch(SIZES):
            self._series.add("table sizes", row["relname"], row["bytes"] / MIB, at_s)
        self._series.add("connections", "postgres", await self._db.fetchval(CONNECTIONS), at_s)


def kind_of(key: bytes) -> str:
    """What a key is for, without whose it is."""
    found = TAGGED.match(key)
    if found is None:
        return key.decode(errors="replace").split(":")[1]
    return f"{'promo' if found[1] else 'sale'} {found[2].decode()}"


def gauges(text: str) -> Iterator[tuple[tuple[str, str], float]]:
    """(group, name) and value of what the servers tell of themselves."""
    wanted = {
        "aforo_sockets": ("connections", "sockets"),
        "aforo_loop_lag_seconds": ("loop lag", "latest of all servers"),
        "aforo_hubs": ("connections", "sales followed"),
    }
    scale = {"aforo_loop_lag_seconds": 1000.0}
    for name, value in GAUGE.findall(text):
        if name in wanted:
            yield wanted[name], float(value) * scale.get(name, 1.0)


@asynccontextmanager
async def sampling(root: int, api: Api, data_dir: Path, series: Series) -> AsyncIterator[Sampler]:
    """A sampler on an installation with embedded stores."""
    stores = EmbeddedStores(data_dir)
    redis = await connect(stores.redis_url)
    try:
        db = await database.connect_one(stores.database_url)
        try:
            yield Sampler(root, api, redis, db, series)
        finally:
            await db.close()
    finally:
        await redis.aclose()
