"""Line charts as SVG text: several series over a common axis, with a legend, readable in light and dark.

Pure. A series is a list of (x, y); what has no points is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 640, 240
LEFT, TOP, RIGHT, BOTTOM = 58, 30, 150, 30
COLOURS = ("#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df", "#0e7490", "#bf3989", "#57606a", "#bc4c00", "#2da44e")
LEGEND_LINES_MAX = 11
STEPS = 4

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture: `unit` is shown with the title, `x_unit` at the end of the axis below."""

    title: str
    unit: str
    series: Mapping[str, Points]
    x_unit: str = "min"
    marks: Mapping[str, float] | None = None  # upright lines with a word: where a warm-up ended


def nice_ceiling(value: float) -> float:
    """The next round number."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= value * (1 - 1e-9))


def short(value: float) -> str:
    """A number as an axis shows it."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if letter == 'k' else size):g}{letter}"
    return f"{value:g}"


def largest_first(series: Mapping[str, Points]) -> list[tuple[str, Points]]:
    drawn = [(name, points) for name, points in series.items() if points]
    return sorted(drawn, key=lambda each: -each[1][-1][1])


def svg(chart: Chart) -> str:
    """The picture by itself."""
    drawn = largest_first(chart.series)
    x_max = max((x for _, points in drawn for x, _ in points), default=1.0) or 1.0
    y_max = nice_ceiling(max((y for _, points in drawn for _, y in points), default=1.0))

    def across(x: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * x / x_max

    def up(y: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(y, y_max) / y_max

    parts = [f'<text x="{LEFT}" y="16" font-weight="bold">{escape(chart.title)} ({escape(chart.unit)})</text>']
    for step in range(STEPS + 1):
        y, x = y_max * step / STEPS, x_max * step / STEPS
        parts.append(line(LEFT, up(y), WIDTH - RIGHT, up(y)))
        parts.append(f'<text x="{LEFT - 6}" y="{up(y) + 4:.1f}" text-anchor="end">{short(y)}</text>')
        label = f"{x:.3g}" + (f" {chart.x_unit}" if step == STEPS else "")
        parts.append(f'<text x="{across(x):.1f}" y="{HEIGHT - 10}" text-anchor="middle">{escape(label)}</text>')
    for word, x in (chart.marks or {}).items():
        if 0 < x < x_max:
            parts.append(line(across(x), TOP, across(x), HEIGHT - BOTTOM, dashed=True))
            parts.append(f'<text x="{across(x) + 3:.1f}" y="{TOP + 10}" opacity="0.7">{escape(word)}</text>')
    for at, (name, points) in enumerate(drawn):
        colour = COLOURS[at % len(COLOURS)]
        path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        if at < LEGEND_LINES_MAX:
            y = TOP + 6 + 17 * at
            parts.append(f'<rect x="{WIDTH - RIGHT + 10}" y="{y - 6}" width="9" height="9" fill="{colour}"/>')
            parts.append(f'<text x="{WIDTH - RIGHT + 24}" y="{y + 3}">{escape(name)} {short_value(points)}</text>')
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="sans-serif" font-size="11" fill="currentColor">\n{body}\n</svg>'
    )


def short_value(points: Points) -> str:
    last = points[-1][1]
    return short(round(last)) if abs(last) >= 100 else f"{last:.3g}"


def line(x1: float, y1: float, x2: float, y2: float, *, dashed: bool = False) -> str:
    style = ' stroke-dasharray="4 3"' if dashed else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="currentColor" '
        f'stroke-opacity="0.25"{style}/>'
    )
