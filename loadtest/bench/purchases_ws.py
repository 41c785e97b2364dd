"""Whole purchases over WebSocket, end to end: connect, hello, watch, enter, hold, change, checkout until paid.

Server processes, client processes and stores on this machine, with a worker that hashes keys. Each purchase is a new
buyer's on a new socket, who sees every seat that changes meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

from loadtest.bench.buyers import SEATS_EACH
from loadtest.bench.measure import Bench, Figures, Measure, Row, middle, spread
from loadtest.bench.sales import stored_sale
from loadtest.bench.serving import child, servers, told, wishes, working
from loadtest.bench.shares import Spending
from server.observe.machine import missing

SEATS = 100_000
SOCKETS = 500
CLIENTS = 2
SECONDS = 4.0
CPU_MS_MAX = 1.2
SPENDERS = {"server": "server", "postgres": "Postgres", "valkey": "Valkey", "worker": "worker", "clients": "clients"}
SEALED = "SELECT count(*) FROM orders WHERE key_hash LIKE 'sealed:%'"


async def one_round(bench: Bench, port: int, sockets: int, seconds: float, *, tls: bool = False) -> dict[str, Any]:
    """A sale of its own, so that seats never run out."""
    sale = await stored_sale(bench, SEATS)
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(child("loadtest.bench.buyers")) for _ in range(CLIENTS)]
        firsts = range(0, SEATS, SEATS // CLIENTS)
        wanted = wishes(port, sale.id, sockets // CLIENTS, firsts, tls=tls)
        await asyncio.gather(*(told(client, wish) for client, wish in zip(clients, wanted, strict=True)))
        spending = None if missing() else Spending()
        answers = await asyncio.gather(*(told(client, {"seconds": seconds}) for client in clients))
        spent = spending.so_far() if spending else {}
    bought = sum(answer["all"] for answer in answers)
    asks = {do for answer in answers for do in answer["ms"]}
    return {
        "per_s": sum(answer["bought"] / answer["seconds"] for answer in answers),
        "errors": sum(sum(answer["errors"].values()) for answer in answers),
        "cpu_ms": {role: 1000 * seconds / max(bought, 1) for role, seconds in spent.items()},
        "ms": {do: sorted(ms for answer in answers for ms in answer["ms"].get(do, ())) for do in asks},
    }


async def measure(bench: Bench) -> Figures:
    async with working(bench), servers(bench) as port:
        runs = []
        for _ in range(bench.rounds(3)):
            bench.step(f"purchases over {SOCKETS} sockets")
            runs.append(await one_round(bench, port, SOCKETS, SECONDS / 2 if bench.quick else SECONDS))
        sealed = await bench.engine.db.fetchval(SEALED)
    last = runs[-1]["ms"]
    return {
        "per_s": round(middle(run["per_s"] for run in runs)),
        "spread": spread(run["per_s"] for run in runs),
        "sockets": SOCKETS,
        "seats_each": SEATS_EACH,
        "errors": sum(run["errors"] for run in runs),
        "cpu_ms": cpu_ms_of(runs),
        "p50_ms": {do: round(ms[len(ms) // 2], 1) for do, ms in sorted(last.items()) if ms},
        "keys_still_sealed": sealed,
    }


def cpu_ms_of(runs: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Processor time of one purchase by who spent it. A worker that hashes keys takes what is left over."""
    return {name: round(middle(run["cpu_ms"].get(role, 0.0) for run in runs), 2) for name, role in SPENDERS.items()}


def rows(figures: Figures) -> Iterator[Row]:
    asks = ", ".join(
        f"{do} {figures['p50_ms'][do]}" for do in ("hold", "change", "checkout") if do in figures["p50_ms"]
    )
    beside = f"{figures['spread']}; {figures['errors']} errors; medians: {asks} ms"
    yield Row(
        f"whole purchases over WebSocket, {figures['sockets']} sockets", "/s", figures["per_s"], 1_000, beside=beside
    )
    cpu_ms = figures["cpu_ms"]
    if cpu_ms["server"]:
        others = ", ".join(f"{who} {cpu_ms[who]}" for who in cpu_ms if who != "server")
        yield Row(
            "processor of the server, each such purchase",
            "ms",
            cpu_ms["server"],
            CPU_MS_MAX,
            at_most=True,
            beside=f"{others} ms; the worker's is mostly argon2 of keys",
        )


PURCHASES_WS = Measure("purchases_ws", measure, rows)
