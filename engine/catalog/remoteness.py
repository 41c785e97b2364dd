"""How far each seat is from what its section looks at: what "best available" goes by, and the map's best seats.

Pure. Owns: the measure of docs/layouts.md, "The best seats". Guarantees: the same whole numbers everywhere, since pages
compute them again; a section's own order only needs them compared.
"""

from __future__ import annotations

import math
from array import array
from itertools import takewhile

from engine.catalog.layout import STAGE, Section

SIDEWAYS = 2.0  # a step to the side, or behind the stage, counts as so many steps back
PER_UNIT = 10  # remoteness is counted in tenths of a unit


def remoteness(section: Section) -> array[int]:
    """For each seat of the section, in the order of seat numbers, how remote it is from the section's focal point."""
    across_x, across_y = _across(section)
    focus_x, focus_y = section.focus
    behind = SIDEWAYS if section.focus == STAGE else 1.0
    found = array("l")
    for row in section.rows:
        for position in range(row.seats):
            x, y = row.point(position)
            x, y = x - focus_x, y - focus_y
            side, back = SIDEWAYS * (x * across_x + y * across_y), y * across_x - x * across_y
            if back < 0.0:
                back *= behind
            found.append(math.floor(PER_UNIT * math.sqrt(side * side + back * back) + 0.5))
    return found


def _across(section: Section) -> tuple[float, float]:
    """Which way is sideways. The stage has a front, so it is along the stage; a point has none, so it is along the
    section: from the first seat of its first row to the last one, aisles and all.
    """
    if section.focus == STAGE or not section.rows:
        return 1.0, 0.0
    first = section.rows[0]
    *_, last = takewhile(lambda row: row.label == first.label, section.rows)
    from_x, from_y = first.point(0)
    to_x, to_y = last.point(last.seats - 1)
    x, y = to_x - from_x, to_y - from_y
    length = math.sqrt(x * x + y * y)
    if length == 0.0:
        heading = math.radians(first.angle)
        return math.cos(heading), math.sin(heading)
    return x / length, y / length
