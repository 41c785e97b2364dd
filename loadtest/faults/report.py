"""What came of a run of the harness, as text and JSON."""

from __future__ import annotations

from io import StringIO

import orjson
from rich.console import Console
from rich.table import Table

from loadtest.faults.run import Report

WIDTH_CHARS = 110


def as_text(report: Report) -> str:
    out = StringIO()
    console = Console(file=out, width=WIDTH_CHARS)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("mishap")
    for name in ("at", "lasted", "a purchase after", "sound after"):
        table.add_column(name, justify="right")
    for each in report.episodes:
        buys = "never" if each.buys_s is None else f"{each.buys_s:.1f} s"
        sound = f"{each.sound_s:.1f} s" if not each.wrong else "[red]not[/]"
        table.add_row(each.mishap.kind, f"{each.at_s:.0f} s", f"{each.lasted_s:.1f} s", buys, sound)
    console.print(table)
    tally = report.outcome.tally
    console.print(
        f"seed {report.seed}: {len(report.episodes)} mishaps, {report.outcome.visits:,} visits, "
        f"{tally.answers:,} answers, {report.purchases:,} purchases, "
        f"{sum(tally.failed.values()):,} asks that failed and were asked again",
        highlight=False,
    )
    verdict = "every invariant held, and everybody has what they were told" if not report.wrong else "BROKEN:"
    console.print("\n".join([verdict, *(f"  {each}" for each in report.wrong[:50])]), highlight=False, markup=False)
    return out.getvalue().rstrip()


def as_json(report: Report) -> str:
    told = {
        "seed": report.seed,
        "mishaps": [
            {
                "kind": each.mishap.kind,
                "at_s": round(each.at_s, 2),
                "lasted_s": round(each.lasted_s, 2),
                "purchase_after_s": None if each.buys_s is None else round(each.buys_s, 2),
                "sound_after_s": round(each.sound_s, 2),
                "wrong": each.wrong,
            }
            for each in report.episodes
        ],
        "visits": report.outcome.visits,
        "purchases": report.purchases,
        "gave_up": report.outcome.gave_up,
        "failed": report.outcome.tally.failed,
        "wrong": report.wrong,
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()
