"""Connections that a burst opened: closed again once nobody needs them, and none that is in use."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from engine import limits
from engine.limits import SPARE_CONNECTIONS, SPARE_LOOKS
from engine.stores.redis import Cluster, RedisClient, Standalone, connect

pytestmark = pytest.mark.every_redis

BURST = 100
CHANGES_S_MAX = 30


@pytest.fixture
async def client(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Standalone | Cluster]:
    # A hundred connections at once take as long as the machine is busy.
    monkeypatch.setattr(limits, "REDIS_CONNECT_S_MAX", CHANGES_S_MAX)
    client = await connect(redis_url)
    assert isinstance(client, Standalone | Cluster)
    yield client
    await client.aclose()


def keys(sale_id: str) -> list[str]:
    return [f"test:{{{sale_id}-{number}}}" for number in range(BURST)]


async def at_once(client: RedisClient, sale_id: str) -> None:
    await asyncio.gather(*(client.get(key) for key in keys(sale_id)))


async def told(redis: RedisClient, what: str) -> int:
    """A number of the servers, of all together."""
    if isinstance(redis, Standalone):
        every = [await redis.info("clients")]
    else:
        every = [await node.execute_command("INFO", "clients") for node in redis.get_nodes()]
    return sum(int(each[what]) for each in every)


async def comes(redis: RedisClient, what: str, is_right: Callable[[int], bool]) -> None:
    async with asyncio.timeout(CHANGES_S_MAX):
        while True:
            if is_right(await told(redis, what)):
                return
            await asyncio.sleep(0.02)


def pools(client: Standalone | Cluster) -> int:
    return 1 if isinstance(client, Standalone) else len(client.get_nodes())


async def test_what_a_burst_opened_is_closed_when_it_is_over(
    client: Standalone | Cluster, redis: RedisClient, sale_id: str
) -> None:
    before = await told(redis, "connected_clients")
    await at_once(client, sale_id)
    assert await told(redis, "connected_clients") > before + BURST // 2
    for _ in range(SPARE_LOOKS):
        await client.spare.look()
    few = before + pools(client) * SPARE_CONNECTIONS
    await comes(redis, "connected_clients", lambda count: count <= few)
    await at_once(client, sale_id)


async def test_what_a_crowd_uses_now_and_then_stays(
    client: Standalone | Cluster, redis: RedisClient, sale_id: str
) -> None:
    """One look that finds the crowd at work is enough, and what is in use is never closed."""
    await at_once(client, sale_id)
    for _ in range(SPARE_LOOKS - 1):
        await client.spare.look()
    crowd = [asyncio.create_task(client.execute_command("BLPOP", key, 4)) for key in keys(sale_id)]
    await comes(redis, "blocked_clients", lambda count: count == BURST)
    many = await told(redis, "connected_clients")
    await client.spare.look()
    await asyncio.gather(*(redis.rpush(key, "answer") for key in keys(sale_id)))
    assert [answer[1] for answer in await asyncio.gather(*crowd)] == [b"answer"] * BURST
    for _ in range(SPARE_LOOKS - 1):
        await client.spare.look()
    assert await told(redis, "connected_clients") >= many
