"""Workers: one owner per job, failures tried again, a clean stop."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from engine.limits import JOB_CUT_AFTER_BOUNDS, PULSE_DEATHS_MAX
from engine.progress import Bound, Progress
from engine.stores.commits import FRESH_S, FRESH_S_QUIET, QUIET_AFTER_S, CommitWatch, read_commits
from engine.stores.keys import lease_key
from engine.stores.lease import Lease
from engine.stores.redis import RedisClient
from engine.vitals import Vitals
from engine.workers import PAUSE_S_MIN, Job, Rest, name_of, pause_of, work
from tests.eventually import until

BOUND = Bound(seconds=60)


def job_of(step: Callable[[], Awaitable[object]], **more: Any) -> Job:
    """A job, under a lease of its own unless another is named."""
    name = f"test-{secrets.token_hex(4)}"
    return Job(name, step, 0.001, **{"bound": BOUND, "lease": name, **more})


async def test_one_of_several_workers_does_a_job_and_another_takes_over(redis: RedisClient) -> None:
    name = f"test-{secrets.token_hex(4)}"
    steps: list[str] = []
    stepped = asyncio.Condition()

    def job_of(worker: str) -> Job:
        async def step() -> None:
            async with stepped:
                steps.append(worker)
                stepped.notify_all()

        return Job(name, step, 0.001, BOUND, lease=name)

    stops = {worker: asyncio.Event() for worker in "ab"}
    workers = {worker: asyncio.create_task(work(redis, [job_of(worker)], stops[worker])) for worker in "ab"}
    async with asyncio.timeout(20), stepped:
        await stepped.wait_for(lambda: len(steps) >= 3)
    first = steps[0]
    assert set(steps) == {first}
    stops[first].set()
    await workers[first]
    async with asyncio.timeout(20), stepped:
        await stepped.wait_for(lambda: len(set(steps)) == 2)
    for stop in stops.values():
        stop.set()
    await asyncio.gather(*workers.values())


async def test_a_worker_of_the_release_before_keeps_its_job_until_it_stops(redis: RedisClient) -> None:
    """There each job had a lease of its own name; here several share one, and no job is done by two."""
    one, other = f"test-{secrets.token_hex(4)}", f"test-{secrets.token_hex(4)}"
    done = {one: asyncio.Event(), other: asyncio.Event()}

    def job(name: str) -> Job:
        async def step() -> None:
            done[name].set()

        return Job(name, step, 0.001, Bound(seconds=10), lease=f"{one} and {other}")

    older, stop = Lease(redis, lease_key(one), 60_000), asyncio.Event()
    assert await older.take()
    working = asyncio.create_task(work(redis, [job(one), job(other)], stop, beside_older=True))
    async with asyncio.timeout(20):
        await done[other].wait()
        assert not done[one].is_set()
        await older.release()
        await done[one].wait()
        assert not await older.take()
        stop.set()
        await working
        assert await older.take()
    await older.release()


async def test_a_job_that_fails_is_tried_again(redis: RedisClient, caplog: pytest.LogCaptureFixture) -> None:
    stop = asyncio.Event()
    tries = 0

    async def step() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError("the first try")
        stop.set()

    async with asyncio.timeout(20):
        await work(redis, [job_of(step)], stop)
    assert tries == 2
    assert "the first try" in caplog.text


async def test_a_stop_lets_the_step_finish(redis: RedisClient) -> None:
    stop = asyncio.Event()
    done = asyncio.Event()

    async def step() -> None:
        stop.set()
        await asyncio.sleep(0.05)
        done.set()

    async with asyncio.timeout(20):
        await work(redis, [job_of(step)], stop)
    assert done.is_set()


async def test_a_job_that_keeps_failing_is_seen(redis: RedisClient) -> None:
    vitals, stop, seen = Vitals(), asyncio.Event(), list[str]()
    tries = 0

    async def step() -> None:
        nonlocal tries
        tries += 1
        if tries <= PULSE_DEATHS_MAX:
            raise RuntimeError("again")
        seen.extend(vitals.dead())
        stop.set()

    job = job_of(step)
    async with asyncio.timeout(20):
        await work(redis, [job], stop, vitals)
    assert seen == [name_of(job)]
    assert vitals.dead() == []


async def test_jobs_of_one_lease_have_one_owner_and_go_on_side_by_side(redis: RedisClient) -> None:
    lease, stop = f"test-{secrets.token_hex(4)}", asyncio.Event()
    first_waits, second_went = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        first_waits.set()
        await second_went.wait()
        stop.set()

    async def second() -> None:
        await first_waits.wait()
        second_went.set()

    async with asyncio.timeout(20):
        await work(redis, [job_of(first, lease=lease), job_of(second, lease=lease)], stop)
    assert not await redis.exists(lease_key(lease)), "given back"


async def test_a_lost_lease_stops_all_its_jobs_and_they_are_done_again(redis: RedisClient) -> None:
    lease, stop = f"test-{secrets.token_hex(4)}", asyncio.Event()
    started, ended = list[str](), list[str]()

    def stuck(name: str) -> Callable[[], Awaitable[None]]:
        async def step() -> None:
            started.append(name)
            if len(started) == 4:
                stop.set()
                return
            if len(started) == 2:
                await redis.delete(lease_key(lease))
            try:
                await stop.wait()
            finally:
                ended.append(name)

        return step

    async with asyncio.timeout(20):
        await work(redis, [job_of(stuck(name), lease=lease) for name in "ab"], stop)
    assert sorted(started) == ["a", "a", "b", "b"]
    assert sorted(ended[:2]) == ["a", "b"]


def seen(*jobs: Job) -> Progress:
    progress = Progress()
    for job in jobs:
        progress.add(job.name, job.bound)
    return progress


class Waiting:
    """A job that counts its steps."""

    def __init__(self) -> None:
        self.steps = 0
        self.first_s: float | None = None

    async def step(self) -> None:
        self.steps += 1

    async def due_s(self) -> float | None:
        return self.first_s


class HandClock:
    now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


async def test_a_job_rests_until_something_is_committed(db: asyncpg.Pool) -> None:
    work_of = Waiting()
    job = Job("test", work_of.step, 0.001, BOUND, due_s=work_of.due_s)
    rest = Rest(job, CommitWatch(db, HandClock()), seen(job))
    for _ in range(5):
        await rest.step()
    assert work_of.steps == 1
    await db.execute("INSERT INTO organizer (id, name) VALUES ('org_test', 'Test')")
    for _ in range(5):
        await rest.step()
    assert work_of.steps == 2
    async with db.acquire() as connection, connection.transaction():
        await connection.execute("UPDATE organizer SET name = 'Other'")
        await rest.step()
    steps = work_of.steps
    await rest.step()
    assert work_of.steps == steps + 1, "what was written before, and is committed now"


async def test_a_job_for_which_something_waits_does_not_rest(db: asyncpg.Pool) -> None:
    work_of = Waiting()
    work_of.first_s = 0.0
    job = Job("test", work_of.step, 0.001, BOUND, due_s=work_of.due_s)
    rest = Rest(job, CommitWatch(db, HandClock()), seen(job))
    for _ in range(5):
        await rest.step()
    assert work_of.steps == 5


async def test_a_job_rests_until_what_waits_is_due(db: asyncpg.Pool) -> None:
    work_of = Waiting()
    work_of.first_s = 0.2
    job = Job("test", work_of.step, 0.001, BOUND, due_s=work_of.due_s)
    rest = Rest(job, CommitWatch(db, HandClock()), seen(job))
    await rest.step()
    assert work_of.steps == 1

    async def stepped() -> bool:
        await rest.step()
        return work_of.steps == 2

    await until("it is due", stepped)


async def test_while_nothing_is_committed_it_is_asked_once_a_second(db: asyncpg.Pool) -> None:
    clock = 0.0
    watch = CommitWatch(db, lambda: clock)
    first = await watch.commits()
    clock = QUIET_AFTER_S
    assert await watch.commits() == first
    await db.execute("INSERT INTO organizer (id, name) VALUES ('org_test', 'Test')")
    clock += FRESH_S
    assert await watch.commits() == first, "it was asked a moment ago"
    clock = QUIET_AFTER_S + FRESH_S_QUIET
    second = await watch.commits()
    assert second != first
    await db.execute("UPDATE organizer SET name = 'Other'")
    clock += 2 * FRESH_S
    assert await watch.commits() != second, "something moves again"


async def test_one_reading_of_commits_is_enough_for_a_moment(db: asyncpg.Pool) -> None:
    clock = 0.0
    watch = CommitWatch(db, lambda: clock)
    first = await watch.commits()
    await db.execute("INSERT INTO organizer (id, name) VALUES ('org_test', 'Test')")
    assert await watch.commits() is first
    clock = 1.0
    assert await watch.commits() == await read_commits(db) != first


@pytest.mark.parametrize(
    ("next_s", "pause_s"), [(None, 0.05), (3.0, 0.05), (0.02, 0.02), (0.0, PAUSE_S_MIN), (-7.0, PAUSE_S_MIN)]
)
def test_a_job_is_taken_up_when_its_next_step_is_wanted(next_s: float | None, pause_s: float) -> None:
    job = Job("test", Waiting().step, 0.05, BOUND, next_s=lambda: next_s)
    assert pause_of(job) == pause_s


async def test_a_step_that_hangs_is_named_and_cut_and_taken_again(
    redis: RedisClient, caplog: pytest.LogCaptureFixture
) -> None:
    stop, progress, vitals, tries = asyncio.Event(), Progress(), Vitals(), 0
    hangs_at, cut_at = list[list[str]](), list[int]()

    async def step() -> None:
        nonlocal tries
        tries += 1
        if tries > 1:
            stop.set()
            return
        try:
            while True:
                await asyncio.sleep(0.01)
                hangs_at.append(progress.hanging())
        except asyncio.CancelledError:
            cut_at.append(tries)
            raise

    job = job_of(step, bound=Bound(seconds=0.1))
    async with asyncio.timeout(20):
        await work(redis, [job], stop, vitals, progress=progress)
    assert [job.name] in hangs_at
    assert (cut_at, tries) == ([1], 2)
    seen_of = progress.jobs[job.name]
    assert (seen_of.overruns, seen_of.failures, seen_of.steps) == (1, 1, 1)
    assert f"{job.name} is at one step for" in caplog.text
    assert f"it was at one step for {0.1 * JOB_CUT_AFTER_BOUNDS:.1f} s" in caplog.text
    assert progress.hanging() == []


async def test_a_step_that_takes_more_than_its_items_is_told_and_counted(
    redis: RedisClient, caplog: pytest.LogCaptureFixture
) -> None:
    stop, progress = asyncio.Event(), Progress()

    async def step() -> int:
        stop.set()
        return 7

    job = job_of(step, bound=Bound(seconds=60, items=5))
    async with asyncio.timeout(20):
        await work(redis, [job], stop, progress=progress)
    seen_of = progress.jobs[job.name]
    assert (seen_of.steps, seen_of.items, seen_of.overruns) == (1, 7, 1)
    assert f"job {job.name} took 7 items in one step, and may take 5" in caplog.text


async def test_who_has_a_lease_is_known_while_it_lasts(redis: RedisClient) -> None:
    stop, progress = asyncio.Event(), Progress()
    held = list[bool]()

    async def step() -> None:
        held.append(progress.jobs[job.name].held_since is not None)
        stop.set()

    job = job_of(step)
    async with asyncio.timeout(20):
        await work(redis, [job], stop, progress=progress)
    assert held == [True]
    assert progress.jobs[job.name].held_since is None
