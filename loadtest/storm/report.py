"""What came of a storm, as text, JSON and a picture."""

from __future__ import annotations

import math
from html import escape
from io import StringIO
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from crowd.histogram import PERCENTILES
from crowd.tally import Tally
from loadtest.storm.run import Result

WIDTH_CHARS = 110
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 900, 480, 70, 50, 190, 60
NINES = 4  # the picture ends at 99.99 %
COLOURS = ("#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df", "#0e7490", "#bf3989", "#57606a", "#bc4c00", "#2da44e")


def wire_of(result: Result) -> str:
    outcome, wish = result.outcome, result.wish
    told: dict[str, Any] = {
        "scenario": wish.scenario.name,
        "seed": wish.seed,
        "sockets": wish.sockets,
        "sale": result.sale,
        "seconds": round(outcome.seconds, 2),
        "answers": outcome.tally.answers,
        "answers_per_s": round(outcome.tally.answers / outcome.seconds, 1),
        "visits": outcome.visits,
        "gave_up": outcome.gave_up,
        "client_kib_per_socket": round(outcome.memory_kib / wish.sockets, 1),
        "took_ms": {
            name: {f"p{percent:g}": each.percentile_ms(percent) for percent in PERCENTILES} | {"count": each.count}
            for name, each in sorted(outcome.tally.took.items())
        },
        "refused": dict(outcome.tally.refused.most_common()),
        "failed": dict(outcome.tally.failed.most_common()),
        "audit": {"wrong": result.findings.wrong, "unseen": result.findings.unseen, **result.findings.seen},
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()


def as_text(result: Result) -> str:
    outcome = result.outcome
    out = StringIO()
    console = Console(file=out, width=WIDTH_CHARS)
    per_s = outcome.tally.answers / outcome.seconds
    console.print(
        f"{outcome.visits:,} visits, {outcome.tally.answers:,} answers in {outcome.seconds:.1f} s: {per_s:,.0f}/s; "
        f"{outcome.memory_kib / result.wish.sockets:,.0f} KiB of client memory a socket",
        highlight=False,
    )
    console.print(latencies(outcome.tally))
    for title, counted in (("refused", outcome.tally.refused), ("failed", outcome.tally.failed)):
        if counted:
            listed = ", ".join(f"{name} {count:,}" for name, count in counted.most_common())
            console.print(f"{title}: {listed}", highlight=False)
    console.print(audit_text(result), highlight=False)
    return out.getvalue().rstrip()


def audit_text(result: Result) -> str:
    found = result.findings
    seen = ", ".join(f"{count:,} {name}" for name, count in found.seen.items())
    lines = [f"audit of {result.sale} ({seen}): {'all is as it was told' if not found.wrong else 'BROKEN'}"]
    lines += [f"  {each}" for each in found.wrong[:50]]
    lines += [f"  ({each})" for each in found.unseen]
    return "\n".join(lines)


def latencies(tally: Tally) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("ms")
    table.add_column("count", justify="right")
    for percent in PERCENTILES:
        table.add_column("longest" if percent == 100 else f"{percent:g} %", justify="right")
    for name, each in sorted(tally.took.items()):
        row = [f"{each.percentile_ms(percent):,.1f}" for percent in PERCENTILES]
        table.add_row(name, f"{each.count:,}", *row)
    return table


# ── the picture ──


def picture_of(tally: Tally, title: str) -> str:
    """Latency by percentile, both axes logarithmic, as HdrHistogram's plots are; a line per kind of ask."""
    drawn = [(name, each) for name, each in sorted(tally.took.items()) if each.count > 1]
    longest_ms = max((each.percentile_ms(100) for _, each in drawn), default=1.0)
    decades = max(1, math.ceil(math.log10(max(longest_ms, 1.0)))) + 1  # from 0.1 ms on
    parts = [*frame_parts(title, decades)]
    for at, (name, each) in enumerate(drawn):
        colour = COLOURS[at % len(COLOURS)]
        points = " ".join(f"{across(share):.1f},{up(ms, decades):.1f}" for share, ms in each.curve())
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.8"/>')
        y = TOP + 8 + 18 * at
        parts.append(f'<rect x="{WIDTH - RIGHT + 14}" y="{y - 8}" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 30}" y="{y + 1}">{escape(name)} ({each.count:,})</text>')
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="sans-serif" font-size="12" fill="#24292f">\n<rect width="100%" height="100%" fill="white"/>\n'
        f"{body}\n</svg>\n"
    )


def frame_parts(title: str, decades: int) -> list[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [f'<text x="{LEFT}" y="28" font-size="16" font-weight="bold">{escape(title)}</text>']
    for nines in range(NINES + 1):
        share = 1 - 10**-nines
        x = across(share)
        label = "0 %" if nines == 0 else f"{100 * share:g} %"
        parts.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}" stroke="#d0d7de"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{label}</text>')
    for decade in range(decades + 1):
        ms = 10 ** (decade - 1)
        y = up(ms, decades)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="#d0d7de"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{ms:g} ms</text>')
    parts.append(f'<text x="{(LEFT + right) / 2}" y="{bottom + 42}" text-anchor="middle">answered within</text>')
    return parts


def across(share: float) -> float:
    nines = min(NINES, -math.log10(max(1 - share, 10**-NINES)))
    return LEFT + (WIDTH - RIGHT - LEFT) * nines / NINES


def up(ms: float, decades: int) -> float:
    height = min(decades, max(0.0, math.log10(max(ms, 0.1)) + 1))
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * height / decades
