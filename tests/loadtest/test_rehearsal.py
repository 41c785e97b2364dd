"""`aforo rehearse` on a running installation: what it finds, what it leaves alone, how it ends when it is cut short."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from engine.audit import Act
from engine.engine import Engine
from engine.settings import Settings
from engine.stores.keys import SALE_KEYS
from loadtest.target import Target
from server.cli.rehearsing import apply
from server.rehearsing.model import RehearsalFault, Room
from tests.loadtest.rehearsed import advised, kept, sale_of

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
MANY_S = 60.0
TABLES_OF_SALES = """
SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'sale_id'
"""
CHARGES_OF_NO_ORDER = """
SELECT order_id FROM sandbox_charge c WHERE NOT EXISTS (SELECT FROM orders o WHERE o.id = c.order_id)
"""
SALE_KEY = re.compile(r"[^{]*\{(?P<sale>[^}]+)\}:(?P<name>\w+)")


def on(target: Target, do: Callable[[Engine], Awaitable[T]]) -> T:
    """Look into the stores of the installation."""
    assert target.data_dir is not None

    async def run() -> T:
        async with Engine.open(Settings(data_dir=target.data_dir)) as engine:
            return await do(engine)

    return asyncio.run(run())


def command(target: Target, sale: str, *arguments: str) -> list[str]:
    """Where the servers are, the data folder says."""
    return [sys.executable, "-m", "server", "rehearse", sale, "--data-dir", str(target.data_dir), *arguments]


def rehearse(target: Target, sale: str, *arguments: str, say: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(target, sale, *arguments), check=False, cwd=ROOT, capture_output=True, text=True, timeout=100, input=say
    )


Left = tuple[dict[str, list[str]], set[bytes]]


async def left(engine: Engine) -> Left:
    """What is there of shadow sales, in both stores: their own rows and keys, and whatever belongs to no sale."""
    db = engine.db
    real = {row["id"] for row in await db.fetch("SELECT id FROM sale WHERE kind <> 'rehearsal'")}
    rows = {"sale": [row["id"] for row in await db.fetch("SELECT id FROM sale WHERE kind = 'rehearsal'")]}
    for table in [row["table_name"] for row in await db.fetch(TABLES_OF_SALES)]:
        rows[table] = [
            row["sale_id"] for row in await db.fetch(f"SELECT sale_id FROM {table} WHERE sale_id IS NOT NULL")
        ]
    rows = {table: [sale for sale in sales if sale not in real] for table, sales in rows.items()}
    rows["sandbox_charge"] = [row["order_id"] for row in await db.fetch(CHARGES_OF_NO_ORDER)]
    keys = {
        key
        async for key in engine.redis.scan_iter()
        if (found := SALE_KEY.fullmatch(key.decode())) and found["name"] in SALE_KEYS and found["sale"] not in real
    }
    return {table: found for table, found in rows.items() if found}, keys


def wait_for(target: Target, what: str, is_so: Callable[[Left], bool]) -> None:
    until = time.monotonic() + MANY_S
    while not is_so(on(target, left)):
        assert time.monotonic() < until, what
        time.sleep(0.2)


def test_a_rehearsal_says_what_the_sale_bears_and_changes_nothing(target: Target) -> None:
    sale = sale_of(target)
    before = on(target, lambda engine: kept(engine, sale))
    ran = rehearse(target, sale, "--buyers", "24", "--minutes", "0.08", "--seed", "7", "--json", "--apply", say="n\n")
    assert ran.returncode in {0, 4}, ran.stderr
    told = json.loads(ran.stdout)
    assert told["now"]["is_safe"] == (ran.returncode == 0)
    assert told["broken"] == []
    assert told["steps"][0]["room"] == "as it is set"
    assert told["funnel"]["admitted"] >= told["funnel"]["orders"] > 0
    assert told["funnel"]["stock"] == 840
    assert told["safe_inflow_per_minute"] <= told["limit_per_minute"]
    assert told["now"]["settings"] == {"shoppers": 300, "per_second": 100, "claim_seconds": 30}
    assert told["recommended"]["settings"]["claim_seconds"] == 30
    assert {"crowd", "valkey"} <= told["steps"][0]["cores"].keys()
    assert "shoppers" in ran.stderr
    assert "Nothing was changed." in ran.stderr
    assert on(target, left) == ({}, set())
    assert on(target, lambda engine: kept(engine, sale)) == before
    assert (
        on(
            target,
            lambda engine: engine.db.fetchval("SELECT count(*) FROM outbox_told WHERE body ->> 'sale' = $1", sale),
        )
        == 0
    )


@pytest.mark.long
def test_a_rehearsal_that_is_cut_short_leaves_nothing(target: Target) -> None:
    running = subprocess.Popen(
        command(target, sale_of(target), "--buyers", "10", "--minutes", "5"),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(target, "carts in the shadow sale", lambda found: "cart" in found[0])
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=MANY_S)
    assert running.returncode == 130, said
    assert "cut short" in said
    assert on(target, left) == ({}, set())


def test_a_worker_removes_what_a_killed_rehearsal_left(target: Target) -> None:
    running = subprocess.Popen(
        command(target, sale_of(target), "--buyers", "5", "--minutes", "5"), cwd=ROOT, stderr=subprocess.DEVNULL
    )
    wait_for(target, "carts in the shadow sale", lambda found: "cart" in found[0])
    running.kill()
    running.wait()
    assert on(target, left)[0]["sale"]

    async def time_passes(engine: Engine) -> None:
        await engine.db.execute("UPDATE sale SET rehearsal_until = now() WHERE rehearsal_of IS NOT NULL")

    on(target, time_passes)
    wait_for(target, "a worker that removes it", lambda found: found == ({}, set()))


def test_what_can_not_be_rehearsed_is_said(target: Target) -> None:
    unknown = rehearse(target, "no-such-sale")
    assert unknown.returncode == 1
    assert "There is no sale no-such-sale" in unknown.stderr
    sale = sale_of(target)
    away = rehearse(target, sale, "--host", "http://127.0.0.1:9")
    assert away.returncode == 1, away.stderr
    assert "No server answers at 127.0.0.1:9" in away.stderr
    assert on(target, left) == ({}, set())


def test_what_is_recommended_is_written_where_it_can_be(target: Target) -> None:
    sale, over = sale_of(target), sale_of(target)

    async def does(engine: Engine) -> Any:
        organizer = await engine.access.first_organizer()
        assert organizer is not None
        by = Act(organizer, "test")
        await apply(engine, by, await advised(engine, sale, Room(123, 7, 30)), ask=False)
        changed = await engine.catalog.sale_info(sale)
        assert changed is not None
        await engine.catalog.close_early(by, over)
        with pytest.raises(RehearsalFault, match="over"):
            await apply(engine, by, await advised(engine, over, Room(123, 7, 30)), ask=False)
        return changed.room

    room = on(target, does)
    assert (room.shoppers_max, room.per_second_max, room.claim_ms) == (123, 7, 30_000)


def test_servers_of_another_installation_are_not_taken_for_ours(target: Target, tmp_path: Path) -> None:
    environment = {**os.environ, "AFORO_DATA_DIR": str(tmp_path)}
    asked = [sys.executable, "-m", "server", "rehearse", "jazz", "--host", target.base_url]
    ran = subprocess.run(asked, check=False, cwd=ROOT, capture_output=True, text=True, timeout=60, env=environment)
    assert ran.returncode == 1
    assert "aforo up" in ran.stderr
