"""promos_list: GET /api/promos, a thousand a second sent on time whatever the answers do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import aiohttp

from loadtest.bench.measure import Bench, Figures, Growth, Measure, Row
from loadtest.bench.promo_world import STORES, offers, people, store_at
from loadtest.bench.serving import servers

PEOPLE, PEOPLE_QUICK = (10_000, 100_000, 1_000_000), (10_000,)
PER_S = 1_000
SECONDS, SECONDS_QUICK = 6.0, 1.5
CONNECTIONS = 64
BUYERS = 2_000
TICK_S = 0.01


async def ask(http: aiohttp.ClientSession, url: str, token: str, due: float) -> float:
    """Milliseconds from when the ask was due until the whole answer was there."""
    async with http.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
        body = await answer.read()
        assert answer.status == 200, body
    return (time.perf_counter() - due) * 1000


async def listed(bench: Bench, count: int) -> Figures:
    engine, promos = bench.engine, bench.engine.promos
    await people(bench, count)
    await offers(bench, STORES)
    await promos.audience.redis.delete(promos.audience.keys.ready)
    await engine.follower.step()
    await promos.promoter.step()
    rows = await engine.db.fetch("SELECT number, buyer_id FROM profile ORDER BY number LIMIT $1", BUYERS)
    asks = []
    for row in rows:
        near = store_at(row["number"] % STORES)
        token = engine.signer.buyer_token(row["buyer_id"])
        asks.append((f"?latitude={near.latitude}&longitude={near.longitude}&accuracy_m=20", token))
    seconds = SECONDS_QUICK if bench.quick else SECONDS
    async with servers(bench) as port:
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        async with aiohttp.ClientSession(connector=connector) as http:
            url = f"http://127.0.0.1:{port}/api/promos"
            for query, token in asks[:CONNECTIONS]:
                await ask(http, url + query, token, time.perf_counter())
            running: list[asyncio.Task[float]] = []
            began = time.perf_counter()
            while (passed := time.perf_counter() - began) < seconds:
                while len(running) < passed * PER_S:
                    query, token = asks[len(running) % len(asks)]
                    due = began + len(running) / PER_S
                    running.append(asyncio.create_task(ask(http, url + query, token, due)))
                await asyncio.sleep(TICK_S / 10)
            ms = sorted(await asyncio.gather(*running))
    return {
        "people": count,
        "per_s": round(len(ms) / (time.perf_counter() - began)),
        "p50_ms": round(ms[len(ms) // 2], 2),
        "p99_ms": round(ms[len(ms) * 99 // 100], 2),
    }


async def run(bench: Bench) -> Figures:
    growth = []
    for count in PEOPLE_QUICK if bench.quick else PEOPLE:
        bench.step(f"listing promos among {count:,} people")
        growth.append(await listed(bench, count))
    return {**growth[-1], "growth": growth}


def rows(figures: Figures) -> Iterator[Row]:
    beside = f"p50 {figures['p50_ms']} ms at {figures['per_s']:,}/s"
    yield Row("GET /api/promos at 1,000/s, p99", "ms", figures["p99_ms"], 5, at_most=True, beside=beside)
    for each in figures["growth"]:
        yield Row(f"… among {each['people']:,} people", "ms", each["p99_ms"], beside=f"p50 {each['p50_ms']} ms")


PROMOS_LIST = Measure("promos_list", run, rows, Growth("people", "p99_ms", "ms, 99th percentile"))
