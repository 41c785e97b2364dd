"""notices_claim: everybody round 50 stores is claimed one notice, durably, at three sizes.

Baselines: only setting the bits of the day ledger, and only writing the rows, in the same batches.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime

from engine.limits import NOTICES_PER_CLAIM_MAX, PROMOS_ACTIVATED_AT_ONCE_MAX
from engine.promos.claims import Activation, Claims
from engine.segments import Audience, Follower
from loadtest.bench.measure import Bench, Figures, Growth, Measure, Row, Spent
from loadtest.bench.promo_world import BY, RADIUS_M, STORES, people, segments, store_at

SIZES = (10_000, 100_000, 1_000_000)
SIZES_QUICK = (10_000, 50_000)
BASELINE = 100_000
ROWS = "INSERT INTO notice (day, number, window_n) SELECT $1, n, 1 FROM unnest($2::integer[]) n"


async def claimed(bench: Bench, count: int) -> Figures:
    await people(bench, count)
    audience = Audience(bench.engine.redis, f"bench-{secrets.token_hex(4)}")
    before = int((await bench.engine.redis.info("memory"))["used_memory"])
    began = time.perf_counter()
    await Follower(bench.engine.db, audience).build()
    built_s = time.perf_counter() - began
    used = int((await bench.engine.redis.info("memory"))["used_memory"]) - before
    claims, among, now = Claims(bench.engine.db, audience), await segments(bench), datetime.now(UTC)
    gate = asyncio.Semaphore(PROMOS_ACTIVATED_AT_ONCE_MAX)

    async def activate(number: int) -> int:
        async with gate:
            done = await claims.run(Activation(number + 1, store_at(number), RADIUS_M, among, now, BY.organizer_id))
            return done.claimed

    began, before_cpu = time.perf_counter(), await Spent.so_far(bench.engine)
    total = sum(await asyncio.gather(*map(activate, range(STORES))))
    seconds = time.perf_counter() - began
    spent = (await Spent.so_far(bench.engine)).each_us(before_cpu, total)
    rows = await bench.engine.db.fetchval("SELECT count(*) FROM notice")
    assert rows == total, f"{total} claims, {rows} rows"
    return {
        "people": count,
        "claimed": total,
        "seconds": round(seconds, 2),
        "per_s": round(total / seconds),
        "bytes_per_user": round(used / count, 1),
        "build_s": round(built_s, 2),
        "cpu_us": spent,
    }


async def ledger_only(bench: Bench) -> float:
    """Claims a second if setting bits were all."""
    audience = Audience(bench.engine.redis, f"bench-{secrets.token_hex(4)}")
    key = audience.keys.day(date(2026, 1, 1))
    began = time.perf_counter()
    for first in range(0, BASELINE, NOTICES_PER_CLAIM_MAX):
        await audience.put_bits({key: (list(range(first, first + NOTICES_PER_CLAIM_MAX)), ())})
    return BASELINE / (time.perf_counter() - began)


async def rows_only(bench: Bench) -> float:
    """Notices a second if writing rows were all."""
    await bench.engine.db.execute("TRUNCATE notice")
    began = time.perf_counter()
    for first in range(0, BASELINE, NOTICES_PER_CLAIM_MAX):
        await bench.engine.db.execute(ROWS, date(2026, 1, 1), list(range(first, first + NOTICES_PER_CLAIM_MAX)))
    return BASELINE / (time.perf_counter() - began)


async def run(bench: Bench) -> Figures:
    growth = []
    for count in SIZES_QUICK if bench.quick else SIZES:
        bench.step(f"claiming notices for {count:,} people")
        growth.append(await claimed(bench, count))
    return {
        **growth[-1],
        "ledger_only_per_s": round(await ledger_only(bench)),
        "rows_only_per_s": round(await rows_only(bench)),
        "growth": growth,
    }


def rows(figures: Figures) -> Iterator[Row]:
    full = figures["people"] == SIZES[-1]
    beside = f"bits only: {figures['ledger_only_per_s']:,}/s, rows only: {figures['rows_only_per_s']:,}/s"
    yield Row(
        f"notices claimed durably, {figures['people']:,} people, {STORES} stores",
        "s",
        figures["seconds"],
        6 if full else None,
        at_most=True,
        beside=beside,
    )
    cpu = figures["cpu_us"]
    beside = "and what Postgres spends"
    yield Row(
        "… processor time of one",
        "µs",
        cpu["engine"] + cpu["redis"],
        beside=f"of it Redis: {cpu['redis']} µs; {beside}",
    )
    yield Row("… Redis memory for one person", "bytes", figures["bytes_per_user"])
    for each in figures["growth"]:
        beside = f"audience built from Postgres in {each['build_s']} s"
        yield Row(f"… of {each['people']:,} people", "/s", each["per_s"], beside=beside)


NOTICES_CLAIM = Measure("notices_claim", run, rows, Growth("people", "per_s", "claims a second"))
