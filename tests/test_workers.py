"""Workers: one owner per job, failures tried again, a clean stop."""

import asyncio
import secrets

import pytest

from engine.limits import PULSE_DEATHS_MAX
from engine.stores.redis import RedisClient
from engine.vitals import Vitals
from engine.workers import Job, work


async def test_one_of_several_workers_does_a_job_and_another_takes_over(redis: RedisClient) -> None:
    name = f"test-{secrets.token_hex(4)}"
    steps: list[str] = []
    stepped = asyncio.Condition()

    def job_of(worker: str) -> Job:
        async def step() -> None:
            async with stepped:
                steps.append(worker)
                stepped.notify_all()

        return Job(name, step, 0.001)

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
        await work(redis, [Job(f"test-{secrets.token_hex(4)}", step, 0.001)], stop)
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
        await work(redis, [Job(f"test-{secrets.token_hex(4)}", step, 0.001)], stop)
    assert done.is_set()


async def test_a_job_that_keeps_failing_is_seen(redis: RedisClient) -> None:
    vitals, stop, seen = Vitals(), asyncio.Event(), list[str]()
    name = f"test-{secrets.token_hex(4)}"
    tries = 0

    async def step() -> None:
        nonlocal tries
        tries += 1
        if tries <= PULSE_DEATHS_MAX:
            raise RuntimeError("again")
        seen.extend(vitals.dead())
        stop.set()

    async with asyncio.timeout(20):
        await work(redis, [Job(name, step, 0.001)], stop, vitals)
    assert seen == [f"job {name}"]
    assert vitals.dead() == []
