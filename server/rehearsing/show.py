"""The progress of a rehearsal in a terminal: its steps as they come."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from server.rehearsing.model import Bounds, Load, Step

BAR_CHARS = 30
REFRESH_PER_S = 4


class Show:
    """Steps appear on stderr as they are made: a table that grows in a terminal, else a line each."""

    def __init__(self, console: Console, title: str, bounds: Bounds, seconds: float) -> None:
        self._console = console
        self._title = title
        self._bounds = bounds
        self._seconds = seconds
        self._steps: list[Step] = []
        self._doing = ""
        self._bar: tuple[float, float] | None = None  # when the step began, and how long it takes
        self._live: Live | None = None

    @contextmanager
    def on_stage(self) -> Iterator[None]:
        if not self._console.is_terminal:
            self._console.print(self._title, highlight=False)
            yield
            return
        with Live(self, console=self._console, refresh_per_second=REFRESH_PER_S, transient=True) as self._live:
            yield

    def says(self, doing: str) -> None:
        self._doing, self._bar = doing, None
        if doing and self._live is None:
            self._console.print(doing, highlight=False)

    def tries(self, name: str, seconds: float) -> None:
        self._doing, self._bar = f"the room {name}", (time.monotonic(), seconds)

    def saw(self, step: Step) -> None:
        self._steps.append(step)
        if self._live is None:
            self._console.print(line_of(step), highlight=False)

    def __rich__(self) -> RenderableType:
        parts: list[RenderableType] = [Text(self._title, style="bold")]
        if self._steps:
            parts.append(table_of(self._steps, self._bounds))
        if self._bar is not None:
            began, seconds = self._bar
            bar = ProgressBar(total=seconds, completed=min(seconds, time.monotonic() - began), width=BAR_CHARS)
            parts.append(Group(Text(self._doing), bar))
        elif self._doing:
            parts.append(Text(self._doing))
        return Group(*parts)


def line_of(step: Step) -> str:
    return (
        f"{step.name}: {step.rate * 60:,.0f} a minute came in, {step.inside:,.0f} inside, "
        f"holds {step.hold_ms:,.0f} ms, purchases {step.purchase_ms:,.0f} ms: {verdict_of(step)}"
    )


def verdict_of(step: Step) -> str:
    if not step.held:
        nothing = not (step.admitted or step.holds)
        return "nobody came in" if nothing else f"too slow; {step.failures} failed" if step.failures else "too slow"
    if step.gone:
        return "held; nothing was left to sell"
    if step.reached:
        return "held"
    return "held; too few people" if step.people_short else "held; no more came in"


def table_of(steps: list[Step], bounds: Bounds) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("the room")
    for title in (
        "in a minute",
        "inside",
        "waiting",
        "hold p99",
        "purchase p99",
        "servers",
        "stores",
        "crowd",
        "others",
        "busy",
    ):
        table.add_column(title, justify="right")
    table.add_column("")
    for step in steps:
        table.add_row(
            step.name,
            f"{step.rate * 60:,.0f}",
            f"{step.inside:,.0f}",
            f"{step.waiting:,}",
            slow(step.hold_ms, bounds.hold_ms),
            slow(step.purchase_ms, bounds.purchase_ms),
            *cores_of(step.load),
            Text(verdict_of(step), style="green" if step.held else "red"),
        )
    return table


def cores_of(load: Load) -> Iterator[str]:
    """Of the servers with their worker, both stores, the crowd, and of all else on this machine."""
    for parts in (("servers", "worker"), ("valkey", "postgres"), ("crowd",), ("others",)):
        seen = [load.cores[part] for part in parts if part in load.cores]
        yield f"{sum(seen):.2f}" if seen else "-"
    yield f"{load.machine:.0%}" if load.machine else "-"


def slow(took_ms: float, bound_ms: float) -> Text:
    return Text(f"{took_ms:,.0f} ms", style="red" if took_ms > bound_ms else "")


def wire_of_step(step: Step) -> dict[str, Any]:
    return {
        "room": step.name,
        "seconds": round(step.seconds, 2),
        "admitted": step.admitted,
        "admitted_per_minute": round(step.rate * 60, 1),
        "inside": round(step.inside, 1),
        "waiting": step.waiting,
        "hold_p99_ms": round(step.hold_ms, 1),
        "purchase_p99_ms": round(step.purchase_ms, 1),
        "holds": step.holds,
        "purchases": step.purchases,
        "failures": step.failures,
        "cores": {part: round(cores, 3) for part, cores in step.load.cores.items()},
        "machine_busy": round(step.load.machine, 3),
        "loop_lag_ms": round(step.load.lag_ms, 1),
        "held": step.held,
        "gone": step.gone,
    }
