"""Allowances: one bucket per network for all processes, and waits that are told truthfully."""

from __future__ import annotations

import asyncio
import secrets

import pytest

from engine.access import Allowance, Allowances, Taken, Wait
from engine.access.networks import networks_of
from engine.limits import NETWORK_WAIT_MS_MAX
from engine.refusals import Code, RefusalError
from engine.stores.redis import RedisClient, connect

pytestmark = pytest.mark.every_redis


class Hands:
    """A clock whose hands the test moves."""

    def __init__(self) -> None:
        self.ms = 1_800_000_000_000

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def allowance() -> Allowance:
    return Allowance(f"test-{secrets.token_hex(6)}", burst=10, per_second=1.0)


async def test_a_network_takes_its_burst_and_is_then_told_when_there_is_more(
    redis: RedisClient, clock: Hands, allowance: Allowance
) -> None:
    allowances = Allowances(redis, clock=clock)
    for _ in range(allowance.burst):
        assert isinstance(await allowances.take(allowance, "198.51.100.7"), Taken)
    assert await allowances.take(allowance, "198.51.100.7") == Wait(1_000)
    clock.ms += 999
    assert isinstance(await allowances.take(allowance, "198.51.100.7"), Wait)
    clock.ms += 1
    assert isinstance(await allowances.take(allowance, "198.51.100.7"), Taken)


async def test_all_processes_draw_on_the_same_bucket(
    redis: RedisClient, redis_url: str, clock: Hands, allowance: Allowance
) -> None:
    other_process = await connect(redis_url)
    both = [Allowances(redis, clock=clock), Allowances(other_process, clock=clock)]
    answers = await asyncio.gather(*(both[at % 2].take(allowance, "198.51.100.7") for at in range(40)))
    await other_process.aclose()
    assert sum(isinstance(answer, Taken) for answer in answers) == allowance.burst


async def test_who_waits_at_the_same_moment_is_told_different_instants(
    redis: RedisClient, clock: Hands, allowance: Allowance
) -> None:
    allowances = Allowances(redis, clock=clock)
    answers = await asyncio.gather(*(allowances.take(allowance, "198.51.100.7") for _ in range(15)))
    assert [each.ms for each in answers if isinstance(each, Wait)] == [1_000, 2_000, 3_000, 4_000, 5_000]


async def test_no_wait_is_longer_than_its_bound(redis: RedisClient, clock: Hands, allowance: Allowance) -> None:
    allowances = Allowances(redis, clock=clock)
    answers = await asyncio.gather(*(allowances.take(allowance, "198.51.100.7") for _ in range(200)))
    assert max(each.ms for each in answers if isinstance(each, Wait)) == NETWORK_WAIT_MS_MAX


@pytest.mark.parametrize(
    ("pattern", "width"), [("198.51.100.{}", 4), ("2001:db8:1:2::{:x}", 1), ("2001:db8:1:{:x}::1", 4)]
)
async def test_many_addresses_of_one_network_share_its_wider_bucket(
    redis: RedisClient, clock: Hands, allowance: Allowance, pattern: str, width: int
) -> None:
    allowances = Allowances(redis, clock=clock)
    asked = (allowances.take(allowance, pattern.format(at + 1)) for at in range(250))
    taken = sum(isinstance(answer, Taken) for answer in await asyncio.gather(*asked))
    assert taken == allowance.burst * width


async def test_a_wider_network_that_is_full_takes_nothing_from_the_narrow_one(
    redis: RedisClient, clock: Hands, allowance: Allowance
) -> None:
    allowances = Allowances(redis, clock=clock)
    for at in range(4 * allowance.burst):
        assert isinstance(await allowances.take(allowance, f"198.51.100.{at + 1}"), Taken)
    assert isinstance(await allowances.take(allowance, "198.51.100.250"), Wait)
    clock.ms += 4 * allowance.burst * 1_000
    for _ in range(allowance.burst):
        assert isinstance(await allowances.take(allowance, "198.51.100.250"), Taken)


async def test_looking_takes_nothing_and_tells_the_load(redis: RedisClient, clock: Hands, allowance: Allowance) -> None:
    allowances = Allowances(redis, clock=clock)
    assert await allowances.take(allowance, "198.51.100.7", units=0) == Taken(load=0.0)
    for _ in range(5):
        await allowances.take(allowance, "198.51.100.7")
    assert await allowances.take(allowance, "198.51.100.7", units=0) == Taken(load=0.5)
    await allowances.take(allowance, "198.51.100.7", units=-1)
    assert await allowances.take(allowance, "198.51.100.7", units=0) == Taken(load=0.4)


async def test_trusted_networks_are_never_counted(redis: RedisClient, allowance: Allowance) -> None:
    allowances = Allowances(redis, ("127.0.0.0/8", "2001:db8::/32"))
    for address in ("127.9.9.9", "::ffff:127.0.0.1", "2001:db8::1"):
        for _ in range(3 * allowance.burst):
            assert await allowances.take(allowance, address) == Taken(load=0.0)


async def test_spending_is_refused_with_the_wait(redis: RedisClient, clock: Hands, allowance: Allowance) -> None:
    allowances = Allowances(redis, clock=clock)
    for _ in range(allowance.burst):
        await allowances.spend(allowance, "198.51.100.7")
    with pytest.raises(RefusalError) as refused:
        await allowances.spend(allowance, "198.51.100.7")
    assert (refused.value.code, refused.value.detail) == (Code.NETWORK_BUSY, {"retry_after_ms": 1_000})


async def test_a_storm_from_everywhere_costs_few_calls(redis: RedisClient, allowance: Allowance) -> None:
    calls: list[int] = []
    allowances = Allowances(redis, on_batch=lambda _name, items, _seconds: calls.append(items))
    asked = (allowances.take(allowance, f"{10 + at % 50}.{at // 250 % 250}.{at % 250}.9") for at in range(5_000))
    assert all(isinstance(answer, Taken) for answer in await asyncio.gather(*asked))
    assert sum(calls) == 5_000
    assert len(calls) <= 32


def test_networks_of_an_address() -> None:
    assert networks_of("198.51.100.7") == ("198.51.100.7/32", "198.51.100.0/24")
    assert networks_of("::ffff:198.51.100.7") == networks_of("198.51.100.7")
    assert networks_of("2001:db8:1:2:3:4:5:6") == ("2001:db8:1:2::/64", "2001:db8:1::/56", "2001:db8:1::/48")
    assert networks_of("fe80::1%eth0") == networks_of("fe80::1")
    assert networks_of("") == networks_of("no address") == ("nowhere",)
