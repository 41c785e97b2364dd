"""releasing: how long it takes until seats that were withheld are on the maps of everybody who watches.

Counted from before the release is asked for until the bytes are with the socket's process: the transaction, the script,
the feed, the merge, and the turn of the last socket.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack

from engine.audit import Act
from engine.catalog import Allocation
from engine.catalog.names import row_letters
from engine.limits import MERGE_MS
from engine.onsale.sale import Sale
from loadtest.bench.measure import Bench, Figures, Growth, Measure, Row, middle
from loadtest.bench.sales import stored_sale
from loadtest.bench.serving import child, servers, told
from loadtest.bench.watchers import CLIENTS, percentile

SEATS = 20_000
ROW_SEATS = 100
WITHHELD = 10_000
WATCHERS, WATCHERS_QUICK = 5_000, 1_000
GROWTH_SEATS = (100, 1_000, WITHHELD)
ROUNDS = 5
LAST_NEWS_S = 2.0
TARGET_MS = 200


async def released(bench: Bench, sale: Sale, name: str, rows: int) -> dict[int, float]:
    """Withhold so many rows, and release them; when each seat was asked to be free."""
    catalog = bench.engine.catalog
    act = Act(await bench.engine.access.first_organizer() or "", "bench")
    wanted = {"name": name, "purpose": "house", "seats": {"hall": [row_letters(row) for row in range(rows)]}}
    made = await catalog.allocations.make(act, sale.id, wanted)
    assert isinstance(made, Allocation), made
    await asyncio.sleep(LAST_NEWS_S)  # everybody knows
    began = time.perf_counter()
    assert isinstance(await catalog.allocations.release(act, sale.id, made.id), Allocation)
    return dict.fromkeys(made.seats, began)


async def at_size(bench: Bench, sale: Sale, clients: list[asyncio.subprocess.Process], rows: int) -> Figures:
    p99, longest, unseen = [], [], 0
    for turn in range(bench.rounds(ROUNDS)):
        sent = await released(bench, sale, f"{rows} rows {turn}", rows)
        await asyncio.sleep(LAST_NEWS_S)
        took: Counter[int] = Counter()
        for answer in await asyncio.gather(*(told(each, {"sent": list(sent.items())}) for each in clients)):
            took.update(dict(answer))
        p99.append(percentile(took, 99))
        longest.append(max(took, default=0))
        unseen += len(sent) - round(took.total() / watchers_of(bench))
    return {
        "seats": rows * ROW_SEATS,
        "p99_ms": middle(p99),
        "longest_ms": max(longest),
        "seats_unseen": unseen,
    }


def watchers_of(bench: Bench) -> int:
    return WATCHERS_QUICK if bench.quick else WATCHERS


async def measure(bench: Bench) -> Figures:
    sale = await stored_sale(bench, SEATS)
    watchers, address = watchers_of(bench), secrets.randbelow(200)
    growth = []
    async with servers(bench) as port, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(child("loadtest.bench.watching")) for _ in range(CLIENTS)]
        ask = {"port": port, "sockets": watchers // CLIENTS, "sale": sale.id}
        await asyncio.gather(*(told(each, {**ask, "address": address + at}) for at, each in enumerate(clients)))
        for seats in GROWTH_SEATS:
            bench.step(f"{seats:,} seats released onto {watchers:,} maps")
            growth.append(await at_size(bench, sale, clients, seats // ROW_SEATS))
    return {"watchers": watchers, **growth[-1], "growth": growth}


def rows(figures: Figures) -> Iterator[Row]:
    yield Row(
        f"{figures['seats']:,} seats released onto {figures['watchers']:,} maps, p99",
        "ms",
        figures["p99_ms"],
        TARGET_MS if figures["watchers"] == WATCHERS else None,
        at_most=True,
        beside=f"merging: up to {MERGE_MS} ms; longest {figures['longest_ms']} ms, unseen: {figures['seats_unseen']:,}",
    )
    for each in figures["growth"]:
        yield Row(f"… {each['seats']:,} seats", "ms", each["p99_ms"], beside=f"longest {each['longest_ms']} ms")


RELEASING = Measure("releasing", measure, rows, Growth("seats", "p99_ms", "ms, 99th percentile"))
