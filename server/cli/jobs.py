"""`aforo jobs`: which worker does which job, since when, and with what result."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from server.cli.open_engine import DataDir, with_engine

if TYPE_CHECKING:
    from engine.engine import Engine
    from engine.heartbeat import JobView

COLUMNS = ("job", "state", "since", "last finished", "next due", "steps", "failures", "overruns", "worker")


def jobs(
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    data_dir: DataDir = None,
) -> None:
    """List background jobs: which worker runs each, since when, its last step, and when the next is due.

    Example: `aforo jobs`
    """

    async def do(engine: Engine) -> list[JobView]:
        from engine.heartbeat import views, workers
        from engine.jobs import jobs_of
        from server.observe.metrics import Metrics
        from server.processes.verifier import verifier

        names = [job.name for job in [*jobs_of(engine), verifier(engine, Metrics())]]
        return views(names, await workers(engine.redis), time.time())

    found = with_engine(data_dir, do)
    if as_json:
        print(json.dumps([told(each) for each in found], indent=2))
        return
    table = Table(*(Column(name, no_wrap=True) for name in COLUMNS), box=None, pad_edge=False)
    now = time.time()
    for each in found:
        table.add_row(*row(each, now))
    Console().print(table)


def told(view: JobView) -> dict[str, object]:
    beat = {} if view.beat is None else asdict(view.beat)
    worker = None if view.worker is None else view.worker.worker
    return {**beat, "name": view.name, "state": view.state, "worker": worker}


def row(view: JobView, now: float) -> list[str]:
    if view.beat is None or view.worker is None:
        return [view.name, view.state]
    beat = view.beat
    return [
        view.name,
        view.state,
        ago(now, beat.held_since),
        ago(now, beat.finished_at),
        "now" if beat.due_at is None or beat.due_at <= now else f"in {beat.due_at - now:.0f} s",
        str(beat.steps),
        str(beat.failures),
        str(beat.overruns),
        view.worker.worker,
    ]


def ago(now: float, instant: float | None) -> str:
    return "" if instant is None else f"{max(0.0, now - instant):.0f} s ago"
