"""idle_sockets: what sockets cost one server process that only wait: memory each, and the processor's share.

First people who said hello and nothing more; then the same people in the waiting room of a sale that a worker looks
after, where all of them hear the room's news. Memory is what the process grew by, without what the kernel keeps.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterator

from loadtest.bench.measure import Bench, Figures, Growth, Measure, Row
from loadtest.bench.sales import kept_sale
from loadtest.bench.serving import child, serving, told, working
from server.observe.machine import children, cpu_s, missing, resident_bytes

SOCKETS = 10_000
GROWTH_SOCKETS = (1_000, 5_000, SOCKETS)
GROWTH_QUICK = (1_000,)
SEATS = 1_000
SHOPPERS_MAX = 50
# The longest has a whole round of pings in it.
SECONDS, SECONDS_GROWTH, SECONDS_QUICK = 26.0, 6.0, 2.0
SETTLE_S = 1.0
BYTES_TARGET, CPU_TARGET = 20_000, 10


async def waited(bench: Bench, sockets: int, seconds: float) -> Figures:
    sale = await kept_sale(bench, SEATS, shoppers_max=SHOPPERS_MAX)
    async with serving(bench, processes=1) as ours, working(bench), child("loadtest.bench.waiting") as crowd:
        (pid,) = children(ours.pid)
        empty = resident_bytes(pid)
        await told(crowd, {"port": ours.port, "sockets": sockets, "address": secrets.randbelow(200)})
        await asyncio.sleep(SETTLE_S)
        idle_cpu = await share(pid, seconds)
        idle_bytes = (resident_bytes(pid) - empty) / sockets
        await told(crowd, {"join": sale.id})
        await asyncio.sleep(SETTLE_S)
        before = await told(crowd, {"news": True})
        began = time.perf_counter()
        room_cpu = await share(pid, seconds)
        news = (await told(crowd, {"news": True}) - before) / (time.perf_counter() - began)
        room_bytes = (resident_bytes(pid) - empty) / sockets
    return {
        "sockets": sockets,
        "bytes_each": round(idle_bytes),
        "cpu_percent": round(idle_cpu, 2),
        "room_bytes_each": round(room_bytes),
        "room_cpu_percent": round(room_cpu, 2),
        "room_news_per_s": round(news / sockets, 2),
    }


async def share(pid: int, seconds: float) -> float:
    """Percent of a core that the process takes over so many seconds."""
    began, before = time.perf_counter(), cpu_s(pid)
    await asyncio.sleep(seconds)
    return 100 * (cpu_s(pid) - before) / (time.perf_counter() - began)


async def measure(bench: Bench) -> Figures:
    reason = missing()
    if reason is not None:
        return {"not_measured": reason}
    growth = []
    for sockets in GROWTH_QUICK if bench.quick else GROWTH_SOCKETS:
        bench.step(f"{sockets:,} sockets that wait")
        seconds = SECONDS_QUICK if bench.quick else SECONDS if sockets == SOCKETS else SECONDS_GROWTH
        growth.append(await waited(bench, sockets, seconds))
    return {**growth[-1], "growth": growth}


def rows(figures: Figures) -> Iterator[Row]:
    full = figures["sockets"] == SOCKETS
    name = f"{figures['sockets']:,} sockets in a waiting room, one process"
    news = f"{figures['room_news_per_s']}/s news to each"
    memory, cpu = (BYTES_TARGET, CPU_TARGET) if full else (None, None)
    yield Row(name, "bytes each", figures["room_bytes_each"], memory, at_most=True, beside="what the process grew by")
    yield Row("… share of a core", "%", figures["room_cpu_percent"], cpu, at_most=True, beside=news)
    yield Row("… before they join, purely idle", "bytes each", figures["bytes_each"], memory, at_most=True)
    yield Row("… share of a core", "%", figures["cpu_percent"], cpu, at_most=True)
    for each in figures["growth"]:
        beside = f"{each['room_cpu_percent']} % of a core, idle {each['cpu_percent']} %"
        yield Row(f"… {each['sockets']:,} in a room", "bytes each", each["room_bytes_each"], beside=beside)


IDLE_SOCKETS = Measure("idle_sockets", measure, rows, Growth("sockets", "room_bytes_each", "bytes each"))
