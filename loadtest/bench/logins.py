"""logins: right passwords through the engine, each a session in Postgres; and how late the loop is meanwhile.

Beside it the same hashes alone, in one thread of this process: what a core can do. The loop's lag is what a task that
sleeps a millisecond at a time wakes up too late.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator

from engine.accounts import Browser, LoggedIn
from engine.hashing import HASHER
from loadtest.bench.measure import Bench, Figures, Measure, Row

TYPED = "a password of the bench"  # what is hashed is no secret
ACCOUNTS = 32
SECONDS, SECONDS_QUICK = 10.0, 3.0
BARE = 40
TICK_S = 0.001
MS_PER_S = 1_000
TARGET_PER_CORE = 50
TARGET_LAG_MS = 5
LATEST = 0.99


async def lags(over: asyncio.Event) -> list[float]:
    """How much too late the loop came back to who slept, in milliseconds, sorted."""
    found = []
    while not over.is_set():
        began = time.perf_counter()
        await asyncio.sleep(TICK_S)
        found.append((time.perf_counter() - began - TICK_S) * MS_PER_S)
    return sorted(found)


def processor_s() -> float:
    """What this process and those that it started and that have ended took."""
    took = os.times()
    return took.user + took.system + took.children_user + took.children_system


def bare_per_s() -> float:
    hashed = HASHER.hash(TYPED)
    began = time.thread_time()
    for _ in range(BARE):
        HASHER.verify(hashed, TYPED)
    return BARE / (time.thread_time() - began)


async def measure(bench: Bench) -> Figures:
    bench.step("logging in")
    accounts, cores = bench.engine.accounts, os.cpu_count() or 1
    hashed = await accounts.passwords.hashed(TYPED)
    emails = [f"bench-{number}@example.org" for number in range(ACCOUNTS)]
    async with bench.engine.db.acquire() as connection, connection.transaction():
        for email in emails:
            await accounts.make(connection, email, hashed=hashed)
    bare = await asyncio.to_thread(bare_per_s)
    over, logins, before = asyncio.Event(), 0, processor_s()
    until = time.perf_counter() + (SECONDS_QUICK if bench.quick else SECONDS)

    async def log_in(email: str) -> None:
        nonlocal logins
        while time.perf_counter() < until:
            found = await accounts.logins.by_password(email, TYPED, Browser("Firefox on Linux"))
            assert isinstance(found, LoggedIn), found
            logins += 1

    await asyncio.gather(*(accounts.logins.by_password(email, TYPED, Browser()) for email in emails[: 2 * cores]))
    lagging, began = asyncio.create_task(lags(over)), time.perf_counter()
    await asyncio.gather(*(log_in(email) for email in emails[: 4 * cores]))
    spent = time.perf_counter() - began
    over.set()
    late = await lagging
    await accounts.passwords.close()  # what its processes took is known once they have ended
    return {
        "per_s": round(logins / spent, 1),
        "per_s_and_core": round(logins / spent / cores, 1),
        "per_processor_s": round(logins / (processor_s() - before), 1),
        "bare_per_s_and_core": round(bare, 1),
        "lag_p99_ms": round(late[int(len(late) * LATEST)], 2),
        "lag_max_ms": round(late[-1], 2),
    }


def rows(figures: Figures) -> Iterator[Row]:
    beside = f"of a processor's second: {figures['per_processor_s']}; argon2 alone: {figures['bare_per_s_and_core']}/s"
    yield Row("logins, a core", "/s", figures["per_s_and_core"], TARGET_PER_CORE, beside=beside)
    late = f"at most {figures['lag_max_ms']} ms"
    yield Row("… the loop's lag, p99", "ms", figures["lag_p99_ms"], TARGET_LAG_MS, at_most=True, beside=late)


LOGINS = Measure("logins", measure, rows)
