"""worker_idle: what an installation costs in which nothing happens: 1, 10, 100 open sales, nobody there.

One server process and one worker on stores of their own, with the shares of a core that each process takes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

from loadtest.bench.measure import Bench, Figures, Measure, Row, opened
from loadtest.bench.processes import children, cpu_s, family, missing, parents
from loadtest.bench.sales import kept_sale
from loadtest.bench.serving import serving, working

SALES = (1, 10, 100)
SALES_QUICK = (1,)
SEATS = 1_000
SHOPPERS_MAX = 50
SECONDS, SECONDS_QUICK = 10.0, 2.0
SETTLE_S = 2.0
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


async def idle(installation: Installation, sales: int, seconds: float) -> Figures:
    await asyncio.sleep(SETTLE_S)
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
    seconds = SECONDS_QUICK if bench.quick else SECONDS
    async with (
        opened(quick=bench.quick, step=bench.step) as own,
        serving(own, processes=1) as ours,
        working(own) as supervisor,
    ):
        (server,), (worker,) = children(ours.pid), children(supervisor)
        postgres = parents()[await own.engine.db.fetchval("SELECT pg_backend_pid()")]
        installation = Installation(own, server, worker, postgres)
        made = 0
        for sales in SALES_QUICK if bench.quick else SALES:
            bench.step(f"nothing to do for {sales} sales")
            while made < sales:
                await kept_sale(own, SEATS, shoppers_max=SHOPPERS_MAX)
                made += 1
            growth.append(await idle(installation, sales, seconds))
    return {**growth[-1], "growth": growth}


def rows(figures: Figures) -> Iterator[Row]:
    for at, each in enumerate(figures["growth"]):
        cpu = each["cpu_percent"]
        name = f"a worker with nothing to do, {each['sales']:,} open sale" if at == 0 else f"… {each['sales']:,} sales"
        beside = (
            f"server {cpu['server']} %, Valkey {cpu['valkey']} %, Postgres {cpu['postgres']} %; "
            f"{each['commands_per_s']} commands/s, {each['transactions_per_s']} transactions/s"
        )
        yield Row(name, "% of a core", cpu["worker"], beside=beside)


WORKER_IDLE = Measure("worker_idle", measure, rows)
