"""Holds of chosen seats through the engine, beside the same script called once per request, and beside Redis alone.

Every buyer makes four holds on a sale without a room, so the first opens the cart. Each hold takes seats that are free.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager

from engine.ids import new_buyer, new_id
from engine.onsale.calls import BATCH_KEYS
from engine.onsale.model import Held, SeatsHold
from engine.onsale.sale import Sale
from engine.stores.keys import sale_keys
from engine.stores.scripts import call, pack, script, unpack
from loadtest.bench.measure import Bench, Figures, Growth, Measure, Row, Spent, middle, rate_of, spread
from loadtest.bench.sales import HOLDS_PER_BUYER, open_sale, redis_alone

BUYERS_AT_ONCE = 4_000
CONNECTIONS = 64
SEATS = 100_000
GROWTH_SEATS = (1_000, 10_000, 100_000)
BASELINE_HOLDS = 16_000

Hold = tuple[str, str, tuple[int, ...]]  # buyer, hold id, seats


def holds(seats: int, per_hold: int, at_most: int) -> Iterator[list[Hold]]:
    """What each buyer will hold, one list per buyer, until the house is full."""
    starts = iter(range(0, min(seats - per_hold + 1, at_most * per_hold), per_hold))
    while True:
        buyer = new_buyer()
        mine = [
            (buyer, str(index), tuple(range(first, first + per_hold)))
            for index, first in zip(range(HOLDS_PER_BUYER), starts, strict=False)
        ]
        if not mine:
            return
        yield mine


async def through_engine(sale: Sale, buyers: Iterable[list[Hold]]) -> float:
    """Holds per second with thousands of buyers at once."""
    everyone = list(buyers)
    waiting = iter(everyone)

    async def shop() -> int:
        done = 0
        for mine in waiting:
            for buyer, hold, seats in mine:
                verdict = await sale.hold(SeatsHold(buyer, hold, seats))
                assert isinstance(verdict, Held), verdict
                done += 1
        return done

    return await rate_of(shop, min(BUYERS_AT_ONCE, len(everyone)))


async def one_by_one(bench: Bench, sale: Sale, buyers: Iterable[list[Hold]]) -> float:
    """The usual way: one EVALSHA per request, over 64 connections."""
    waiting = iter(list(buyers))
    what, keys = script("onsale/seats_hold"), sale_keys(sale.id, *BATCH_KEYS["seats_hold"])

    async def shop() -> int:
        done = 0
        for mine in waiting:
            for buyer, hold, seats in mine:
                packed = pack([(buyer, hold, seats, new_id("cart"))])
                verdicts = unpack(await call(bench.engine.redis, what, keys, (packed, "")))
                assert verdicts[0][0] == "held", verdicts
                done += 1
        return done

    return await rate_of(shop, CONNECTIONS)


async def alone(bench: Bench, sale: Sale) -> float:
    """What Redis can do: the same holds in the same order, as batches that are packed already."""
    everyone = list(holds(SEATS, 1, SEATS))
    crowds = [everyone[first : first + BUYERS_AT_ONCE] for first in range(0, len(everyone), BUYERS_AT_ONCE)]
    items = [
        (*mine[turn], new_id("cart"))
        for crowd in crowds
        for turn in range(HOLDS_PER_BUYER)
        for mine in crowd
        if turn < len(mine)
    ]
    return await redis_alone(bench, sale, "seats_hold", items, "held")


@asynccontextmanager
async def fresh(bench: Bench, seats: int, per_hold: int = 1) -> AsyncIterator[Sale]:
    """A sale for one round; its keys are removed afterwards, so that rounds start alike."""
    sale = await open_sale(bench, seats, person_max=HOLDS_PER_BUYER * per_hold)
    yield sale
    await bench.engine.redis.delete(*sale_keys(sale.id, "sale", "seats", "owners", "carts", "due", "seen", "ended"))


async def measure(bench: Bench) -> Figures:
    bench.step("holds through the engine")
    engine_rates, alone_rates, baseline_rates, four_rates = [], [], [], []
    cpu_us = []
    for _ in range(bench.rounds(3)):
        async with fresh(bench, SEATS) as sale:
            before = await Spent.so_far(bench.engine)
            engine_rates.append(await through_engine(sale, holds(SEATS, 1, SEATS)))
            cpu_us.append((await Spent.so_far(bench.engine)).each_us(before, SEATS))
        async with fresh(bench, SEATS) as sale:
            alone_rates.append(await alone(bench, sale))
        async with fresh(bench, SEATS) as sale:
            baseline_rates.append(await one_by_one(bench, sale, holds(SEATS, 1, BASELINE_HOLDS)))
        async with fresh(bench, SEATS, 4) as sale:
            four_rates.append(await through_engine(sale, holds(SEATS, 4, SEATS)))
    per_s, limit, baseline = middle(engine_rates), middle(alone_rates), middle(baseline_rates)
    growth = []
    for seats in GROWTH_SEATS:
        bench.step(f"holds in a sale of {seats:,} seats")
        rates = []
        for _ in range(min(10, SEATS // seats)):  # a small house is full in a moment
            async with fresh(bench, seats) as sale:
                rates.append(await through_engine(sale, holds(seats, 1, seats)))
        growth.append({"seats": seats, "per_s": round(middle(rates))})
    return {
        "per_s": round(per_s),
        "redis_alone_per_s": round(limit),
        "of_redis_alone": round(per_s / limit, 2),
        "spread": spread(engine_rates),
        "baseline_per_s": round(baseline),
        "ratio": round(per_s / baseline, 1),
        "cpu_us": min(cpu_us, key=lambda each: each["engine"] + each["redis"]),
        "four_seats_per_s": round(middle(four_rates)),
        "growth": growth,
    }


def rows(figures: Figures) -> Iterator[Row]:
    beside = f"{figures['spread']}; one EVALSHA per request: {figures['baseline_per_s']:,}/s"
    yield Row("holds through the engine", "/s", figures["per_s"], 60_000, beside=beside)
    beside = f"Redis alone, batches packed beforehand: {figures['redis_alone_per_s']:,}/s"
    yield Row("… of what one core of Redis does", "x", figures["of_redis_alone"], 0.85, beside=beside)
    yield Row("… times one call per request", "x", figures["ratio"], 7)
    spent = figures["cpu_us"]
    yield Row(
        "… processor time of one", "µs", spent["engine"] + spent["redis"], beside=f"of it Redis: {spent['redis']} µs"
    )
    yield Row("… of four seats each", "/s", figures["four_seats_per_s"])
    for each in figures["growth"]:
        yield Row(f"… in a sale of {each['seats']:,} seats", "/s", each["per_s"])


HOLDS_ENGINE = Measure("holds_engine", measure, rows, Growth("seats", "per_s", "holds a second"))
