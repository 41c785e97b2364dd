"""What each kind of mishap does to a site, and how it is over: when `happens` returns, every part is in order again.

In order means that it runs and is reached; whether the sale is sound again is for others to find out.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from engine.stores.process import wait_until
from engine.stores.redis import connect
from loadtest.faults.clocks import SEEN_S
from loadtest.faults.schedule import Mishap
from loadtest.faults.site import Site

BEHIND_S = 1.0  # so much a replica lacks when it is promoted
SLOW_S = 0.05
LOSE_ONE_IN = 40
GONE_S_MAX = 30.0

Outage = Callable[[bool], Awaitable[None]]


async def happens(site: Site, mishap: Mishap, outage: Outage) -> None:
    """`outage` says whether the payment provider is away from now on."""
    match mishap.what:
        case "kill":
            await kill(site, mishap)
        case "stop":
            await stop(site, mishap)
        case "cut" | "slow" | "lose":
            await disturb(site, mishap)
        case "replace":
            await replace(site)
        case "empty":
            await empty(site)
        case "fail":
            await fail_over(site)
        case "jump":
            await jump(site, mishap)
        case "provider":
            await outage(True)
            await asyncio.sleep(mishap.seconds)
            await outage(False)
        case other:
            raise ValueError(f"{other} is no kind of mishap")


async def kill(site: Site, mishap: Mishap) -> None:
    """kill -9; a store comes back after a while, a server or worker when its supervisor has noticed."""
    pids = site.victims(mishap.whom)
    signal_all(pids[:1], signal.SIGKILL)
    if mishap.whom in ("valkey", "postgres"):
        await gone(site, mishap.whom)
        await asyncio.sleep(mishap.seconds)
        await started(site, mishap.whom)


async def stop(site: Site, mishap: Mishap) -> None:
    """As when a machine is paused: nothing is lost, and nobody answers."""
    pids = site.victims(mishap.whom)
    signal_all(pids, signal.SIGSTOP)
    try:
        await asyncio.sleep(mishap.seconds)
    finally:
        signal_all(pids, signal.SIGCONT)


async def disturb(site: Site, mishap: Mishap) -> None:
    wire = site.wires[mishap.whom]
    match mishap.what:
        case "cut":
            wire.cut()
        case "slow":
            wire.delay_s = SLOW_S
        case _:
            wire.lose_one_in = LOSE_ONE_IN
    try:
        await asyncio.sleep(mishap.seconds)
    finally:
        wire.mend()


async def replace(site: Site) -> None:
    """A server process is told to end, as when a new version is put in its place."""
    pid = site.victims("server")[0]
    signal_all([pid], signal.SIGTERM)
    await asyncio.to_thread(wait_until, lambda: pid not in site.victims("server"), GONE_S_MAX)


async def empty(site: Site) -> None:
    """Somebody flushes Redis in the middle of the sale."""
    client = await connect(site.stores.redis_url)
    try:
        await client.flushall()
    finally:
        await client.aclose()


async def fail_over(site: Site) -> None:
    """Valkey dies, and another takes its place that lacks the last second."""
    valkey = site.stores.valkey
    copy = await asyncio.to_thread(copied, valkey.folder)
    await asyncio.sleep(BEHIND_S)
    signal_all(site.victims("valkey"), signal.SIGKILL)
    await gone(site, "valkey")
    shutil.rmtree(valkey.folder / "appendonlydir")
    copy.rename(valkey.folder / "appendonlydir")
    await started(site, "valkey")


async def jump(site: Site, mishap: Mishap) -> None:
    """The clock of a part is set wrong; sometimes it is set right again after a while, sometimes it stays as it is."""
    clock = site.clocks[mishap.whom]
    before = clock.offset_s
    clock.set(mishap.jump_s)
    await asyncio.sleep(SEEN_S)
    if not mishap.stays:
        await asyncio.sleep(mishap.seconds)
        clock.set(before)
        await asyncio.sleep(SEEN_S)


def copied(folder: Path) -> Path:
    copy = folder.with_name(folder.name + ".copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder / "appendonlydir", copy)
    return copy


async def gone(site: Site, store: str) -> None:
    server = site.stores.valkey if store == "valkey" else site.stores.postgres
    await asyncio.to_thread(wait_until, lambda: not server.alive(), GONE_S_MAX)


async def started(site: Site, store: str) -> None:
    server = site.stores.valkey if store == "valkey" else site.stores.postgres
    await asyncio.to_thread(server.start)


def signal_all(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
