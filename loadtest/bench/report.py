"""The report of a run: one HTML file that needs nothing else, in light and dark, with pictures drawn as SVG.

Pure. Every picture says in words what it shows; colours only repeat what is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from loadtest.bench.measure import Figures, Growth, Measure, Row
from loadtest.bench.tables import measured, number, target

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --paper: #fff; --faint: #59636e; --line: #d1d9e0; --met: #1a7f37;
  --missed: #b35900; --bar: #0969da; }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f6fc; --paper: #0d1117; --faint: #9198a1; --line: #3d444d;
  --met: #3fb950; --missed: #db8b1f; --bar: #4493f8; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 68rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .25rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; } figure h3 { margin-top: 0; }
p.about, figcaption, .beside { color: var(--faint); font-size: .875rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; white-space: nowrap; }
.met { color: var(--met); } .missed { color: var(--missed); font-weight: 600; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: 1.5rem; }
figure { margin: 0; } svg { width: 100%; height: auto; display: block; }
svg text { fill: currentColor; font: 12px system-ui, sans-serif; }
svg .line { stroke: var(--line); } svg .bar { fill: var(--bar); } svg .met { fill: var(--met); }
svg .missed { fill: var(--missed); }
"""
WIDTH, ROW_HEIGHT, LABEL, VALUE = 900, 26, 400, 150
TIMES_MAX = 3.0  # a bar ends at three times its target
GROWTH_WIDTH, GROWTH_HEIGHT, GROWTH_TOP, GROWTH_FOOT = 320, 170, 26, 26


def report(
    machine: Mapping[str, Any], results: Mapping[str, Figures], chosen: Sequence[Measure], *, quick: bool
) -> str:
    rows = {measure.name: list(measure.shown(results[measure.name])) for measure in chosen}
    with_target = [row for each in rows.values() for row in each if row.met is not None]
    reached = sum(row.met is True for row in with_target)
    about = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in machine.items())
    kind = " One short round: look at a whole run before you compare." if quick else ""
    parts = [
        "<h1>Aforo: what this machine bears</h1>",
        f'<p class="about">{escape(about)}</p>',
        f"<p>{reached} of {len(with_target)} targets are met.{kind}</p>",
    ]
    if with_target:
        parts += ["<h2>Beside their targets</h2>", target_bars(with_target)]
    grown = [growth_figure(each, each.growth, results[each.name]) for each in chosen if each.growth]
    if any(grown):
        parts += ["<h2>How it grows</h2>", f'<div class="grid">{"".join(grown)}</div>']
    parts += ["<h2>All figures</h2>", *(figures_table(name, each) for name, each in rows.items())]
    limits = {name: figures["limited_by"] for name, figures in results.items() if figures.get("limited_by")}
    if limits:
        parts += ["<h2>What limits each</h2>", limits_table(limits)]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Aforo: benchmark</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main>\n" + "\n".join(parts) + "\n</main></body></html>\n"
    )


def target_bars(rows: Sequence[Row]) -> str:
    """How often each figure reaches its target; longer is better, also where less is better."""
    height = ROW_HEIGHT * len(rows) + 24
    scale = (WIDTH - LABEL - VALUE) / TIMES_MAX
    parts = []
    for at, row in enumerate(rows):
        y = at * ROW_HEIGHT
        kind = "met" if row.met else "missed"
        long = max(2.0, min(times_target(row), TIMES_MAX) * scale)
        parts.append(f'<text x="0" y="{y + 17}">{escape(shortened(row.what))}</text>')
        parts.append(f'<rect class="{kind}" x="{LABEL}" y="{y + 5}" width="{long:.1f}" height="15" rx="2"/>')
        said = f"{measured(row)} ({target(row)})"
        parts.append(f'<text x="{WIDTH}" y="{y + 17}" text-anchor="end">{escape(said)}</text>')
    x = LABEL + scale
    parts.append(f'<line class="line" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height - 20}"/>')
    parts.append(f'<text x="{x:.1f}" y="{height - 6}" text-anchor="middle">target</text>')
    label = f"Bars of {len(rows)} figures beside their targets; the table below has the same numbers."
    return figure(
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{"".join(parts)}</svg>',
        f"Longer is better: at the line the target is just met, and a bar ends at {TIMES_MAX:g} times its target.",
    )


def times_target(row: Row) -> float:
    assert row.value is not None, "it was measured"
    assert row.target is not None, "only figures with a target are drawn"
    if row.at_most:
        return row.target / row.value if row.value else TIMES_MAX
    return row.value / row.target if row.target else TIMES_MAX


def shortened(text: str, chars_max: int = 62) -> str:
    return text if len(text) <= chars_max else text[: chars_max - 1] + "…"


def growth_figure(measure: Measure, growth: Growth | None, figures: Figures) -> str:
    """A bar for each size."""
    sizes = figures.get("growth", ())
    if growth is None or len(sizes) < 2:
        return ""
    values = [float(each[growth.figure]) for each in sizes]
    names = [f"{each[growth.size]:,}" for each in sizes]
    top = max(values) or 1.0
    step = GROWTH_WIDTH / len(values)
    room = GROWTH_HEIGHT - GROWTH_TOP - GROWTH_FOOT
    base = GROWTH_HEIGHT - GROWTH_FOOT
    parts = [f'<line class="line" x1="0" x2="{GROWTH_WIDTH}" y1="{base}" y2="{base}"/>']
    for at, (name, value) in enumerate(zip(names, values, strict=True)):
        middle, tall = step * (at + 0.5), max(1.0, room * value / top)
        parts.append(
            f'<rect class="bar" x="{middle - step * 0.3:.1f}" y="{base - tall:.1f}" width="{step * 0.6:.1f}" '
            f'height="{tall:.1f}" rx="2"/>'
        )
        parts.append(f'<text x="{middle:.1f}" y="{base - tall - 6:.1f}" text-anchor="middle">{number(value)}</text>')
        parts.append(f'<text x="{middle:.1f}" y="{base + 17}" text-anchor="middle">{name}</text>')
    told = "; ".join(f"{name}: {number(value)}" for name, value in zip(names, values, strict=True))
    what = f"{growth.unit} by {growth.size.replace('_', ' ')}"
    picture = (
        f'<svg viewBox="0 0 {GROWTH_WIDTH} {GROWTH_HEIGHT}" role="img" aria-label="{escape(f"{what}: {told}")}">'
        f"{''.join(parts)}</svg>"
    )
    return figure(f"<h3>{escape(measure.name)}</h3>{picture}", escape(what))


def figure(picture: str, caption: str) -> str:
    return f"<figure>{picture}<figcaption>{caption}</figcaption></figure>"


def figures_table(name: str, rows: Iterable[Row]) -> str:
    body = "".join(
        f'<tr><td>{escape(row.what)}</td><td class="number">{escape(measured(row))}</td>'
        f'<td class="number">{escape(target(row))}</td><td>{verdict(row)}</td>'
        f'<td class="beside">{escape(row.beside)}</td></tr>'
        for row in rows
    )
    heads = (
        '<tr><th scope="col">figure</th><th scope="col" class="number">measured</th>'
        '<th scope="col" class="number">target</th><th scope="col">met?</th>'
        '<th scope="col">beside, in the same run</th></tr>'
    )
    return f'<h3>{escape(name)}</h3><div class="wide"><table><thead>{heads}</thead><tbody>{body}</tbody></table></div>'


def verdict(row: Row) -> str:
    if row.met is None:
        return ""
    return '<span class="met">met</span>' if row.met else '<span class="missed">missed</span>'


def limits_table(limits: Mapping[str, str]) -> str:
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(limit)}</td></tr>' for name, limit in limits.items()
    )
    return (
        '<p class="about">Shares of one core while most was going on; the clients share the machine with the rest.</p>'
        f'<div class="wide"><table><tbody>{body}</tbody></table></div>'
    )
