"""fanout: one small frame to many sockets, per second of the sender's processor; beside the limit and other servers.

Ours is a whole server process: a seat changes in Redis, comes by the feed, is merged, encoded, and written to everybody
who watches. All others only send bytes that are ready. The next frame goes out once every socket has the last.
"""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from engine.ids import new_buyer
from engine.onsale.model import Release, SeatsHold
from engine.onsale.sale import Sale
from engine.refusals import accept
from loadtest.bench.measure import Bench, Figures, Growth, Measure, Row
from loadtest.bench.sales import HOLDS_PER_BUYER, stored_sale
from loadtest.bench.serving import ROOT, NotStarted, child, free_port, serving, stopped, takes_connections, told
from server.observe.machine import children, cpu_s, missing

SOCKETS = 1_000
GROWTH_SOCKETS = (100, 1_000, 5_000)
ROUNDS = 12  # frames to everybody, one after the other
SPELLS, SPELLS_QUICK = 5, 1  # so many times ROUNDS; the best one counts, because others use the machine too
WARM_UP = 3
SEATS = 1_000
# Who hold seats, and which: makes a frame of a hundred bytes.
PARTIES = [(new_buyer(), tuple(range(first, first + HOLDS_PER_BUYER))) for first in range(300, 312, HOLDS_PER_BUYER)]
ANSWER_S_MAX = 120.0
OF_LIMIT_TARGET = 0.7
OF_BEST_TARGET = 0.85
RIVALS = "loadtest.bench.rivals"
RAW = "raw"
NODE_MODULES = ROOT / "web" / "node_modules"


def rivals() -> dict[str, Sequence[str] | None]:
    """What starts each of them; None where it is not installed."""
    node = shutil.which("node")
    script = Path(__file__).with_name("rivals") / "node_ws.mjs"
    return {
        RAW: module("raw_sends"),
        "uWebSockets": module("uws_publish") if importlib.util.find_spec("socketify") else None,
        "node ws": [node, str(script), str(NODE_MODULES)] if node and (NODE_MODULES / "ws").is_dir() else None,
        "websockets.broadcast": module("websockets_broadcast") if importlib.util.find_spec("websockets") else None,
    }


def module(name: str) -> Sequence[str]:
    return [sys.executable, "-m", f"{RIVALS}.{name}"]


@asynccontextmanager
async def running(command: Sequence[str]) -> AsyncIterator[tuple[int, int]]:
    """A rival's port and process, once it takes connections."""
    port = free_port()
    quiet = asyncio.subprocess.DEVNULL
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PORT": str(port)}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=environment, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    )
    try:
        await takes_connections(port, process)
        yield port, process.pid
    finally:
        await stopped(process)


async def of_rival(command: Sequence[str], sockets: int, spells: int) -> int:
    """Frames sent per second of its processor."""
    async with running(command) as (port, pid), child("loadtest.bench.receivers") as crowd, limit():
        await told(crowd, {"port": port, "sockets": sockets})
        await told(crowd, {"rounds": WARM_UP})
        spent = []
        for _ in range(spells):
            before = cpu_s(pid)
            await told(crowd, {"rounds": ROUNDS})
            spent.append(cpu_s(pid) - before)
        return round(sockets * ROUNDS / min(spent))


async def of_ours(bench: Bench, sockets: int, spells: int) -> tuple[float, int]:
    """The same of a server process of ours, and the bytes of its frame."""
    sale = await stored_sale(bench, SEATS)
    numbers = itertools.count(1)
    frame_bytes = 0

    async def rounds(count: int) -> None:
        nonlocal frame_bytes
        for number in itertools.islice(numbers, count):
            await asyncio.gather(*(change(sale, number, buyer, seats) for buyer, seats in PARTIES))
            frame_bytes = await told(crowd, {"until": number * sockets})

    async with serving(bench, processes=1) as ours, child("loadtest.bench.receivers") as crowd, limit():
        await told(crowd, {"port": ours.port, "sockets": sockets, "sale": sale.id})
        (pid,) = children(ours.pid)
        await rounds(WARM_UP)
        spent = []
        for _ in range(spells):
            before = cpu_s(pid)
            await rounds(ROUNDS)
            spent.append(cpu_s(pid) - before)
        return sockets * ROUNDS / min(spent), frame_bytes


async def change(sale: Sale, number: int, buyer: str, seats: tuple[int, ...]) -> None:
    """Hold, and the next time give back."""
    if number % 2:
        accept(await sale.hold(SeatsHold(buyer, f"h{number}", seats)))
    else:
        accept(await sale.release(Release(buyer, f"r{number}")))


def limit() -> asyncio.Timeout:
    """A lost frame must not block the bench for ever."""
    return asyncio.timeout(ANSWER_S_MAX)


async def at_size(bench: Bench, sockets: int) -> Figures:
    spells = SPELLS_QUICK if bench.quick else SPELLS
    per_cpu_s, frame_bytes = await of_ours(bench, sockets, spells)
    found, absent = {}, []
    for name, command in rivals().items():
        try:
            if command is None:
                raise NotStarted
            found[name] = await of_rival(command, sockets, spells)
        except NotStarted:
            absent.append(name)
    raw = found.pop(RAW)
    return {
        "sockets": sockets,
        "frame_bytes": frame_bytes,
        "per_cpu_s": round(per_cpu_s),
        "raw_per_cpu_s": raw,
        "of_limit": round(per_cpu_s / raw, 2),
        "rivals_per_cpu_s": found,
        "not_installed": absent,
    }


async def measure(bench: Bench) -> Figures:
    reason = missing()
    if reason is not None:
        return {"not_measured": reason}
    growth = []
    for sockets in (SOCKETS,) if bench.quick else GROWTH_SOCKETS:
        bench.step(f"one frame to {sockets:,} sockets")
        growth.append(await at_size(bench, sockets))
    (usual,) = (each for each in growth if each["sockets"] == SOCKETS)
    return {**usual, "growth": growth}


def rows(figures: Figures) -> Iterator[Row]:
    raw = f"only the system call: {figures['raw_per_cpu_s']:,}"
    yield Row(
        f"{figures['frame_bytes']} bytes to {figures['sockets']:,} sockets, per CPU second",
        "/s",
        figures["per_cpu_s"],
        beside=raw,
    )
    best, rival = max(((each, name) for name, each in figures["rivals_per_cpu_s"].items()), default=(None, ""))
    if best is not None:
        of_best = round(figures["per_cpu_s"] / best, 2)
        yield Row("… of what the best of the others reaches", "x", of_best, OF_BEST_TARGET, beside=f"{rival}: {best:,}")
    yield Row("… of what the system call alone reaches", "x", figures["of_limit"], OF_LIMIT_TARGET)
    for name, per_cpu_s in figures["rivals_per_cpu_s"].items():
        yield Row(f"… {name}", "/s", per_cpu_s)
    for name in figures["not_installed"]:
        yield Row(f"… {name}", "", None, beside="not installed")
    for each in figures["growth"]:
        others = ", ".join(f"{name} {per_cpu_s:,}" for name, per_cpu_s in each["rivals_per_cpu_s"].items())
        beside = f"only the system call: {each['raw_per_cpu_s']:,}; {others}"
        yield Row(f"… to {each['sockets']:,} sockets", "/s", each["per_cpu_s"], beside=beside)


FANOUT = Measure("fanout", measure, rows, Growth("sockets", "per_cpu_s", "frames per CPU second"))
