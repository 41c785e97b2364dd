"""What came of a soak: a table, JSON, and a page with every curve."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from io import StringIO

import orjson
from rich.console import Console
from rich.table import Table

from loadtest.charts import Chart, svg
from loadtest.soak.judge import Finding
from loadtest.soak.run import LEVEL_AFTER_S, Result

WIDTH_CHARS = 110
UNITS = {
    "private memory": "MiB", "processor": "% of a core", "open files": "files", "connections": "open",
    "valkey memory": "MiB", "valkey keys": "keys", "valkey memory by key": "KiB", "rows": "rows",
    "table sizes": "MiB", "loop lag": "ms",
}  # fmt: skip
STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 1340px; margin: 2rem auto; padding: 0 1rem; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { padding: .15rem .7rem; text-align: right; border-bottom: 1px solid #8884; }
td:first-child, td:nth-child(2), th:first-child, th:nth-child(2) { text-align: left; }
.bad { color: #d1242f; font-weight: bold; }
"""


def word_of(each: Finding) -> str:
    if each.grows:
        return "GROWS"
    return "level" if each.judged else "not judged"


def summary(result: Result) -> str:
    done, wish = result.done, result.wish
    rounds = ", ".join(f"{count} {name}" for name, count in done.rounds.items())
    return (
        f"{wish.minutes:g} minutes, {wish.sockets} people, seed {wish.seed}: {rounds}; {done.visits:,} visits, "
        f"{done.answers:,} answers, {done.purchases:,} purchases, {sum(done.failed.values()):,} asks that failed"
    )


def as_text(result: Result) -> str:
    out = StringIO()
    console = Console(file=out, width=WIDTH_CHARS)
    console.print(summary(result), highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    table.add_column("")
    for name in ("about", "rose by", "may rise by", ""):
        table.add_column(name, justify="right")
    for each in result.findings:
        if each.judged:
            numbers = (f"{each.median:,.1f}", f"{each.rise:+,.1f}", f"{each.allowed:,.1f}")
            table.add_row(each.group, each.name, *numbers, word_of(each))
    console.print(table)
    verdict = "nothing grew that should not" if not result.wrong else "NOT SOUND:"
    console.print("\n".join([verdict, *(f"  {each}" for each in result.wrong[:50])]), highlight=False, markup=False)
    return out.getvalue().rstrip()


def wire_of(result: Result) -> str:
    told = {
        "minutes": result.wish.minutes,
        "sockets": result.wish.sockets,
        "seed": result.wish.seed,
        "rounds": dict(result.done.rounds),
        "visits": result.done.visits,
        "answers": result.done.answers,
        "purchases": result.done.purchases,
        "gave_up": result.done.gave_up,
        "failed": dict(result.done.failed),
        "wrong": result.wrong,
        "judged": [
            {
                "group": each.group,
                "name": each.name,
                "median": round(each.median, 3),
                "rise": round(each.rise, 3),
                "allowed": round(each.allowed, 3),
                "verdict": word_of(each),
            }
            for each in result.findings
        ],
        "curves": {
            group: {name: [(round(at, 1), round(value, 3)) for at, value in points] for name, points in curves.items()}
            for group, curves in result.series.groups.items()
        },
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()


def as_html(result: Result) -> str:
    """One page that needs nothing else."""
    marks = {"judged from here": result.wish.warm_s / 60}
    level = {"judged from here": max(result.wish.warm_s, LEVEL_AFTER_S) / 60}
    charts = "\n".join(
        svg(
            Chart(
                group.capitalize(),
                unit,
                {
                    name: [(at / 60, value) for at, value in points]
                    for name, points in result.series.groups.get(group, {}).items()
                },
                marks=level if group.startswith("valkey") else marks,
            )
        )
        for group, unit in UNITS.items()
    )
    rows = "\n".join(
        f"<tr><td>{escape(each.group)}</td><td>{escape(each.name)}</td><td>{each.median:,.1f}</td>"
        f"<td>{each.rise:+,.1f}</td><td>{each.allowed:,.1f}</td>"
        f'<td class="{"bad" if each.grows else ""}">{word_of(each)}</td></tr>'
        for each in result.findings
    )
    wrong = "".join(f'<li class="bad">{escape(each)}</li>' for each in result.wrong)
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Soak</title><style>{STYLE}</style>
<h1>Soak: {"sound" if not result.wrong else "not sound"}</h1>
<p>{escape(summary(result))}. {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.</p>
<ul>{wrong}</ul>
<div class="charts">
{charts}
</div>
<h2>What was judged</h2>
<table><tr><th></th><th></th><th>about</th><th>rose by</th><th>may rise by</th><th></th></tr>
{rows}
</table>
</html>
"""
