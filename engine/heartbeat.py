"""Heartbeats: what each worker is doing. A worker writes all its jobs in one Redis command; operators read them.

Owns the hash of workers. Guarantees: a dead worker is recognised within WORKER_GONE_S, and its last heartbeat is kept
for WORKER_KEPT_S. Fails as Redis does, which stops no job.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from engine.limits import WORKER_GONE_S, WORKER_KEPT_S
from engine.progress import Progress
from engine.stores.keys import workers_key
from engine.stores.redis import RedisClient
from engine.vitals import Vitals

TOKEN_BYTES = 4


@dataclass(frozen=True, slots=True)
class JobBeat:
    """A job whose lease the worker had, as of its last word. Instants are seconds since 1970."""

    name: str
    held_since: float
    began_at: float | None
    finished_at: float | None
    due_at: float | None
    steps: int
    items: int
    failures: int
    overruns: int
    ill: bool  # it hangs, or died and does not stay alive


@dataclass(frozen=True, slots=True)
class WorkerBeat:
    worker: str
    host: str
    pid: int
    started_at: float
    at: float
    jobs: tuple[JobBeat, ...]

    def is_gone(self, now: float) -> bool:
        return now - self.at > WORKER_GONE_S


class Heartbeat:
    """Of one worker."""

    def __init__(
        self, client: RedisClient, progress: Progress, vitals: Vitals, clock: Callable[[], float] = time.time
    ) -> None:
        self._client = client
        self.progress = progress
        self._vitals = vitals
        self._clock = clock
        self._started_at = clock()
        self._tidied = False
        self._host = socket.gethostname()
        self.worker = f"{self._host}-{os.getpid()}-{secrets.token_hex(TOKEN_BYTES)}"

    async def beat(self) -> None:
        """Write the heartbeat of this worker; the first time, also forget workers that are long gone."""
        if not self._tidied:
            await self.tidy()
            self._tidied = True
        asked: Any = self._client.hset(workers_key(), self.worker, orjson.dumps(asdict(self._said())).decode())
        await asked

    def _said(self) -> WorkerBeat:
        hanging = set(self.progress.hanging())
        dead = set(self._vitals.dead())
        jobs = tuple(
            JobBeat(
                name=name,
                held_since=job.held_since,
                began_at=job.began_at,
                finished_at=job.finished_at,
                due_at=job.due_at,
                steps=job.steps,
                items=job.items,
                failures=job.failures,
                overruns=job.overruns,
                ill=name in hanging or f"job {name}" in dead,
            )
            for name, job in self.progress.jobs.items()
            if job.held_since is not None
        )
        return WorkerBeat(self.worker, self._host, os.getpid(), self._started_at, self._clock(), jobs)

    async def tidy(self) -> None:
        """Forget workers that have been gone for long."""
        gone = [each.worker for each in await workers(self._client) if self._clock() - each.at > WORKER_KEPT_S]
        if gone:
            asked: Any = self._client.hdel(workers_key(), *gone)
            await asked

    async def leave(self) -> None:
        """This worker ends as it should."""
        asked: Any = self._client.hdel(workers_key(), self.worker)
        await asked


async def workers(client: RedisClient) -> list[WorkerBeat]:
    """What each worker said last, the one that spoke last first."""
    asked: Any = client.hgetall(workers_key())
    told: Mapping[bytes, bytes] = await asked
    return sorted((beat_of(orjson.loads(each)) for each in told.values()), key=lambda beat: -beat.at)


def beat_of(said: dict[str, Any]) -> WorkerBeat:
    """A worker of another version may say more."""
    jobs = tuple(JobBeat(**{name: job[name] for name in JobBeat.__slots__}) for job in said["jobs"])
    return WorkerBeat(**{name: said[name] for name in WorkerBeat.__slots__ if name != "jobs"}, jobs=jobs)


@dataclass(frozen=True, slots=True)
class JobView:
    """One job of the installation: who does it, if anybody."""

    name: str
    worker: WorkerBeat | None
    beat: JobBeat | None

    @property
    def state(self) -> str:
        if self.beat is None:
            return "nobody"
        if self.beat.ill:
            return "ill"
        return "rests" if self.beat.began_at is None else "runs"


def views(names: Iterable[str], beats: Iterable[WorkerBeat], now: float) -> list[JobView]:
    """Each job with the worker that holds its lease; if two say so, the one that got it last."""
    owners: dict[str, tuple[WorkerBeat, JobBeat]] = {}
    for worker in beats:
        for job in worker.jobs:
            before = owners.get(job.name)
            if not worker.is_gone(now) and (before is None or before[1].held_since < job.held_since):
                owners[job.name] = (worker, job)
    return [JobView(name, *owners.get(name, (None, None))) for name in [*names]]
