"""watchers: how long a change of a seat takes to everybody who watches, while two thousand holds a second go on.

Counted from before the engine is asked for the hold until the bytes are with the socket's process, so it has all in it:
waiting for the batch, the script, the feed, the merge of 50 ms, and the turn of the last socket.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack

from engine.ids import new_buyer, new_id
from engine.limits import MERGE_MS
from engine.onsale.model import SeatsHold
from engine.onsale.sale import Sale
from engine.refusals import accept
from loadtest.bench.measure import Bench, Figures, Growth, Measure, Row
from loadtest.bench.sales import HOLDS_PER_BUYER, stored_sale
from loadtest.bench.serving import child, servers, told

SEATS = 20_000
WATCHERS = 5_000
GROWTH_WATCHERS = (100, 1_000, WATCHERS)
GROWTH_QUICK = (1_000,)
CLIENTS = 2
HOLDS_PER_S = 2_000
SECONDS, SECONDS_QUICK = 6.0, 2.0
TICK_S = 0.01
LAST_NEWS_S = 1.0
TARGET_MS = 200


async def hold_on(sale: Sale, seconds: float) -> list[tuple[int, float]]:
    """Hold a seat after the other, on time whatever the answers do; which, and when it was asked for."""
    sent: list[tuple[int, float]] = []
    asked: list[asyncio.Task[None]] = []
    buyer = ""

    async def hold(buyer: str, seat: int) -> None:
        accept(await sale.hold(SeatsHold(buyer, new_id("hold"), (seat,))))

    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        while len(sent) < min(passed * HOLDS_PER_S, SEATS):
            seat = len(sent)
            if seat % HOLDS_PER_BUYER == 0:
                buyer = new_buyer()
            sent.append((seat, time.perf_counter()))
            asked.append(asyncio.create_task(hold(buyer, seat)))
        await asyncio.sleep(TICK_S)
    await asyncio.gather(*asked)
    return sent


async def watched(bench: Bench, watchers: int, seconds: float) -> Figures:
    sale = await stored_sale(bench, SEATS)
    address = secrets.randbelow(200)
    async with servers(bench) as port, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(child("loadtest.bench.watching")) for _ in range(CLIENTS)]
        ask = {"port": port, "sockets": watchers // CLIENTS, "sale": sale.id}
        await asyncio.gather(*(told(each, {**ask, "address": address + at}) for at, each in enumerate(clients)))
        began = time.perf_counter()
        sent = await hold_on(sale, seconds)
        per_s = len(sent) / (time.perf_counter() - began)
        await asyncio.sleep(LAST_NEWS_S)
        took: Counter[int] = Counter()
        for answer in await asyncio.gather(*(told(each, {"sent": sent}) for each in clients)):
            for ms, count in answer:
                took[ms] += count
    wanted = len(sent) * (watchers // CLIENTS) * CLIENTS
    return {
        "watchers": watchers,
        "holds_per_s": round(per_s),
        "changes_seen": took.total(),
        "changes_unseen": wanted - took.total(),
        "p50_ms": percentile(took, 50),
        "p99_ms": percentile(took, 99),
        "max_ms": max(took, default=0),
    }


def percentile(took: Counter[int], percent: float) -> int:
    wanted, so_far = took.total() * percent / 100, 0
    for ms, count in sorted(took.items()):
        so_far += count
        if so_far >= wanted:
            return ms
    return 0


async def measure(bench: Bench) -> Figures:
    growth = []
    for watchers in GROWTH_QUICK if bench.quick else GROWTH_WATCHERS:
        bench.step(f"a seat seen by {watchers:,} watchers")
        growth.append(await watched(bench, watchers, SECONDS_QUICK if bench.quick else SECONDS))
    return {**growth[-1], "growth": growth}


def rows(figures: Figures) -> Iterator[Row]:
    full = figures["watchers"] == WATCHERS
    yield Row(
        f"a seat change seen by {figures['watchers']:,} watchers, p99",
        "ms",
        figures["p99_ms"],
        TARGET_MS if full else None,
        at_most=True,
        beside=f"merging: up to {MERGE_MS} ms; {figures['holds_per_s']:,} holds/s, median {figures['p50_ms']} ms, "
        f"longest {figures['max_ms']} ms, unseen: {figures['changes_unseen']:,}",
    )
    for each in figures["growth"]:
        beside = f"median {each['p50_ms']} ms"
        yield Row(f"… by {each['watchers']:,}", "ms", each["p99_ms"], beside=beside)


WATCHING = Measure("watchers", measure, rows, Growth("watchers", "p99_ms", "ms, 99th percentile"))
