"""Joins of a lobby: how many a second, what a waiting buyer costs Redis, what news of the room cost however many wait.

Beside it: the same script called once per join, and Redis alone.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from typing import Any

from engine.catalog.model import RoomPlan, SaleState
from engine.ids import new_buyer
from engine.onsale.calls import BATCH_KEYS
from engine.onsale.model import NOTHING, Joined
from engine.onsale.sale import Sale
from engine.refusals import accept
from engine.stores.keys import sale_keys
from engine.stores.scripts import call, pack, script, unpack
from loadtest.bench.measure import Bench, Figures, Growth, Measure, Row, Spent, middle, rate_of, spread
from loadtest.bench.sales import plan_of, redis_alone

JOINS_AT_ONCE = 4_000
CONNECTIONS = 64
WAITING = (1_000, 10_000, 100_000)
WAITING_MANY = 1_000_000
BASELINE_JOINS = 16_000
NEWS = 200


async def lobby(bench: Bench) -> Sale:
    plan = plan_of(0, room=RoomPlan(shoppers_max=500))
    await bench.engine.onsale.publish(plan)
    sale = bench.engine.onsale.sale(plan.id)
    accept(await sale.set_state(SaleState.LOBBY))
    return sale


async def through_engine(sale: Sale, buyers: list[str]) -> float:
    waiting = iter(buyers)

    async def come() -> int:
        done = 0
        for buyer in waiting:
            verdict = await sale.join(buyer)
            assert isinstance(verdict, Joined), verdict
            done += 1
        return done

    return await rate_of(come, min(JOINS_AT_ONCE, len(buyers)))


async def one_by_one(bench: Bench, sale: Sale, buyers: list[str]) -> float:
    waiting = iter(buyers)
    what, keys = script("onsale/room_join"), sale_keys(sale.id, *BATCH_KEYS["room_join"])

    async def come() -> int:
        done = 0
        for buyer in waiting:
            verdicts = unpack(
                await call(bench.engine.redis, what, keys, (pack([(buyer, -1, -1, 0, NOTHING.packed())]), ""))
            )
            assert verdicts[0][0] == "joined", verdicts
            done += 1
        return done

    return await rate_of(come, CONNECTIONS)


async def alone(bench: Bench) -> float:
    """What Redis can do: as many joins as batches that are packed already."""
    items = [(new_buyer(), -1, -1, 0, NOTHING.packed()) for _ in range(WAITING[-1])]
    return await redis_alone(bench, await lobby(bench), "room_join", items, "joined")


async def news_ms(sale: Sale) -> float:
    """How long the room's public state takes: the median of many reads."""
    times = []
    for _ in range(NEWS):
        began = time.perf_counter()
        accept(await sale.snapshot())
        times.append((time.perf_counter() - began) * 1000)
    return middle(times)


async def bytes_used(bench: Bench) -> int:
    used: int = (await bench.engine.redis.info("memory"))["used_memory_dataset"]
    return used


async def measure(bench: Bench) -> Figures:
    sizes = WAITING if bench.quick else (*WAITING, WAITING_MANY)
    rates: list[float] = []
    growth: list[dict[str, Any]] = []
    for waiting in sizes:
        bench.step(f"{waiting:,} buyers joining")
        sale = await lobby(bench)
        before = await bytes_used(bench)
        buyers = [new_buyer() for _ in range(waiting)]
        gc.collect()
        spent = await Spent.so_far(bench.engine)
        per_s = await through_engine(sale, buyers)
        cpu_us = (await Spent.so_far(bench.engine)).each_us(spent, waiting)
        bytes_each = (await bytes_used(bench) - before) / waiting
        growth.append(
            {
                "waiting": waiting,
                "per_s": round(per_s),
                "bytes_each": round(bytes_each, 1),
                "cpu_us": cpu_us,
                "news_ms": round(await news_ms(sale), 3),
            }
        )
        if waiting == WAITING[-1]:
            rates.append(per_s)
        await bench.engine.redis.unlink(*sale_keys(sale.id, "sale", "places", "room"))
    for _ in range(bench.rounds(3) - 1):
        rates.append(await through_engine(await lobby(bench), [new_buyer() for _ in range(WAITING[-1])]))
    limit = middle([await alone(bench) for _ in range(bench.rounds(3))])
    bench.step("joining one by one")
    baseline = await one_by_one(bench, await lobby(bench), [new_buyer() for _ in range(BASELINE_JOINS)])
    per_s = middle(rates)
    return {
        "per_s": round(per_s),
        "redis_alone_per_s": round(limit),
        "of_redis_alone": round(per_s / limit, 2),
        "spread": spread(rates),
        "baseline_per_s": round(baseline),
        "ratio": round(per_s / baseline, 1),
        "cpu_us": growth[-1]["cpu_us"],
        "bytes_per_buyer": growth[-1]["bytes_each"],
        "growth": growth,
    }


def rows(figures: Figures) -> Iterator[Row]:
    beside = f"{figures['spread']}; one EVALSHA per join: {figures['baseline_per_s']:,}/s"
    yield Row("joins of a room", "/s", figures["per_s"], 100_000, beside=beside)
    beside = f"Redis alone, batches packed beforehand: {figures['redis_alone_per_s']:,}/s"
    yield Row("… of what one core of Redis does", "x", figures["of_redis_alone"], 0.85, beside=beside)
    spent = figures["cpu_us"]
    yield Row(
        "… processor time of one", "µs", spent["engine"] + spent["redis"], beside=f"of it Redis: {spent['redis']} µs"
    )
    yield Row("… Redis memory for one waiting", "bytes", figures["bytes_per_buyer"], 80, at_most=True)
    for each in figures["growth"]:
        yield Row(
            f"… news of a room of {each['waiting']:,}", "ms", each["news_ms"], beside=f"joins: {each['per_s']:,}/s"
        )


JOINS_ENGINE = Measure("joins_engine", measure, rows, Growth("waiting", "news_ms", "ms to read the news"))
