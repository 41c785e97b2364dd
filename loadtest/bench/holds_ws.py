"""Holds over WebSocket, end to end: server processes, client processes, stores, all on this machine.

First as fast as answers come; then half of that rate, sent on time whatever the answers do, for the 99th percentile.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from loadtest.bench.measure import Bench, Figures, Growth, Measure, Row, middle, spread
from loadtest.bench.sales import stored_sale
from loadtest.bench.serving import child, servers, told, wishes
from loadtest.bench.shoppers import SEATS_EACH

SEATS = 100_000
SOCKETS = 1_000
GROWTH_SOCKETS = (500, 1_000, 5_000)
CLIENTS = 2
SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Run:
    per_s: float
    p50_ms: float
    p99_ms: float
    errors: int


class Shoppers:
    """The client processes."""

    def __init__(self, processes: list[asyncio.subprocess.Process]) -> None:
        self._processes = processes

    async def hold(self, seconds: float, per_s: float | None = None) -> Run:
        wanted = {"seconds": seconds, "per_s": per_s and per_s / len(self._processes)}
        answers = await asyncio.gather(*(told(process, wanted) for process in self._processes))
        ms = sorted(each for answer in answers for each in answer["ms"])
        return Run(
            per_s=sum(answer["holds"] / answer["seconds"] for answer in answers),
            p50_ms=ms[len(ms) // 2] if ms else 0.0,
            p99_ms=ms[len(ms) * 99 // 100] if ms else 0.0,
            errors=sum(sum(answer["errors"].values()) for answer in answers),
        )


@asynccontextmanager
async def shoppers(port: int, sale: str, sockets: int, *, tls: bool = False) -> AsyncIterator[Shoppers]:
    """Client processes with `sockets` connections together."""
    each = sockets // CLIENTS
    async with AsyncExitStack() as stack:
        processes = [await stack.enter_async_context(child("loadtest.bench.shoppers")) for _ in range(CLIENTS)]
        wanted = wishes(port, sale, each, range(0, each * CLIENTS, each), tls=tls)
        await asyncio.gather(*(told(process, wish) for process, wish in zip(processes, wanted, strict=True)))
        yield Shoppers(processes)


async def measure(bench: Bench) -> Figures:
    seconds = SECONDS / 2 if bench.quick else SECONDS
    growth = []
    rates, halves = [], []
    async with servers(bench) as port:
        for sockets in (SOCKETS,) if bench.quick else GROWTH_SOCKETS:
            assert sockets * SEATS_EACH <= SEATS
            bench.step(f"holds over {sockets:,} sockets")
            sale = await stored_sale(bench, SEATS)
            async with shoppers(port, sale.id, sockets) as clients:
                full = await clients.hold(seconds)
                half = await clients.hold(seconds, full.per_s / 2)
                if sockets == SOCKETS:
                    rates.append(full)
                    halves.append(half)
                    for _ in range(bench.rounds(3) - 1):
                        rates.append(await clients.hold(seconds))
                        halves.append(await clients.hold(seconds, rates[-1].per_s / 2))
                growth.append(
                    {
                        "sockets": sockets,
                        "per_s": round(full.per_s),
                        "p50_ms": round(full.p50_ms, 1),
                        "p99_ms_at_half_load": round(half.p99_ms, 1),
                        "errors": full.errors + half.errors,
                    }
                )
    return {
        "per_s": round(middle(run.per_s for run in rates)),
        "spread": spread(run.per_s for run in rates),
        "p50_ms": round(middle(run.p50_ms for run in rates), 1),
        "half_load_per_s": round(middle(run.per_s for run in halves)),
        "p50_ms_at_half_load": round(middle(run.p50_ms for run in halves), 2),
        "p99_ms_at_half_load": round(middle(run.p99_ms for run in halves), 2),
        "errors": sum(run.errors for run in (*rates, *halves)),
        "growth": growth,
    }


def rows(figures: Figures) -> Iterator[Row]:
    yield Row(
        "holds over WebSocket, 1,000 sockets",
        "/s",
        figures["per_s"],
        35_000,
        beside=f"{figures['spread']}; {figures['errors']} errors",
    )
    yield Row(
        "… 99th percentile at half load",
        "ms",
        figures["p99_ms_at_half_load"],
        15,
        at_most=True,
        beside=f"half load: {figures['half_load_per_s']:,}/s, median {figures['p50_ms_at_half_load']} ms",
    )
    for each in figures["growth"]:
        beside = f"at half load p99 {each['p99_ms_at_half_load']} ms"
        yield Row(f"… over {each['sockets']:,} sockets", "/s", each["per_s"], beside=beside)


HOLDS_WS = Measure("holds_ws", measure, rows, Growth("sockets", "per_s", "holds a second"))
