"""What came of a run beyond one machine, as text and JSON."""

from __future__ import annotations

from dataclasses import asdict
from io import StringIO
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from crowd.tally import Tally
from loadtest.growth import cluster, groups

WIDTH_CHARS = 120
WRONG_TOLD_MAX = 50
BACK = ("back after bye", "back after loss")


def cluster_as_text(report: cluster.Report) -> str:
    table = headed(
        "primary of", "served after", "bought after", "sound after", "back as replica", "others, longest visit"
    )
    for each in report.deaths:
        lost = f" ({each.behind_bytes:,} bytes behind)" if each.behind_bytes else ""
        keeper = ", and the keeper's lease" if each.with_keeper else ""
        table.add_row(
            f"{each.sale}{keeper}{lost}",
            f"{each.served_s:.1f} s",
            f"{each.bought_s:.1f} s",
            f"{each.sound_s:.1f} s",
            f"{each.back_s:.1f} s",
            f"{each.others_longest_s:.1f} s; calm {each.calm_longest_s:.1f} s",
        )
    summary = (
        f"seed {report.seed}, node timeout {report.node_timeout_ms:,} ms: {len(report.deaths)} primaries killed, "
        f"{report.visits:,} visits, {report.answers:,} answers, {report.purchases:,} purchases"
    )
    return shown(table, summary, report.wrong)


def groups_as_text(report: groups.Report) -> str:
    table = headed("group", "ended after", "tried again", "longest visit", "ready again", "has buyers again")
    for each in report.episodes:
        table.add_row(
            each.what,
            f"{each.lasted_s:.1f} s",
            ", ".join(f"{name} {count}" for name, count in each.failed.items()) or "nothing",
            f"{each.longest_s:.1f} s; calm {each.calm_longest_s:.1f} s",
            f"{each.ready_s:.1f} s",
            f"{each.balanced_s:.1f} s",
        )
    back = [
        f"{name}: {took['count']:,}, half within {took['p50_ms']:.0f} ms, all within {took['max_ms']:.0f} ms"
        for name, took in back_of(report.tally).items()
    ]
    summary = (
        f"seed {report.seed}: {report.sockets:,} sockets, {report.visits:,} visits, {report.purchases:,} purchases, "
        f"{report.gave_up} gave up"
    )
    return shown(table, "\n".join([*back, summary]), report.wrong)


def headed(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def shown(table: Table, summary: str, wrong: list[str]) -> str:
    out = StringIO()
    console = Console(file=out, width=WIDTH_CHARS)
    console.print(table)
    console.print(summary, highlight=False, markup=False)
    verdict = "every invariant held, and everybody has what they were told" if not wrong else "BROKEN:"
    lines = [verdict, *(f"  {each}" for each in wrong[:WRONG_TOLD_MAX])]
    console.print("\n".join(lines), highlight=False, markup=False)
    return out.getvalue().rstrip()


def back_of(tally: Tally) -> dict[str, dict[str, float]]:
    """How long coming back took, by why one had to."""
    found = ((name, tally.took[name]) for name in BACK if name in tally.took)
    return {
        name: {
            "count": took.count,
            "p50_ms": round(took.percentile_ms(50), 1),
            "p99_ms": round(took.percentile_ms(99), 1),
            "max_ms": round(took.percentile_ms(100), 1),
        }
        for name, took in found
    }


def cluster_as_json(report: cluster.Report) -> str:
    return as_json(asdict(report))


def groups_as_json(report: groups.Report) -> str:
    told = {
        "seed": report.seed,
        "sockets": report.sockets,
        "episodes": [asdict(each) for each in report.episodes],
        "back": back_of(report.tally),
        "failed": report.tally.failed,
        "visits": report.visits,
        "purchases": report.purchases,
        "gave_up": report.gave_up,
        "wrong": report.wrong,
    }
    return as_json(told)


def as_json(told: dict[str, Any]) -> str:
    return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()
