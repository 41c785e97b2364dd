"""Workers: jobs that run again and again, each owned by one process of the installation at a time.

Guarantees: a job that fails is logged and tried again, later each time; a lost lease stops its job at once;
a stop lets the step that runs finish. Any number of processes may run the same jobs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from engine.ending import end
from engine.stores.batcher import store_is_away
from engine.stores.keys import lease_key
from engine.stores.lease import Lease, LeaseLost
from engine.stores.redis import RedisClient
from engine.vitals import Vitals

log = logging.getLogger(__name__)

LEASE_MS = 3_000
BACKOFF_S = 0.2
BACKOFF_S_MAX = 2.0
STOP_S_MAX = 10.0


@dataclass(frozen=True, slots=True)
class Job:
    """`step` does a bounded piece of work; it runs again `pause_s` after it ended."""

    name: str
    step: Callable[[], Awaitable[object]]
    pause_s: float


async def work(redis: RedisClient, jobs: Sequence[Job], stop: asyncio.Event, vitals: Vitals | None = None) -> None:
    """Run the jobs until `stop` is set; `vitals` hears which of them fail."""
    watched = vitals or Vitals()
    tasks = [asyncio.create_task(_run(redis, job, stop, watched), name=name_of(job)) for job in jobs]
    try:
        await stop.wait()
        await asyncio.wait(tasks, timeout=STOP_S_MAX)
    finally:
        await end(tasks)


def name_of(job: Job) -> str:
    return f"job {job.name}"


async def _run(redis: RedisClient, job: Job, stop: asyncio.Event, vitals: Vitals) -> None:
    while not stop.is_set():
        owned = asyncio.Event()
        owning = asyncio.create_task(_own(redis, job, stop, owned, vitals))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({owning, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if owned.is_set():
                await asyncio.wait({owning}, timeout=STOP_S_MAX)
        finally:
            await end((owning, stopping))
        how = None if owning.cancelled() else owning.exception()
        if isinstance(how, LeaseLost):
            log.warning("job %s: its lease was lost", job.name)
        elif isinstance(how, Exception):
            log.error("job %s lost its footing, and is started again", job.name, exc_info=how)
            await _pause(stop, BACKOFF_S_MAX if store_is_away(how) else vitals.died(name_of(job)))


async def _own(redis: RedisClient, job: Job, stop: asyncio.Event, owned: asyncio.Event, vitals: Vitals) -> None:
    """Wait for the lease, then step until stopped."""
    async with Lease(redis, lease_key(job.name), LEASE_MS):
        owned.set()
        backoff_s = BACKOFF_S
        while not stop.is_set():
            try:
                await job.step()
                vitals.is_well(name_of(job))
                pause_s, backoff_s = job.pause_s, BACKOFF_S
            except Exception as fault:  # whatever a step meets, the job goes on
                if store_is_away(fault):
                    log.warning("job %s waits %.1f s: a store does not answer: %s", job.name, backoff_s, fault)
                else:
                    log.exception("job %s failed; next try in %.1f s", job.name, backoff_s)
                    vitals.died(name_of(job))
                pause_s, backoff_s = backoff_s, min(backoff_s * 2, BACKOFF_S_MAX)
            await _pause(stop, pause_s)


async def _pause(stop: asyncio.Event, pause_s: float) -> None:
    """Sleep, but no longer than until the stop."""
    sleeping = asyncio.create_task(stop.wait())
    await asyncio.wait({sleeping}, timeout=pause_s)
    sleeping.cancel()
