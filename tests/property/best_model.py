"""The oracle of "best available", after docs/layouts.md: where seats are, how remote, which stretch is best.

Shares no code with the engine but for what a layout is made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from math import cos, floor, radians, sin, sqrt

from engine.catalog.layout import Layout, Row, Section

MORE_MAX, ACCESSIBLE_MORE = 32_767, 32_768


@dataclass(frozen=True, order=True)
class Stretch:
    """Seats side by side; what compares lower is better."""

    leaves_one_alone: bool
    rank: int
    remoteness: int
    first: int
    wanted: int

    @property
    def seats(self) -> tuple[int, ...]:
        return tuple(range(self.first, self.first + self.wanted))


def place(row: Row, i: int) -> tuple[float, float]:
    a, s = radians(row.angle), i * row.pitch
    if row.curve == 0:
        return row.x + s * cos(a), row.y + s * sin(a)
    turned = a + row.curve * s
    return row.x + (sin(turned) - sin(a)) / row.curve, row.y - (cos(turned) - cos(a)) / row.curve


def remoteness(section: Section) -> dict[int, int]:
    """seat number → remoteness, as more than that of the section's best seat."""
    at_stage = section.focus == (0, 0)
    u, v = (1.0, 0.0) if at_stage else along(section)
    remote = {}
    for row in section.rows:
        for i in range(row.seats):
            x, y = place(row, i)
            dx, dy = x - section.focus[0], y - section.focus[1]
            side, back = dx * u + dy * v, dy * u - dx * v
            if at_stage and back < 0:
                back = 2 * back
            remote[row.first_seat + i] = floor(10 * sqrt((2 * side) ** 2 + back**2) + 0.5)
    least = min(remote.values())
    accessible = {row.first_seat + i for row in section.rows for i in row.accessible}
    return {
        seat: min(each - least, MORE_MAX) + (ACCESSIBLE_MORE if seat in accessible else 0)
        for seat, each in remote.items()
    }


def along(section: Section) -> tuple[float, float]:
    first_row = list(takewhile(lambda row: row.label == section.rows[0].label, section.rows))
    if sum(row.seats for row in first_row) == 1:
        return cos(radians(first_row[0].angle)), sin(radians(first_row[0].angle))
    (x1, y1), (x2, y2) = place(first_row[0], 0), place(first_row[-1], first_row[-1].seats - 1)
    length = sqrt((x2 - x1) ** 2 + (y2 - y1) ** 2)
    return (x2 - x1) / length, (y2 - y1) / length


class BestModel:
    """A house in which seats are free or not."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.free = [seat not in layout.off_seats for seat in range(layout.seats)]
        self.remote = {seat: more for section in layout.sections for seat, more in remoteness(section).items()}

    def stretches(self, wanted: int, section_id: str | None) -> Iterator[Stretch]:
        """Every stretch of free seats there is."""
        for section in self.layout.sections:
            if section_id in (None, section.id):
                for row in section.rows:
                    run = range(row.first_seat, row.first_seat + row.seats)
                    for first in run[: max(0, len(run) - wanted + 1)]:
                        seats = range(first, first + wanted)
                        if all(self.free[seat] for seat in seats):
                            alone = self.is_alone(first - 1, run, first) or self.is_alone(first + wanted, run, first)
                            total = sum(self.remote[seat] for seat in seats)
                            yield Stretch(alone, section.rank, total, first, wanted)

    def is_alone(self, seat: int, run: range, first: int) -> bool:
        """Whether a seat beside a stretch is free, and what is on its other side is not."""
        beyond = seat - 1 if seat < first else seat + 1
        return seat in run and self.free[seat] and not (beyond in run and self.free[beyond])

    def take(self, seats: Sequence[int]) -> None:
        for seat in seats:
            assert self.free[seat], f"{seat} was not free"
            self.free[seat] = False

    def give_back(self, seats: Sequence[int]) -> None:
        for seat in seats:
            self.free[seat] = True
