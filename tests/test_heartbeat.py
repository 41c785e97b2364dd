"""Heartbeats: what workers say of themselves, and what is said of one that was killed."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from engine.heartbeat import Heartbeat, JobView, views, workers
from engine.limits import PULSE_DEATHS_MAX, WORKER_GONE_S, WORKER_KEPT_S
from engine.progress import Bound, Progress
from engine.stores.keys import workers_key
from engine.stores.redis import RedisClient
from engine.vitals import Vitals
from tests.eventually import until

pytestmark = pytest.mark.every_redis

# A worker with one job, whose name is that of its lease.
WORKER = """
import asyncio, sys
from engine.heartbeat import Heartbeat
from engine.progress import Bound, Progress
from engine.stores.redis import connect
from engine.vitals import Vitals
from engine.workers import Job, work

async def main():
    redis = await connect(sys.argv[1])
    progress, vitals = Progress(), Vitals()
    heartbeat = Heartbeat(redis, progress, vitals)

    async def step():
        await heartbeat.beat()

    job = Job(sys.argv[2], step, 0.05, Bound(seconds=60), lease=sys.argv[2])
    await work(redis, [job], asyncio.Event(), vitals, progress=progress)

asyncio.run(main())
"""


class Clock:
    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def named() -> str:
    return f"test-{secrets.token_hex(4)}"


@asynccontextmanager
async def working(redis_url: str, job: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, redis_url, job)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_the_job_of_a_worker_that_is_killed_passes_on(redis: RedisClient, redis_url: str) -> None:
    job = named()

    async def seen() -> list[JobView]:
        found = await workers(redis)
        now = max((each.at for each in found), default=0.0)
        return [view for view in views([job], found, now) if view.beat is not None]

    async with working(redis_url, job) as first:
        (view,) = await until("the first has it", seen)
        assert view.worker is not None
        assert view.worker.pid == first.pid
        async with working(redis_url, job) as second:
            first.kill()

            async def passed_on() -> bool:
                return any(view.worker is not None and view.worker.pid == second.pid for view in await seen())

            await until("the second has it", passed_on)


async def test_what_a_worker_says_and_that_it_leaves(redis: RedisClient) -> None:
    clock, job, other = Clock(), named(), named()
    progress = Progress(clock)
    progress.add(job, Bound(seconds=10))
    progress.add(other, Bound(seconds=10))
    progress.held([job])
    heartbeat = Heartbeat(redis, progress, Vitals(), clock)
    progress.began(job)
    clock.now += 2
    progress.finished(job, 3)
    progress.due_in(job, 5)
    await heartbeat.beat()
    first, second = views([job, other], await workers(redis), clock.now)
    assert (first.state, second.state) == ("rests", "nobody")
    assert first.beat is not None
    said = (first.beat.held_since, first.beat.finished_at, first.beat.due_at, first.beat.steps, first.beat.items)
    assert said == (clock.now - 2, clock.now, clock.now + 5, 1, 3)
    progress.began(job)
    await heartbeat.beat()
    assert views([job], await workers(redis), clock.now)[0].state == "runs"
    clock.now += 11
    await heartbeat.beat()
    assert views([job], await workers(redis), clock.now)[0].state == "ill"
    await heartbeat.leave()
    assert views([job], await workers(redis), clock.now)[0].state == "nobody"


async def test_a_job_that_keeps_dying_is_ill(redis: RedisClient) -> None:
    clock, job, progress, vitals = Clock(), named(), Progress(), Vitals()
    progress.add(job, Bound(seconds=10))
    progress.held([job])
    for _ in range(PULSE_DEATHS_MAX):
        vitals.died(f"job {job}")
    heartbeat = Heartbeat(redis, progress, vitals, clock)
    await heartbeat.beat()
    assert views([job], await workers(redis), clock.now)[0].state == "ill"
    await heartbeat.leave()


async def test_who_says_nothing_for_long_is_gone_and_then_forgotten(redis: RedisClient) -> None:
    clock, job, progress = Clock(), named(), Progress()
    progress.add(job, Bound(seconds=10))
    progress.held([job])
    silent, other = (Heartbeat(redis, progress, Vitals(), clock) for _ in range(2))
    await silent.beat()
    clock.now += WORKER_GONE_S + 1
    assert views([job], await workers(redis), clock.now)[0].state == "nobody"
    await other.tidy()
    assert await redis.hexists(workers_key(), silent.worker), "its last word is still kept"
    clock.now += WORKER_KEPT_S
    await other.tidy()
    assert not await redis.hexists(workers_key(), silent.worker)


async def test_of_two_who_say_they_have_it_the_later_one_has_it(redis: RedisClient) -> None:
    clock, job = Clock(), named()
    beats = []
    for _ in range(2):
        progress = Progress(clock)
        progress.add(job, Bound(seconds=10))
        progress.held([job])
        heartbeat = Heartbeat(redis, progress, Vitals(), clock)
        await heartbeat.beat()
        clock.now += 1
        beats.append(heartbeat)
    found = await workers(redis)
    for order in (found, found[::-1]):
        (view,) = views([job], order, clock.now)
        assert view.worker is not None
        assert view.worker.worker == beats[1].worker
    assert views([job], [replace(each, at=0.0) for each in found], clock.now)[0].state == "nobody"
    for each in beats:
        await each.leave()
