"""Rows of seats made from a short description: straight or arc sections, aisles, numbering, blocks of a ring.

Pure. The stage is at the origin, y grows away from it (down on a map), one unit is about the width of a seat.
Fails with a `ValueError` that names what does not fit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from engine.catalog.inputs import SectionInput
from engine.catalog.layout import Point, Row, Section
from engine.catalog.names import row_letters
from engine.catalog.seat_refs import marked
from engine.limits import ROW_SEATS_MAX, SEATS_PER_SALE_MAX

STAGE_DEPTH = 6.0  # left free between the origin and the first section
SECTION_GAP = 4.0
AISLE = 2.0  # how wide an aisle is
_ARC_MAX = math.radians(150)  # the widest arc when we choose the radius
_CIRCLE_MAX = math.radians(358)
_MARGIN = 0.8  # from a seat to the outline of its section
_OUTLINE_STEPS = 8


@dataclass(frozen=True, slots=True)
class Placed:
    """Sections made from one description, and how far from the stage they reach."""

    sections: tuple[Section, ...]
    depth: float


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a run of seats begins, `length` units into its row."""

    x: float
    y: float
    angle: float
    curve: float


class _Numbers(TypedDict):
    number: int
    step: int
    labels: tuple[str, ...]


def place_section(section_id: str, name: str, described: SectionInput, depth: float) -> Placed:
    """Make the section, or the blocks of a ring; without a place of its own it starts at `depth`."""
    if described.blocks is not None and described.shape.kind != "arc":
        raise ValueError("blocks need `shape: arc`")
    _check_size(described)
    labels = _row_labels(described)
    if described.shape.kind == "straight":
        placed = _straight(section_id, name, described, labels, depth)
    else:
        placed = _arcs(section_id, name, described, labels, depth)
    sections = (
        marked(section, described.off, described.accessible, described.companions) for section in placed.sections
    )
    return replace(placed, sections=tuple(replace(section, focus=described.focus) for section in sections))


def _check_size(described: SectionInput) -> None:
    """Checked before any seats are made, so that nobody makes us compute millions."""
    shape = described.shape
    rows = described.rows if isinstance(described.rows, list) else [described.seats or 0] * (described.rows or 0)
    seats = sum(rows) * (described.blocks or 1)
    if described.seats is None and isinstance(described.rows, int) and shape.kind == "arc":
        longest = math.radians(shape.sweep) * ((shape.radius or 0.0) + described.rows * shape.row_gap) / shape.seat_gap
        seats = int(longest * described.rows)
    if seats > SEATS_PER_SALE_MAX:
        raise ValueError(f"has about {seats:,} seats; a sale has at most {SEATS_PER_SALE_MAX:,}")


def _row_labels(described: SectionInput) -> list[str]:
    match described.rows:
        case None:
            raise ValueError("rows are missing")
        case int(count):
            fills = described.blocks is not None or (described.shape.kind == "arc" and described.shape.sweep < 360)
            if described.seats is None and not fills:
                raise ValueError("seats are missing: say how many a row has")
        case widths:
            count = len(widths)
            if described.seats is not None or described.blocks is not None:
                raise ValueError("rows lists the seats of each row already; leave out seats and blocks")
    match described.row_labels:
        case "letters":
            return [row_letters(index) for index in range(count)]
        case "numbers":
            return [str(index + 1) for index in range(count)]
        case labels:
            if len(labels) != count:
                raise ValueError(f"row_labels has {len(labels)} entries for {count} rows")
            if len(set(labels)) != count:
                raise ValueError("row_labels names a row twice")
            return labels


def _width(described: SectionInput, index: int) -> int:
    if isinstance(described.rows, list):
        return described.rows[index]
    return described.seats or 0


def _length(described: SectionInput, seats: int) -> float:
    cuts = sum(1 for after in described.aisles if after < seats)
    return (seats - 1) * described.shape.seat_gap + cuts * AISLE


# ── straight ──


def _straight(section_id: str, name: str, described: SectionInput, labels: Sequence[str], depth: float) -> Placed:
    shape = described.shape
    across, down = math.radians(shape.turn), math.radians(shape.turn + 90)
    at = shape.at or (0.0, depth)
    rows: list[Row] = []
    half = 0.0
    for index, label in enumerate(labels):
        seats = _width(described, index)
        length = _length(described, seats)
        half = max(half, length / 2)
        back = index * shape.row_gap

        def start(
            along: float, *, back: float = back, length: float = length
        ) -> _Start:  # a seat `along` units into this row
            offset = along - length / 2
            x = at[0] + offset * math.cos(across) + back * math.cos(down)
            y = at[1] + offset * math.sin(across) + back * math.sin(down)
            return _Start(x, y, shape.turn, 0.0)

        rows += _runs(described, label, seats, start)
    deep = (len(labels) - 1) * shape.row_gap

    def corner(along: float, back: float) -> Point:
        return (
            round(at[0] + along * math.cos(across) + back * math.cos(down), 2),
            round(at[1] + along * math.sin(across) + back * math.sin(down), 2),
        )

    wide = half + _MARGIN
    outline = (
        corner(-wide, -_MARGIN),
        corner(wide, -_MARGIN),
        corner(wide, deep + _MARGIN),
        corner(-wide, deep + _MARGIN),
    )
    section = Section(section_id, name, 0, 0, tuple(rows), outline, corner(0.0, deep / 2))
    reach = depth if shape.at else at[1] + deep + SECTION_GAP
    return Placed((section,), reach)


# ── arcs ──


def _arcs(section_id: str, name: str, described: SectionInput, labels: Sequence[str], depth: float) -> Placed:
    shape = described.shape
    radius = shape.radius or _chosen_radius(described, len(labels), depth)
    blocks = described.blocks or 1
    share = math.radians(shape.sweep) / blocks
    sections = []
    # Blocks of an open ring are best in its middle.
    best_first = sorted(range(blocks), key=lambda block: 0.0 if shape.sweep == 360.0 else abs(block - (blocks - 1) / 2))
    for block in best_first:
        turned = block * share if shape.sweep == 360.0 else (block - (blocks - 1) / 2) * share
        middle = math.radians(shape.direction) + turned
        block_id, block_name = (
            (f"{section_id}-{block + 1}", f"{name} {block + 1}") if described.blocks else (section_id, name)
        )
        sections.append(_arc(block_id, block_name, described, labels=labels, radius=radius, middle=middle, share=share))
    outer = radius + (len(labels) - 1) * shape.row_gap
    return Placed(tuple(sections), depth if shape.radius else outer + SECTION_GAP)


def _chosen_radius(described: SectionInput, rows: int, depth: float) -> float:
    longest = max(
        _length(described, _width(described, index)) - index * described.shape.row_gap * _ARC_MAX
        for index in range(rows)
    )
    return max(depth, longest / _ARC_MAX)


def _arc(
    section_id: str,
    name: str,
    described: SectionInput,
    *,
    labels: Sequence[str],
    radius: float,
    middle: float,
    share: float,
) -> Section:
    shape = described.shape
    rows: list[Row] = []
    widest = 0.0
    for index, label in enumerate(labels):
        r = radius + index * shape.row_gap
        seats = _width(described, index) or int((share * r - AISLE) / shape.seat_gap) + 1
        span = _length(described, max(seats, 1)) / r
        if not 1 <= seats <= ROW_SEATS_MAX or span > _CIRCLE_MAX:
            raise ValueError(f"row {label} does not fit its arc; give it a larger radius or other seats")
        widest = max(widest, span)

        def start(along: float, *, r: float = r, span: float = span) -> _Start:
            at = middle + span / 2 - along / r
            x, y = shape.centre[0] + r * math.cos(at), shape.centre[1] + r * math.sin(at)
            return _Start(x, y, math.degrees(at) - 90, -1 / r)

        rows += _runs(described, label, seats, start)
    inner, outer = radius - _MARGIN, radius + (len(labels) - 1) * shape.row_gap + _MARGIN
    wide = widest / 2 + _MARGIN / radius

    def point(r: float, at: float) -> Point:
        return round(shape.centre[0] + r * math.cos(at), 2), round(shape.centre[1] + r * math.sin(at), 2)

    steps = [middle + wide - 2 * wide * step / _OUTLINE_STEPS for step in range(_OUTLINE_STEPS + 1)]
    outline = tuple(point(inner, at) for at in steps) + tuple(point(outer, at) for at in reversed(steps))
    return Section(section_id, name, 0, 0, tuple(rows), outline, point((inner + outer) / 2, middle))


# ── runs of a row, and the labels of their seats ──


def _runs(described: SectionInput, label: str, seats: int, start: Callable[[float], _Start]) -> list[Row]:
    cuts = sorted({after for after in described.aisles if after < seats})
    runs = []
    for nth, (first, end) in enumerate(zip([0, *cuts], [*cuts, seats], strict=True)):
        at = start(first * described.shape.seat_gap + nth * AISLE)
        runs.append(
            Row(
                label=label,
                first_seat=0,
                seats=end - first,
                x=round(at.x, 3) + 0.0,
                y=round(at.y, 3) + 0.0,
                angle=round((at.angle + 180) % 360 - 180, 4) + 0.0,
                curve=round(at.curve, 8),
                pitch=described.shape.seat_gap,
                **_numbers(described.numbers, first, end, seats, cuts),
            )
        )
    return runs


def _numbers(scheme: str, first: int, end: int, seats: int, cuts: Sequence[int]) -> _Numbers:
    """Labels of the seats first … end-1 of a row: `left` and `right` count from that side as the map shows it;
    `odd-even` counts odd numbers to the left and even ones to the right of the middle."""
    if scheme == "left":
        return _Numbers(number=first + 1, step=1, labels=())
    if scheme == "right":
        return _Numbers(number=seats - first, step=-1, labels=())
    middle = min(cuts, key=lambda cut: abs(cut - seats / 2)) if cuts else seats // 2
    if end <= middle:
        return _Numbers(number=2 * (middle - first) - 1, step=-2, labels=())
    if first >= middle:
        return _Numbers(number=2 * (first - middle) + 2, step=2, labels=())
    odd = [str(2 * (middle - seat) - 1) for seat in range(first, middle)]
    even = [str(2 * (seat - middle) + 2) for seat in range(middle, end)]
    return _Numbers(number=1, step=1, labels=(*odd, *even))
