"""What an allocation names: seats that are for sale, and units of pools. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.catalog.findings import Findings
from engine.catalog.inputs import AllocationPart
from engine.catalog.layout import Layout, Section
from engine.catalog.mistakes import Path, nearest
from engine.catalog.model import PoolPlan
from engine.catalog.names import id_of
from engine.catalog.seat_refs import seats_called


@dataclass(frozen=True, slots=True)
class AllocationDraft:
    """One that can be stored."""

    id: str
    name: str
    purpose: str
    seats: tuple[int, ...]
    units: Mapping[str, int]
    release_at: datetime | None
    staff: bool = False  # members may draw on it


def sections_of(layout: Layout | None, prices: Mapping[str, Any]) -> dict[str, Section]:
    """The sections that are for sale, by id."""
    return {} if layout is None else {section.id: section for section in layout.sections if section.id in prices}


def seats_of(
    read: AllocationPart, path: Path, sections: Mapping[str, Section], taken: Collection[int], findings: Findings
) -> tuple[int, ...]:
    """The seats that are named, each for sale and in no other allocation."""
    found: set[int] = set()
    for key, references in read.seats.items():
        here, section = (*path, "seats", key), sections.get(id_of(key))
        if section is None:
            findings.add(here, f"is not a section of this sale{nearest(id_of(key), sections)}")
            continue
        try:
            named = seats_called(section, references)
        except ValueError as wrong:
            findings.add(here, str(wrong))
            continue
        if named & set(Layout("", (section,)).off_seats):
            findings.add(here, "names seats that are not for sale")
        if not named.isdisjoint(taken):
            findings.add(here, "names seats that another allocation withholds")
        found |= named
    return tuple(sorted(found))


def units_of(read: AllocationPart, path: Path, pools: Mapping[str, PoolPlan], findings: Findings) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, units in read.units.items():
        here, pool = (*path, "units", key), pools.get(id_of(key))
        if pool is None:
            findings.add(here, f"is not a pool of this sale{nearest(id_of(key), pools)}")
        elif units > pool.in_all:
            findings.add(here, f"is more than the pool has, which is {pool.in_all:,}")
        else:
            found[pool.id] = units
    return found


def check_capacity(pool: PoolPlan, capacity: int, pools: Mapping[str, PoolPlan], findings: Findings) -> None:
    """Check that a pool of this size fits those it draws on, and those that draw on it."""
    for other in pools.values():
        if other.id in pool.draws_on and capacity > other.in_all:
            findings.add(("capacity",), f"is more than that of {other.name}, on which it draws")
        if pool.id in other.draws_on and other.in_all > capacity:
            findings.add(("capacity",), f"is less than that of {other.name}, which draws on it")
