"""Workers: jobs that run again and again, each owned by one process of the installation at a time.

Guarantees: a job that fails is logged and tried again, later each time; a lost lease stops its jobs at once; a stop
lets the steps that run finish; a job for which nothing waits rests until something is committed, and JOB_RESTS_S_MAX
at most. Any number of processes may run the same jobs, those of the release before among them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from engine.ending import end
from engine.limits import JOB_RESTS_S_MAX
from engine.stores.batcher import store_is_away
from engine.stores.commits import Commits, CommitWatch
from engine.stores.keys import lease_key
from engine.stores.lease import Lease, LeaseLost
from engine.stores.redis import RedisClient
from engine.vitals import Vitals

log = logging.getLogger(__name__)

LEASE_MS = 3_000
BACKOFF_S = 0.2
BACKOFF_S_MAX = 2.0
STOP_S_MAX = 10.0
PAUSE_S_MIN = 0.005  # however much is due: what comes in it is done together


@dataclass(frozen=True, slots=True)
class Job:
    """`step` does a bounded piece of work; it runs again `pause_s` after it ended.

    Jobs of one `lease` have one owner. `waits` says of a job that lives by what is committed whether something waits
    for its time; while nothing does, and nothing is committed, its steps are left out. `next_s` says how soon the next
    step is wanted, if before `pause_s`.
    """

    name: str
    step: Callable[[], Awaitable[object]]
    pause_s: float
    lease: str = "jobs"
    waits: Callable[[], Awaitable[bool]] | None = None
    next_s: Callable[[], float | None] | None = None


class Rest:
    """When the steps of a job may be left out."""

    def __init__(self, job: Job, watch: CommitWatch | None) -> None:
        self._job = job
        self._watch = watch
        self._since: Commits | None = None
        self._until = 0.0

    async def step(self) -> None:
        """Take a step, unless nothing was committed since one that left nothing to wait for."""
        waits = self._job.waits
        if waits is None or self._watch is None:
            await self._job.step()
            return
        commits = await self._watch.commits()
        if commits == self._since and time.monotonic() < self._until:
            return
        self._since = None
        await self._job.step()
        if not await waits():
            self._since, self._until = commits, time.monotonic() + JOB_RESTS_S_MAX


@dataclass(frozen=True, slots=True)
class Workplace:
    """What all jobs of a process share."""

    redis: RedisClient
    stop: asyncio.Event
    vitals: Vitals
    watch: CommitWatch | None
    beside_older: bool


async def work(
    redis: RedisClient,
    jobs: Sequence[Job],
    stop: asyncio.Event,
    vitals: Vitals | None = None,
    watch: CommitWatch | None = None,
    *,
    beside_older: bool = False,
) -> None:
    """Run the jobs until `stop` is set; `vitals` hears which of them fail. Without a `watch` no job rests.

    `beside_older`: workers of the release before may run, where each job has a lease of its own name.
    """
    place = Workplace(redis, stop, vitals or Vitals(), watch, beside_older)
    by_lease: dict[str, list[Job]] = {}
    for job in jobs:
        by_lease.setdefault(job.lease, []).append(job)
    tasks = [
        asyncio.create_task(_run(place, lease, some), name=f"jobs of lease {lease}") for lease, some in by_lease.items()
    ]
    try:
        await stop.wait()
        await asyncio.wait(tasks, timeout=STOP_S_MAX)
    finally:
        await end(tasks)


def name_of(job: Job) -> str:
    return f"job {job.name}"


async def _run(place: Workplace, lease: str, jobs: Sequence[Job]) -> None:
    while not place.stop.is_set():
        owned = asyncio.Event()
        owning = asyncio.create_task(_own(place, lease, jobs, owned))
        stopping = asyncio.create_task(place.stop.wait())
        try:
            await asyncio.wait({owning, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if owned.is_set():
                await asyncio.wait({owning}, timeout=STOP_S_MAX)
        finally:
            await end((owning, stopping))
        how = None if owning.cancelled() else owning.exception()
        if isinstance(how, LeaseLost):
            log.warning("the lease of %s was lost", ", ".join(map(name_of, jobs)))
        elif isinstance(how, Exception):
            log.error("the jobs of lease %s lost their footing, and are started again", lease, exc_info=how)
            pause_s = BACKOFF_S_MAX if store_is_away(how) else place.vitals.died(f"jobs of lease {lease}")
            await _pause(place.stop, pause_s)


async def _own(place: Workplace, lease: str, jobs: Sequence[Job], owned: asyncio.Event) -> None:
    """Wait for the lease, then do its jobs side by side until stopped."""
    async with Lease(place.redis, lease_key(lease), LEASE_MS):
        owned.set()
        alone = _repeat_without_older if place.beside_older else _repeat
        doing = [asyncio.create_task(alone(place, job), name=name_of(job)) for job in jobs]
        try:
            await asyncio.wait(doing, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            await end(doing)
        for task in doing:
            fault = None if task.cancelled() else task.exception()
            if fault is not None:
                raise fault


async def _repeat_without_older(place: Workplace, job: Job) -> None:
    """As long as no worker of the release before does it; those let go of a job when they stop."""
    if job.name == job.lease:
        await _repeat(place, job)
        return
    async with Lease(place.redis, lease_key(job.name), LEASE_MS):
        await _repeat(place, job)


async def _repeat(place: Workplace, job: Job) -> None:
    backoff_s, rest = BACKOFF_S, Rest(job, place.watch)
    while not place.stop.is_set():
        try:
            await rest.step()
            place.vitals.is_well(name_of(job))
            pause_s, backoff_s = pause_of(job), BACKOFF_S
        except Exception as fault:  # whatever a step meets, the job goes on
            if store_is_away(fault):
                log.warning("job %s waits %.1f s: a store does not answer: %s", job.name, backoff_s, fault)
            else:
                log.exception("job %s failed; next try in %.1f s", job.name, backoff_s)
                place.vitals.died(name_of(job))
            pause_s, backoff_s = backoff_s, min(backoff_s * 2, BACKOFF_S_MAX)
        await _pause(place.stop, pause_s)


def pause_of(job: Job) -> float:
    """Until the next step."""
    next_s = job.next_s() if job.next_s is not None else None
    return job.pause_s if next_s is None else min(job.pause_s, max(PAUSE_S_MIN, next_s))


async def _pause(stop: asyncio.Event, pause_s: float) -> None:
    """Sleep, but no longer than until the stop."""
    sleeping = asyncio.create_task(stop.wait())
    await asyncio.wait({sleeping}, timeout=pause_s)
    sleeping.cancel()
