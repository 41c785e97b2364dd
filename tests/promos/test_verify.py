"""verify finds what is broken in promos, and nothing where nothing is."""

import pytest

from engine.onsale.model import Held
from engine.verify import verify, verify_contexts
from tests.promos.city import City


async def broken(city: City) -> list[int]:
    return [violation.invariant for violation in (await verify_contexts(city.engine, grace_s=0))["promos"]]


async def test_a_promo_that_sells_is_clean(city: City) -> None:
    buyers = [await city.buyer() for _ in range(5)]
    sale = await city.running(stock=3)
    for buyer in buyers[:2]:
        assert isinstance(await city.claim(sale, buyer), Held)
    await city.buy(sale, buyers[0])
    assert await broken(city) == []
    assert await verify(city.engine, sale, grace_s=0) == []


@pytest.mark.parametrize(
    ("spoil", "invariant"),
    [
        ("DELETE FROM notice_batch", 9),
        ("UPDATE notice_batch SET done_at = now()", 9),
        ("INSERT INTO notice_batch SELECT 'x', window_n, day, numbers FROM notice_batch", 9),
        ("DELETE FROM notice WHERE number = 1", 9),
        ("UPDATE pool SET capacity = 99", 11),
    ],
)
async def test_what_is_spoilt_in_postgres_is_named(city: City, spoil: str, invariant: int) -> None:
    await city.buyer()
    await city.running()
    await city.engine.db.execute(spoil)
    assert invariant in await broken(city)


async def test_ledgers_that_differ_are_named(city: City) -> None:
    await city.buyer()
    await city.running()
    day = await city.engine.db.fetchval("SELECT day FROM notice")
    await city.engine.redis.setbit(city.promos.audience.keys.day(day), 77, 1)
    assert await broken(city) == [10]
    await city.engine.redis.delete(city.promos.audience.keys.ready)
    assert await broken(city) == [10]
