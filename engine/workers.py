"""Workers: jobs that run again and again, each owned by one process of the installation at a time.

Guarantees: a job that fails is logged and tried again, later each time; a lost lease stops its jobs at once; a stop
lets the steps that run finish; a job for which nothing waits rests until something is committed, and JOB_RESTS_S_MAX
at most; a step that hangs is cut, and begun again. Any number of processes may run the same jobs, those of the release
before among them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from engine.ending import end
from engine.limits import JOB_CUT_AFTER_BOUNDS, JOB_RESTS_S_MAX, WORKER_STOP_S_MAX
from engine.progress import Bound, Progress
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
PAUSE_S_MIN = 0.005  # however much is due: what comes in it is done together


class StepHung(Exception):
    """A step took so much longer than it may that it was cut."""


@dataclass(frozen=True, slots=True)
class Job:
    """`step` does a bounded piece of work; it runs again `pause_s` after it ended.

    A step may be cut anywhere, and repeated; one that answers a number took so many items. Jobs of one `lease` have
    one owner. `due_s` says of a job that lives by what is committed in how many seconds something is due that waits for
    its time, None when nothing does; until then, and until something is committed, its steps are left out. `next_s`
    says how soon the next step is wanted, if before `pause_s`.
    """

    name: str
    step: Callable[[], Awaitable[object]]
    pause_s: float
    bound: Bound
    lease: str = "jobs"
    due_s: Callable[[], Awaitable[float | None]] | None = None
    next_s: Callable[[], float | None] | None = None


class Rest:
    """When the steps of a job may be left out."""

    def __init__(self, job: Job, watch: CommitWatch | None, progress: Progress) -> None:
        self._job = job
        self._watch = watch
        self._progress = progress
        self._since: Commits | None = None
        self._until = 0.0

    async def step(self) -> None:
        """Take a step, unless nothing was committed since one that left nothing that is due."""
        due_s = self._job.due_s
        if due_s is None or self._watch is None:
            await self._take()
            return
        commits = await self._watch.commits()
        if commits == self._since and time.monotonic() < self._until:
            return
        self._since = None
        await self._take()
        first_s = await due_s()
        if first_s is None or first_s > 0:
            rests_s = JOB_RESTS_S_MAX if first_s is None else min(first_s, JOB_RESTS_S_MAX)
            self._since, self._until = commits, time.monotonic() + rests_s

    async def _take(self) -> None:
        name, cut_s = self._job.name, self._job.bound.seconds * JOB_CUT_AFTER_BOUNDS
        self._progress.began(name)
        cut = asyncio.timeout(cut_s)
        try:
            async with cut:
                done = await self._job.step()
        except Exception as fault:
            self._progress.failed(name)
            if cut.expired():
                raise StepHung(f"it was at one step for {cut_s:.1f} s") from fault
            raise
        self._progress.finished(name, done if isinstance(done, int) else 0)


@dataclass(frozen=True, slots=True)
class Workplace:
    """What all jobs of a process share."""

    redis: RedisClient
    stop: asyncio.Event
    vitals: Vitals
    watch: CommitWatch | None
    progress: Progress
    beside_older: bool


async def work(
    redis: RedisClient,
    jobs: Sequence[Job],
    stop: asyncio.Event,
    vitals: Vitals | None = None,
    *,
    watch: CommitWatch | None = None,
    progress: Progress | None = None,
    beside_older: bool = False,
) -> None:
    """Run the jobs until `stop` is set; `vitals` hears which of them fail. Without a `watch` no job rests.

    `beside_older`: workers of the release before may run, where each job has a lease of its own name.
    """
    place = Workplace(redis, stop, vitals or Vitals(), watch, progress or Progress(), beside_older)
    by_lease: dict[str, list[Job]] = {}
    for job in jobs:
        by_lease.setdefault(job.lease, []).append(job)
        place.progress.add(job.name, job.bound)
    tasks = [
        asyncio.create_task(_run(place, lease, some), name=f"jobs of lease {lease}") for lease, some in by_lease.items()
    ]
    try:
        await stop.wait()
        await asyncio.wait(tasks, timeout=WORKER_STOP_S_MAX)
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
                await asyncio.wait({owning}, timeout=WORKER_STOP_S_MAX)
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
        place.progress.held([job.name for job in jobs])
        alone = _repeat_without_older if place.beside_older else _repeat
        doing = [asyncio.create_task(alone(place, job), name=name_of(job)) for job in jobs]
        try:
            await asyncio.wait(doing, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            await end(doing)
            place.progress.lost([job.name for job in jobs])
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
    backoff_s, rest = BACKOFF_S, Rest(job, place.watch, place.progress)
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
        place.progress.due_in(job.name, pause_s)
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
