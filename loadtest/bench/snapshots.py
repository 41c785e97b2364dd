"""The snapshot of a sale's seats: how large it is, and how long the engine takes to give it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from engine.refusals import accept
from loadtest.bench.measure import Bench, Figures, Growth, Measure, Row, middle
from loadtest.bench.sales import open_sale

SEATS = 100_000
GROWTH_SEATS = (1_000, 10_000, 100_000)
READS = 300


async def _read(bench: Bench, seats: int) -> tuple[int, float]:
    """Bytes of the packed seats, and the median milliseconds of a read."""
    sale = await open_sale(bench, seats)
    size = 0
    times = []
    for _ in range(READS):
        began = time.perf_counter()
        size = len(accept(await sale.snapshot()).seats)
        times.append((time.perf_counter() - began) * 1000)
    return size, middle(times)


async def measure(bench: Bench) -> Figures:
    bench.step("seat snapshots")
    growth = []
    for seats in GROWTH_SEATS:
        size, ms = await _read(bench, seats)
        growth.append({"seats": seats, "bytes": size, "ms": round(ms, 2)})
    last = growth[-1]
    assert last["seats"] == SEATS
    return {"bytes": last["bytes"], "ms": last["ms"], "growth": growth}


def rows(figures: Figures) -> Iterator[Row]:
    yield Row("snapshot of 100,000 seats", "bytes", figures["bytes"], 25_000, at_most=True)
    yield Row("… read in", "ms", figures["ms"], 5, at_most=True)
    for each in figures["growth"]:
        yield Row(f"… of {each['seats']:,} seats", "ms", each["ms"])


SNAPSHOT_100K = Measure("snapshot_100k", measure, rows, Growth("seats", "ms", "ms to read"))
