"""Runs the measurements one after the other, and shows what came out.

The JSON answer has one key per measurement below `results`; the table puts each figure beside its target and the
baseline of the same run. A missed target is shown as missed; it does not fail the run.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import Enum

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from loadtest.bench.delivering import NOTICES_EMAIL, NOTICES_WS
from loadtest.bench.fanout import FANOUT
from loadtest.bench.frames import FRAMES_20K
from loadtest.bench.holds import HOLDS_ENGINE
from loadtest.bench.holds_ws import HOLDS_WS
from loadtest.bench.idle_sockets import IDLE_SOCKETS
from loadtest.bench.joins import JOINS_ENGINE
from loadtest.bench.machine import describe
from loadtest.bench.measure import Figures, Measure, Row, opened
from loadtest.bench.notices import NOTICES_CLAIM
from loadtest.bench.orders import ORDERS_ENGINE
from loadtest.bench.promos_list import PROMOS_LIST
from loadtest.bench.snapshots import SNAPSHOT_100K
from loadtest.bench.start_up import START_UP
from loadtest.bench.watchers import WATCHING
from loadtest.bench.worker_idle import WORKER_IDLE

PROMOS = (NOTICES_CLAIM, NOTICES_WS, NOTICES_EMAIL, PROMOS_LIST)
ENGINE = (HOLDS_ENGINE, JOINS_ENGINE, ORDERS_ENGINE, SNAPSHOT_100K)
SOCKETS = (HOLDS_WS, FANOUT, WATCHING, IDLE_SOCKETS, FRAMES_20K)
RUNNING = (START_UP, WORKER_IDLE)
MEASURES: Sequence[Measure] = (*ENGINE, *SOCKETS, *PROMOS, *RUNNING)

PLAIN_WIDTH = 130  # of a table that goes to a file


class Form(Enum):
    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


async def bench(*, quick: bool, form: Form, only: Sequence[str]) -> None:
    """Measure, and print; `only` names the measurements wanted, all when empty."""
    chosen = [measure for measure in MEASURES if not only or measure.name in only]
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
        async with opened(quick=quick, step=lambda text: progress.update(task, description=text)) as own:
            machine = await describe(own.engine)
            for measure in chosen:
                results[measure.name] = await measure.run(own)
                progress.advance(task)
    if form is Form.JSON:
        sys.stdout.write(
            orjson.dumps({"machine": machine, "results": results}, option=orjson.OPT_INDENT_2).decode() + "\n"
        )
        return
    shown = [row for measure in chosen for row in measure.shown(results[measure.name])]
    about = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in machine.items())
    if form is Form.MARKDOWN:
        sys.stdout.write(f"{about}\n\n{markdown(shown)}\n")
        return
    console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    console.print(about, style="dim")
    console.print(table(shown))


def table(rows: Sequence[Row]) -> Table:
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("figure", no_wrap=True)
    shown.add_column("measured", justify="right", no_wrap=True)
    shown.add_column("target", justify="right", no_wrap=True)
    shown.add_column("")
    shown.add_column("beside, in the same run")
    for row in rows:
        met = {True: "[green]met[/]", False: "[yellow]missed[/]", None: ""}[row.met]
        shown.add_row(row.what, measured(row), _target(row), met, row.beside)
    return shown


def markdown(rows: Sequence[Row]) -> str:
    """The same table for docs/performance.md."""
    lines = ["| figure | measured | target | | beside, in the same run |", "|---|---:|---:|---|---|"]
    for row in rows:
        met = {True: "met", False: "**missed**", None: ""}[row.met]
        lines.append(f"| {row.what} | {measured(row)} | {_target(row)} | {met} | {row.beside} |")
    return "\n".join(lines)


def measured(row: Row) -> str:
    return "-" if row.value is None else f"{_number(row.value)} {row.unit}"


def _target(row: Row) -> str:
    return "" if row.target is None else f"{'≤' if row.at_most else '≥'} {_number(row.target)}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.2f}"
