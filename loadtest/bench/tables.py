"""What came out, as a table for people or for docs/performance.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.table import Table

from loadtest.bench.measure import Row

MET = {True: "[green]met[/]", False: "[yellow]missed[/]", None: ""}
MET_MARKDOWN = {True: "met", False: "**missed**", None: ""}


def table(rows: Sequence[Row]) -> Table:
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("figure", no_wrap=True)
    shown.add_column("measured", justify="right", no_wrap=True)
    shown.add_column("target", justify="right", no_wrap=True)
    shown.add_column("")
    shown.add_column("beside, in the same run")
    for row in rows:
        shown.add_row(row.what, measured(row), target(row), MET[row.met], row.beside)
    return shown


def limits_table(limits: Mapping[str, str]) -> Table:
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("measurement", no_wrap=True)
    shown.add_column("limited by")
    for name, limit in limits.items():
        shown.add_row(name, limit)
    return shown


def markdown(rows: Sequence[Row], limits: Mapping[str, str]) -> str:
    """The same for docs/performance.md."""
    lines = ["| figure | measured | target | | beside, in the same run |", "|---|---:|---:|---|---|"]
    lines += [
        f"| {row.what} | {measured(row)} | {target(row)} | {MET_MARKDOWN[row.met]} | {row.beside} |" for row in rows
    ]
    if limits:
        lines += ["", "| key | limited by |", "|---|---|"]
        lines += [f"| `{name}` | {limit} |" for name, limit in limits.items()]
    return "\n".join(lines)


def measured(row: Row) -> str:
    return "-" if row.value is None else f"{number(row.value)} {row.unit}"


def target(row: Row) -> str:
    return "" if row.target is None else f"{'≤' if row.at_most else '≥'} {number(row.target)}"


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.2f}"
