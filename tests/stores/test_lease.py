"""Leases: one owner at a time, given back at the end, and a loss that stops the work."""

import asyncio
from pathlib import Path

import pytest

from engine.stores.lease import Lease, LeaseLost
from engine.stores.redis import RedisClient, Standalone

pytestmark = pytest.mark.every_redis

LONG_MS = 60_000


@pytest.fixture
def key(sale_id: str) -> str:
    return f"test:{{{sale_id}}}:lease"


async def test_one_owner_at_a_time(redis: RedisClient, key: str) -> None:
    inside = 0
    most = 0

    async def work() -> None:
        nonlocal inside, most
        async with Lease(redis, key, LONG_MS, take_every_s=0.001):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    async with asyncio.timeout(20):
        await asyncio.gather(*(work() for _ in range(5)))
    assert most == 1
    assert await redis.exists(key) == 0


async def test_a_lease_taken_by_another_is_not_released(redis: RedisClient, key: str) -> None:
    lease = Lease(redis, key, LONG_MS)
    assert await lease.take()
    await redis.set(key, "another")
    await lease.release()
    assert not await lease.renew()
    assert await redis.get(key) == b"another"


async def test_a_lease_outlives_no_clock_that_went_back(redis: RedisClient, key: str) -> None:
    """Its owner is dead, and by the clock of the server as it is now it would last a minute more."""
    await redis.set(key, "dead", px=LONG_MS)
    async with asyncio.timeout(20), Lease(redis, key, 200, take_every_s=0.01):
        pass


async def test_renewing_makes_it_last_longer(redis: RedisClient, key: str) -> None:
    lease = Lease(redis, key, LONG_MS)
    assert await lease.take()
    await redis.pexpire(key, 5_000)
    assert await lease.renew()
    assert await redis.pttl(key) > 5_000


async def test_a_lost_lease_stops_the_work(redis: RedisClient, key: str) -> None:
    with pytest.raises(LeaseLost):
        async with asyncio.timeout(20), Lease(redis, key, 300):
            await redis.set(key, "another")
            await asyncio.Event().wait()
    assert await redis.get(key) == b"another"
    # What was cancelled for the loss does not stay cancelled.
    await asyncio.sleep(0)


async def test_a_cancellation_from_outside_stays_one_and_gives_the_lease_back(redis: RedisClient, key: str) -> None:
    entered = asyncio.Event()

    async def work() -> None:
        async with Lease(redis, key, LONG_MS):
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await redis.exists(key) == 0


async def test_an_error_in_the_work_gives_the_lease_back(redis: RedisClient, key: str) -> None:
    with pytest.raises(ValueError, match="broken"):
        async with Lease(redis, key, LONG_MS):
            raise ValueError("broken")
    assert await redis.exists(key) == 0


async def test_a_lease_ends_when_redis_stays_away(redis: RedisClient, key: str, tmp_path: Path) -> None:
    lease = Lease(redis, key, 300)
    with pytest.raises(LeaseLost):
        async with asyncio.timeout(20), lease:
            lease._client = Standalone.from_url(f"unix://{tmp_path}/nobody.sock")
            await asyncio.Event().wait()


@pytest.mark.parametrize(("cancelled", "told"), [(1, LeaseLost), (2, asyncio.CancelledError)])
async def test_a_loss_at_the_moment_the_work_ends(
    redis: RedisClient, key: str, cancelled: int, told: type[BaseException]
) -> None:
    """The cancellation for the loss is taken back, and one from outside, at that moment too, stays."""

    async def work() -> None:
        async with Lease(redis, key, LONG_MS) as lease:
            owner = asyncio.current_task()
            assert owner is not None
            lease._lost = True
            for _ in range(cancelled):
                owner.cancel()

    with pytest.raises(told):
        await asyncio.create_task(work())
