"""worker_idle: what an installation costs in which nothing happens: 1 to 10,000 open sales, nobody there.

One server process and one worker on stores of their own, with the shares of a core that each process takes; and how
late sales open whose time comes among all the others.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from loadtest.bench.idle_sales import copies, openings
from loadtest.bench.measure import Bench, Figures, Growth, Measure, Row, opened
from loadtest.bench.sales import kept_sale
from loadtest.bench.serving import serving, working
from server.observe.machine import children, cpu_s, family, missing, parents

SALES = (1, 10, 100, 1_000, 3_000, 10_000)
SALES_QUICK = (1, 20)
SEATS = 1_000
SHOPPERS_MAX = 50
MANY = 1_000
# A minute has every look in it that comes once a minute.
SECONDS, SECONDS_MANY, SECONDS_QUICK = 10.0, 60.0, 2.0
OPENINGS, OPENINGS_QUICK = 100, 5
SETTLE_S = 2.0
SETTLED_COMMANDS_PER_S = 100  # new sales are looked at for a while
SETTLE_S_MAX = 180.0
COMMANDS_PER_S_MAX, CORE_PERCENT_MAX, LATE_MS_MAX = 100, 5, 100
TRANSACTIONS = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"


@dataclass(frozen=True, slots=True)
class Reading:
    at: float
    cpu_s: dict[str, float]
    commands: int
    transactions: int


@dataclass(frozen=True, slots=True)
class Installation:
    own: Bench
    server: int
    worker: int
    postgres: int

    async def read(self) -> Reading:
        info = await self.own.engine.redis.info()
        cpu = {
            "server": cpu_s(self.server),
            "worker": cpu_s(self.worker),
            "valkey": info["used_cpu_user"] + info["used_cpu_sys"],
            "postgres": sum(map(cpu_s, family(self.postgres))),
        }
        transactions: int = await self.own.engine.db.fetchval(TRANSACTIONS)
        return Reading(time.perf_counter(), cpu, info["total_commands_processed"], transactions)


async def settled(installation: Installation) -> None:
    """Wait until what was made is kept like all the rest."""
    until = time.monotonic() + SETTLE_S_MAX
    while time.monotonic() < until:
        before = await installation.read()
        await asyncio.sleep(SETTLE_S)
        after = await installation.read()
        if after.commands - before.commands < SETTLED_COMMANDS_PER_S * SETTLE_S:
            return


async def idle(installation: Installation, sales: int, seconds: float) -> Figures:
    await settled(installation)
    before = await installation.read()
    await asyncio.sleep(seconds)
    after = await installation.read()
    passed = after.at - before.at
    return {
        "sales": sales,
        "cpu_percent": {
            name: round(100 * (spent - before.cpu_s[name]) / passed, 2) for name, spent in after.cpu_s.items()
        },
        "commands_per_s": round((after.commands - before.commands) / passed, 1),
        "transactions_per_s": round((after.transactions - before.transactions) / passed, 1),
    }


async def measure(bench: Bench) -> Figures:
    reason = missing()
    if reason is not None:
        return {"not_measured": reason}
    growth = []
    async with (
        opened(quick=bench.quick, step=bench.step) as own,
        serving(own, processes=1) as ours,
        working(own) as supervisor,
    ):
        (server,), (worker,) = children(ours.pid), children(supervisor)
        postgres = parents()[await own.engine.db.fetchval("SELECT pg_backend_pid()")]
        installation = Installation(own, server, worker, postgres)
        like = await kept_sale(own, SEATS, shoppers_max=SHOPPERS_MAX)
        made = 1
        for sales in SALES_QUICK if bench.quick else SALES:
            bench.step(f"nothing to do for {sales:,} sales")
            opening = min(OPENINGS_QUICK if bench.quick else OPENINGS, sales // 2)
            await copies(own, like.id, sales - opening - made)
            await settled(installation)
            late = await openings(own, like.id, opening) if opening else []
            made = sales
            figures = await idle(installation, sales, seconds_of(sales, quick=bench.quick))
            growth.append({**figures, "opened_late_ms": spread(late) if late else None})
    return {**growth[-1], "growth": growth}


def seconds_of(sales: int, *, quick: bool) -> float:
    if quick:
        return SECONDS_QUICK
    return SECONDS_MANY if sales >= MANY else SECONDS


def spread(late_ms: list[float]) -> dict[str, float]:
    parts = statistics.quantiles(late_ms, n=100, method="inclusive")
    return {"p50": round(parts[49], 1), "p99": round(parts[98], 1), "max": round(max(late_ms), 1)}


def rows(figures: Figures) -> Iterator[Row]:
    for at, each in enumerate(figures["growth"]):
        cpu, late = each["cpu_percent"], each["opened_late_ms"]
        sales = f"{each['sales']:,}"
        name = f"an installation with nothing to do, {sales} open sale" if at == 0 else f"… {sales} sales"
        beside = ", ".join(f"{process} {share} %" for process, share in cpu.items())
        beside += f"; {each['transactions_per_s']} transactions/s"
        yield Row(name, "% of a core", round(sum(cpu.values()), 2), CORE_PERCENT_MAX, at_most=True, beside=beside)
        yield Row("… commands of Redis", "/s", each["commands_per_s"], COMMANDS_PER_S_MAX, at_most=True)
        if late is not None:
            beside = f"50th {late['p50']} ms, latest {late['max']} ms"
            yield Row("… 99th percentile: opened late by", "ms", late["p99"], LATE_MS_MAX, at_most=True, beside=beside)


WORKER_IDLE = Measure("worker_idle", measure, rows, Growth("sales", "commands_per_s", "commands of Redis a second"))
