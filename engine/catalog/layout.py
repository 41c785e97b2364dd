"""What a layout is made of, and where each of its seats is.

Pure. Owns the compact form of rows kept in Postgres and sent to pages; docs/layouts.md explains it for other languages.
Guarantees: sections own runs of seat numbers without gaps, row after row; `seat_positions` is the formula of that page.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

Point = tuple[float, float]

STAGE: Point = (0.0, 0.0)  # the middle of the stage, from where a layout is measured


@dataclass(frozen=True, slots=True)
class Row:
    """An unbroken run of seats: a line or an arc that starts at its first seat.

    Two runs of one section may share a label (an aisle cuts a row in two); the labels of their seats then differ.
    """

    label: str
    first_seat: int
    seats: int
    x: float
    y: float
    angle: float = 0.0  # heading at the first seat in degrees: 0 is right, 90 is down
    curve: float = 0.0  # radians the heading turns per unit of length; 0 is a straight line
    pitch: float = 1.0  # units between two seats
    number: int = 1  # label of the first seat …
    step: int = 1  # … and what each next one adds
    labels: tuple[str, ...] = ()  # labels that don't follow a pattern
    accessible: tuple[int, ...] = ()  # positions in this run, from 0
    off: tuple[int, ...] = ()  # positions that exist but are not for sale
    companions: tuple[int, ...] = ()  # seats for whoever comes with the one in the accessible seat beside

    @property
    def spaces(self) -> dict[int, int]:
        """The seat of each companion, and the accessible seat beside it, by number; no two have the same."""
        found: dict[int, int] = {}
        for position in self.companions:
            beside = (each for each in (position - 1, position + 1) if each in self.accessible)
            space = next((each for each in beside if self.first_seat + each not in found.values()), None)
            if space is not None:
                found[self.first_seat + position] = self.first_seat + space
        return found

    def label_of(self, position: int) -> str:
        return self.labels[position] if self.labels else str(self.number + position * self.step)

    def point(self, position: float) -> Point:
        """Where the seat at `position` of this run is."""
        length = position * self.pitch
        start = math.radians(self.angle)
        if self.curve == 0.0:
            return self.x + length * math.cos(start), self.y + length * math.sin(start)
        end = start + self.curve * length
        return (
            self.x + (math.sin(end) - math.sin(start)) / self.curve,
            self.y - (math.cos(end) - math.cos(start)) / self.curve,
        )


@dataclass(frozen=True, slots=True)
class Section:
    """A run of seat numbers, row after row; `focus` is the point its seats look at."""

    id: str
    name: str
    rank: int
    first_seat: int
    rows: tuple[Row, ...]
    outline: tuple[Point, ...] = ()
    label_at: Point = (0.0, 0.0)
    focus: Point = STAGE

    @property
    def seats(self) -> int:
        return sum(row.seats for row in self.rows)


@dataclass(frozen=True, slots=True)
class Layout:
    name: str
    sections: tuple[Section, ...]

    @property
    def seats(self) -> int:
        return sum(section.seats for section in self.sections)

    @property
    def off_seats(self) -> tuple[int, ...]:
        """Seat numbers that are not for sale."""
        return tuple(
            row.first_seat + position for section in self.sections for row in section.rows for position in row.off
        )


def seat_positions(section: Section) -> array[float]:
    """x and y of every seat of the section, one pair after the other, in the order of seat numbers."""
    positions = array("d")
    for row in section.rows:
        for position in range(row.seats):
            positions.extend(row.point(position))
    return positions


def numbered(name: str, sections: Iterable[Section]) -> Layout:
    """The layout with ranks and seat numbers given in the order of the sections."""
    done: list[Section] = []
    seat = 0
    for rank, section in enumerate(sections):
        first_seat = seat
        rows = []
        for row in section.rows:
            rows.append(replace(row, first_seat=seat))
            seat += row.seats
        done.append(replace(section, rank=rank, first_seat=first_seat, rows=tuple(rows)))
    return Layout(name, tuple(done))


# ── the compact form: what is absent has its default ──

_ROW_DEFAULTS: Mapping[str, Any] = {
    "angle": 0.0,
    "curve": 0.0,
    "pitch": 1.0,
    "number": 1,
    "step": 1,
    "labels": (),
    "accessible": (),
    "off": (),
    "companions": (),
}


def row_to_json(row: Row) -> dict[str, Any]:
    packed: dict[str, Any] = {
        "label": row.label,
        "first_seat": row.first_seat,
        "seats": row.seats,
        "x": row.x,
        "y": row.y,
    }
    for key, default in _ROW_DEFAULTS.items():
        value = getattr(row, key)
        if value != default:
            packed[key] = list(value) if isinstance(value, tuple) else value
    return packed


def row_from_json(packed: Mapping[str, Any]) -> Row:
    known = dict(packed)
    for key in ("labels", "accessible", "off", "companions"):
        known[key] = tuple(known.get(key, ()))
    return Row(**known)


def section_shape(section: Section) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "outline": [list(point) for point in section.outline],
        "label_at": list(section.label_at),
    }
    if section.focus != STAGE:
        shape["focus"] = list(section.focus)
    return shape


def section_from_json(record: Mapping[str, Any]) -> Section:
    """A section from its columns: id, name, rank, first_seat, rows, shape."""
    shape = record["shape"]
    at, focus = shape.get("label_at", (0.0, 0.0)), shape.get("focus", STAGE)
    return Section(
        id=record["id"],
        name=record["name"],
        rank=record["rank"],
        first_seat=record["first_seat"],
        rows=tuple(row_from_json(row) for row in record["rows"]),
        outline=tuple((point[0], point[1]) for point in shape.get("outline", ())),
        label_at=(at[0], at[1]),
        focus=(focus[0], focus[1]),
    )


def seat_name(sections: Iterable[Section], seat: int) -> tuple[Section, Row, str] | None:
    """Section, row and label of a seat number; None when the layout has no such seat."""
    for section in sections:
        before = bisect_right(section.rows, seat, key=lambda row: row.first_seat)
        row = section.rows[before - 1] if before else None
        if row is not None and seat < row.first_seat + row.seats:
            return section, row, row.label_of(seat - row.first_seat)
    return None
