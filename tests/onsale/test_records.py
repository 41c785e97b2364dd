"""Packed records of another release: what a newer one added stays, what an older one lacks has a default.

Random commands on the real scripts, over records that go on with fields nobody here knows, or end early.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from engine.catalog.model import PoolPlan, RoomPlan
from engine.ids import new_buyer
from engine.onsale import Onsale, Sale
from engine.onsale.model import BestHold, Cart, Joined, PoolHold, Release, SeatsHold
from engine.refusals import Code, Refused
from engine.stores.keys import allowance_key, guess_key, sale_key
from engine.stores.redis import RedisClient
from engine.stores.scripts import call, pack, script, unpack
from tests.checks.records import records
from tests.onsale.conftest import HandClock, OpenSale
from tests.releases.wheels import ROOT

NEWER = ["of a newer release", 7, [1, {"two": "x"}]]
FIELDS = {name: len(fields) for name, fields in records(ROOT).items()}
# Before carts said whether they ever held anything.
OLDEST_CART = 9
FLOOR = (PoolPlan("floor", "Floor", 20),)
COMMANDS = 25
SEEDS = range(8)
House = tuple[Sale, Onsale, HandClock]


async def cart_record(redis: RedisClient, sale: Sale, buyer: str) -> list[Any]:
    asked: Any = redis.hget(sale_key(sale.id, "carts"), buyer)
    record: list[Any] = unpack(await asked)
    return record


async def put_cart(redis: RedisClient, sale: Sale, buyer: str, record: list[Any]) -> None:
    writing: Any = redis.hset(sale_key(sale.id, "carts"), buyer, pack(record))
    await writing


async def do(house: House, dice: random.Random, buyer: str, number: int) -> object:
    """One command that may touch the cart, or one that goes over all of them."""
    sale, onsale, clock = house
    match dice.choice(["seats", "best", "pool", "release", "lock", "unlock", "read", "touch", "expire", "wait"]):
        case "seats":
            return await sale.hold(SeatsHold(buyer, f"c{number}", (dice.randrange(40),)))
        case "best":
            return await sale.hold(BestHold(buyer, f"c{number}", 1))
        case "pool":
            return await sale.hold(PoolHold(buyer, f"c{number}", "floor", 1))
        case "release":
            return await sale.release(Release(buyer, f"c{number}"))
        case "lock":
            return await sale.lock(buyer, "order")
        case "unlock":
            return await sale.unlock(buyer, "order")
        case "touch":
            return await sale.touch([buyer])
        case "expire":
            return await onsale.calls(sale.id).ask("carts_expire", (100, 600_000, 60_000))
        case "wait":
            clock.at_ms += 1_000
            return None
        case _:
            return await sale.cart(buyer)


def is_sound(answer: object) -> bool:
    return not (isinstance(answer, Refused) and answer.code in {Code.UNAVAILABLE, Code.INVALID})


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_cart_keeps_what_a_newer_release_added(
    open_sale: OpenSale, onsale: Onsale, redis: RedisClient, clock: HandClock, seed: int
) -> None:
    dice, sale, buyer = random.Random(seed), await open_sale(pools=FLOOR), new_buyer()
    await sale.hold(BestHold(buyer, "first", 1))
    known = await cart_record(redis, sale, buyer)
    assert len(known) == FIELDS["cart"]
    await put_cart(redis, sale, buyer, [*known, *NEWER])
    for number in range(COMMANDS):
        answer = await do((sale, onsale, clock), dice, buyer, number)
        assert is_sound(answer), answer
        record = await cart_record(redis, sale, buyer)
        assert (record[0], record[FIELDS["cart"] :]) == (known[0], NEWER), answer
    await sale.unlock(buyer, "order")
    await sale.release(Release(buyer, "all"))
    await sale.hold(PoolHold(buyer, "last", "floor", 1))
    await sale.lock(buyer, "order")
    await sale.sell(buyer, "order", 100, (), {"floor": 1})
    record = await cart_record(redis, sale, buyer)
    assert (record[1], record[FIELDS["cart"] :]) == ("ended", NEWER)


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_cart_of_an_older_release_goes_on(
    open_sale: OpenSale, onsale: Onsale, redis: RedisClient, clock: HandClock, seed: int
) -> None:
    dice, sale, buyer = random.Random(seed), await open_sale(pools=FLOOR), new_buyer()
    await sale.hold(BestHold(buyer, "first", 1))
    for number in range(COMMANDS):
        await put_cart(redis, sale, buyer, (await cart_record(redis, sale, buyer))[:OLDEST_CART])
        answer = await do((sale, onsale, clock), dice, buyer, number)
        assert is_sound(answer), answer
    cart = await sale.cart(buyer)
    assert isinstance(cart, Cart)


async def test_answers_in_a_cart_keep_what_a_newer_release_added(open_sale: OpenSale, redis: RedisClient) -> None:
    """Also when the oldest of them are dropped."""
    sale, buyer = await open_sale(pools=FLOOR), new_buyer()
    await sale.hold(PoolHold(buyer, "first", "floor", 1))
    record = await cart_record(redis, sale, buyer)
    longer = b"".join(pack([f"n{number}", ["floor", 1], "held", [1], *NEWER]) for number in range(40))
    record[6], record[8] = longer.decode(errors="surrogateescape"), 40
    await put_cart(redis, sale, buyer, record)
    again = await sale.hold(PoolHold(buyer, "n39", "floor", 1))
    assert not isinstance(again, Refused), again
    assert again.again
    for number in range(10):
        await sale.hold(PoolHold(buyer, f"h{number}", "floor", 1))
        await sale.release(Release(buyer, f"r{number}"))
    kept = (await cart_record(redis, sale, buyer))[6].encode(errors="surrogateescape")
    assert pack(["n39", ["floor", 1], "held", [1], *NEWER]) in kept


async def test_calls_of_a_room_keep_what_a_newer_release_added(
    open_sale: OpenSale, onsale: Onsale, redis: RedisClient, clock: HandClock
) -> None:
    sale = await open_sale(room=RoomPlan(shoppers_max=10, claim_ms=60_000, per_second_max=100))
    buyers = [new_buyer() for _ in range(6)]
    for buyer in buyers:
        assert isinstance(await sale.join(buyer), Joined)
    await onsale.calls(sale.id).ask("room_admit", (2, "0", 0))
    asked: Any = redis.hget(sale_key(sale.id, "room"), "calls")
    (first,) = unpack(await asked)
    assert len(first) == FIELDS["call"]
    writing: Any = redis.hset(sale_key(sale.id, "room"), "calls", pack([[*first, *NEWER]]))
    await writing
    assert isinstance(await sale.enter(buyers[0]), Cart)
    await onsale.calls(sale.id).ask("room_admit", (1, "0", 0))
    clock.at_ms += 2_000
    await onsale.calls(sale.id).ask("room_admit", (1, "0", 0))
    asked = redis.hget(sale_key(sale.id, "room"), "calls")
    merged, later = unpack(await asked)
    assert (merged[:2], merged[3], merged[FIELDS["call"] :]) == ([0, 3], 2, NEWER)
    assert later[:2] == [3, 4]


async def test_buckets_and_guesses_keep_what_a_newer_release_added(redis: RedisClient, sale_id: str) -> None:
    bucket, guess = allowance_key(1, "tests", sale_id), guess_key(1, "tests", sale_id)
    rules = pack((10, 1_000, 60_000, 60_000))
    asks = (
        ("access/allowance_take", bucket, (pack([(1, (1, 1.0, 10.0))]), 60_000, "1000")),
        ("access/guess_take", guess, (pack([(1, 1)]), rules, "1000")),
    )
    for (name, key, arguments), record in zip(asks, ("bucket", "guess"), strict=True):
        await call(redis, script(name), [key], arguments)
        known = unpack(await redis.get(key))
        assert len(known) == FIELDS[record]
        await redis.set(key, pack([*known, *NEWER]))
        await call(redis, script(name), [key], arguments)
        after = unpack(await redis.get(key))
        assert (after[0], after[FIELDS[record] :]) == (2, NEWER)
