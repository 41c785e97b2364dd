"""Seats named the way people name them: "A" (a row), "A 7", "A 1-4".

Pure. Fails with a `ValueError` that says which reference names no seat.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from engine.catalog.layout import Row, Section

_SEATS = re.compile(r"(?P<row>.+?)\s+(?P<first>\S+?)(?:-(?P<last>\S+))?")


def marked(section: Section, off: Iterable[str], accessible: Iterable[str], companions: Iterable[str] = ()) -> Section:
    """The section with these seats not for sale, these accessible, and these for companions."""
    off_at, accessible_at, companions_at = (positions_of(section, each) for each in (off, accessible, companions))
    rows = tuple(
        replace(
            row,
            off=tuple(sorted(off_at.get(index, ()))),
            accessible=tuple(sorted(accessible_at.get(index, ()))),
            companions=tuple(sorted(companions_at.get(index, ()))),
        )
        for index, row in enumerate(section.rows)
    )
    for row in rows:
        for position in row.companions:
            if row.first_seat + position not in row.spaces or position in row.accessible:
                raise ValueError(
                    f"{row.label} {row.label_of(position)} can be no companion's seat: each needs an accessible seat "
                    "beside it, of its own"
                )
    return replace(section, rows=rows)


def seats_called(section: Section, references: Iterable[str]) -> set[int]:
    """The numbers of these seats."""
    return {
        section.rows[index].first_seat + position
        for index, positions in positions_of(section, references).items()
        for position in positions
    }


def positions_of(section: Section, references: Iterable[str]) -> dict[int, set[int]]:
    """Row index → positions in it."""
    found: dict[int, set[int]] = {}
    labels = {row.label for row in section.rows}
    for reference in references:
        row_label, first, last = _split(reference, labels)
        hits = 0
        for index, row in enumerate(section.rows):
            if row.label == row_label:
                here = {at for at in range(row.seats) if _between(row, at, first, last)}
                hits += len(here)
                found.setdefault(index, set()).update(here)
        if not hits:
            raise ValueError(f"{reference!r} names no seat here; write a row (A), a seat (A 7) or a range (A 1-4)")
    return found


def _split(reference: str, labels: set[str]) -> tuple[str, str | None, str | None]:
    if reference in labels:
        return reference, None, None
    parts = _SEATS.fullmatch(reference)
    if parts is None:
        return "", None, None
    return parts["row"], parts["first"], parts["last"]


def _between(row: Row, position: int, first: str | None, last: str | None) -> bool:
    label = row.label_of(position)
    if first is None:
        return True
    if last is None:
        return label == first
    return label.isdigit() and first.isdigit() and last.isdigit() and int(first) <= int(label) <= int(last)
