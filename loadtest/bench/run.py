"""Runs the measurements one after the other, and shows what came out.

The JSON answer has one key per measurement below `results`; the table puts each figure beside its target and the
baseline of the same run. A missed target is shown as missed; it does not fail the run.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from engine.engine import Engine
from loadtest.bench.audit_search import AUDIT_SEARCH
from loadtest.bench.coupons import COUPONS_ENGINE
from loadtest.bench.delivering import NOTICES_EMAIL, NOTICES_WS
from loadtest.bench.entry_costs import ENTRY_COSTS
from loadtest.bench.fanout import FANOUT
from loadtest.bench.finding import FINDING
from loadtest.bench.frames import FRAMES_20K
from loadtest.bench.holds import HOLDS_ENGINE
from loadtest.bench.holds_ws import HOLDS_WS
from loadtest.bench.idle_sockets import IDLE_SOCKETS
from loadtest.bench.joins import JOINS_ENGINE
from loadtest.bench.letters import LETTERS
from loadtest.bench.limited import LIMITED
from loadtest.bench.logins import LOGINS
from loadtest.bench.measure import Bench, Figures, Measure, opened
from loadtest.bench.notices import NOTICES_CLAIM
from loadtest.bench.orders import ORDERS_ENGINE
from loadtest.bench.people import PEOPLE_KEPT
from loadtest.bench.promos_list import PROMOS_LIST
from loadtest.bench.publishing import PUBLISHING
from loadtest.bench.purchases_ws import PURCHASES_WS
from loadtest.bench.reconcile import RECONCILE
from loadtest.bench.refunds import CANCEL_EVENT, REFUNDS
from loadtest.bench.releasing import RELEASING
from loadtest.bench.report import report
from loadtest.bench.shares import limited_by, looking
from loadtest.bench.snapshots import SNAPSHOT_100K
from loadtest.bench.start_up import START_UP
from loadtest.bench.tables import limits_table, markdown, table
from loadtest.bench.tls_front import TLS_FRONT
from loadtest.bench.watchers import WATCHING
from loadtest.bench.worker_idle import WORKER_IDLE
from loadtest.chromium import check, take

ENGINE = (HOLDS_ENGINE, LIMITED, JOINS_ENGINE, ORDERS_ENGINE, COUPONS_ENGINE, SNAPSHOT_100K, ENTRY_COSTS, LOGINS)
GIVEN_BACK = (REFUNDS, CANCEL_EVENT, RECONCILE)
SOCKETS = (HOLDS_WS, PURCHASES_WS, LETTERS, TLS_FRONT, FANOUT, WATCHING, RELEASING, IDLE_SOCKETS, FRAMES_20K)
PROMOS = (NOTICES_CLAIM, NOTICES_WS, NOTICES_EMAIL, PROMOS_LIST)
RUNNING = (START_UP, WORKER_IDLE, AUDIT_SEARCH, FINDING, PEOPLE_KEPT, PUBLISHING)
MEASURES: Sequence[Measure] = (*ENGINE, *GIVEN_BACK, *SOCKETS, *PROMOS, *RUNNING)

PLAIN_WIDTH = 130  # of a table that goes to a file


class Form(Enum):
    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for; `only` names the measurements wanted, all when empty."""

    quick: bool = False
    form: Form = Form.TABLE
    only: Sequence[str] = ()
    report: Path | None = None
    picture: Path | None = None


async def bench(wish: Wish) -> None:
    """Measure, and print."""
    if wish.picture is not None:
        check()
    for path in (wish.report, wish.picture):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)  # now, not after minutes
    chosen = [measure for measure in MEASURES if not wish.only or measure.name in wish.only]
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    results: dict[str, Figures] = {}
    with progress:
        task = progress.add_task("starting the stores", total=len(chosen))
        async with opened(quick=wish.quick, step=lambda text: progress.update(task, description=text)) as own:
            machine = await describe(own.engine)
            for measure in chosen:
                results[measure.name] = await watched(measure, own)
                progress.advance(task)
    show(wish, machine, results, chosen)
    if wish.report is not None or wish.picture is not None:
        html = report(machine, results, chosen, quick=wish.quick)
        if wish.report is not None:
            wish.report.write_text(html, encoding="utf-8")
        if wish.picture is not None:
            await take(html, wish.picture)
        for path in filter(None, (wish.report, wish.picture)):
            print(f"written: {path}", file=sys.stderr)


async def watched(measure: Measure, own: Bench) -> Figures:
    """Its figures, and what limited it."""
    async with looking() as looks:
        figures = await measure.run(own)
    shares = looks.shares()
    return {**figures, "cpu_shares": shares, "limited_by": limited_by(shares, os.cpu_count() or 1)}


def show(
    wish: Wish, machine: dict[str, str | int | float], results: dict[str, Figures], chosen: Sequence[Measure]
) -> None:
    if wish.form is Form.JSON:
        answer = orjson.dumps({"machine": machine, "results": results}, option=orjson.OPT_INDENT_2)
        sys.stdout.write(answer.decode() + "\n")
        return
    rows = [row for measure in chosen for row in measure.shown(results[measure.name])]
    limits = {name: figures["limited_by"] for name, figures in results.items() if figures["limited_by"]}
    about = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in machine.items())
    if wish.form is Form.MARKDOWN:
        sys.stdout.write(f"{about}\n\n{markdown(rows, limits)}\n")
        return
    console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    console.print(about, style="dim")
    console.print(table(rows))
    if limits:
        console.print()
        console.print(limits_table(limits))


async def describe(engine: Engine) -> dict[str, str | int | float]:
    """What the figures were measured on: a figure without its machine and date is not a figure."""
    store = await engine.redis.info("server")
    postgres: str = await engine.db.fetchval("SHOW server_version")
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": processor(),
        "cores": os.cpu_count() or 1,
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "valkey": str(store.get("valkey_version") or store.get("redis_version", "?")),
        "postgres": postgres.split(maxsplit=1)[0],
    }


def processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
