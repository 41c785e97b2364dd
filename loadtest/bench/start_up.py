"""start_up: from `aforo up` on an empty folder until it serves; then again on the folder that is there now.

Beside it the two stores alone on an empty folder: the rest is Python, the schema, and processes that find each other.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp

from engine.stores.embedded import EmbeddedStores
from loadtest.bench.measure import Bench, Figures, Measure, Row, folder_of_our_own, middle
from loadtest.bench.serving import READY_S_MAX, ROOT, stopped

ADDRESS_BEFORE = b"Aforo runs at "
ROUNDS = 3
TARGET_S = 4


async def started_s(data: Path) -> float:
    """Seconds from starting the program until it answers that it is ready; it is ended again."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "up", "--port", "0", "--data-dir", str(data)),
        env={**os.environ, "AFORO_PROVIDER": "sandbox", "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_S_MAX):
            address = ""
            while not address:
                line = await process.stdout.readline()
                if not line:
                    raise RuntimeError("aforo up did not start")
                if line.startswith(ADDRESS_BEFORE):
                    address = line.removeprefix(ADDRESS_BEFORE).decode().strip()
            async with aiohttp.ClientSession() as http, http.get(f"{address}/readyz") as answer:
                assert answer.ok, answer.status
        return time.perf_counter() - began
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        await stopped(process)


async def stores_s(data: Path) -> float:
    began = time.perf_counter()
    async with EmbeddedStores(data):
        return time.perf_counter() - began


async def measure(bench: Bench) -> Figures:
    first, second, stores = [], [], []
    for _ in range(bench.rounds(ROUNDS)):
        bench.step("starting on an empty folder, and again")
        folder = folder_of_our_own()
        try:
            stores.append(await stores_s(folder / "stores"))
            first.append(await started_s(folder / "data"))
            second.append(await started_s(folder / "data"))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return {
        "empty_s": round(middle(first), 2),
        "again_s": round(middle(second), 2),
        "stores_s": round(middle(stores), 2),
    }


def rows(figures: Figures) -> Iterator[Row]:
    beside = f"the two stores alone: {figures['stores_s']} s"
    yield Row(
        "aforo up on an empty folder, until ready", "s", figures["empty_s"], TARGET_S, at_most=True, beside=beside
    )
    yield Row("… started again on its data", "s", figures["again_s"], TARGET_S, at_most=True)


START_UP = Measure("start_up", measure, rows)
