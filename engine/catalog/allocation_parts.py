"""Allocations as values: what they name, which is seats that are for sale and units of pools, and what there is of it.

Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.catalog.findings import Findings
from engine.catalog.inputs import StockPart
from engine.catalog.layout import Layout, Section
from engine.catalog.mistakes import Path, nearest
from engine.catalog.model import PoolPlan
from engine.catalog.names import id_of
from engine.catalog.seat_refs import seats_called
from engine.refusals import Code, Refused


@dataclass(frozen=True, slots=True)
class Allocation:
    id: str
    name: str
    purpose: str
    seats: Sequence[int]  # withheld still
    units: Mapping[str, int]
    release_at: datetime | None
    made_at: datetime
    released_at: datetime | None
    staff: bool  # members may draw on it
    open: bool = False  # buyers may, whom a code or a phase lets


@dataclass(frozen=True, slots=True)
class Drawn:
    """For which order something was drawn, and into whose cart it goes."""

    buyer: str
    cart: str
    order: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the stock, as Redis has to follow it."""

    number: int
    takes: bool
    seats: Sequence[int]
    units: Mapping[str, int]
    own: bool  # a pool's own count alone
    drawn: Drawn | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """What Redis did not have free."""

    held: Sequence[int] = ()
    gone: Sequence[int] = ()  # sold, or not for sale anyway
    short: Mapping[str, int] = field(default_factory=dict)  # pools, with what is left of each


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
    read: StockPart, path: Path, sections: Mapping[str, Section], taken: Collection[int], findings: Findings
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


def units_of(read: StockPart, path: Path, pools: Mapping[str, PoolPlan], findings: Findings) -> dict[str, int]:
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


def without(
    allocation: Allocation, seats: Collection[int], units: Mapping[str, int]
) -> tuple[list[int], dict[str, int]] | Refused:
    """What an allocation has still without these; refused where it doesn't have them."""
    had, left = set(allocation.seats), dict(allocation.units)
    gone = sorted(set(seats) - had)
    short = {pool: left.get(pool, 0) for pool, count in units.items() if count > left.get(pool, 0)}
    if gone or short:
        return Refused(Code.NOT_ALLOCATED, {"seats": gone, "short": short})
    still = {pool: count - units.get(pool, 0) for pool, count in left.items()}
    return sorted(had - set(seats)), {pool: count for pool, count in still.items() if count}


def check_capacity(pool: PoolPlan, capacity: int, pools: Mapping[str, PoolPlan], findings: Findings) -> None:
    """Check that a pool of this size fits those it draws on, and those that draw on it."""
    for other in pools.values():
        if other.id in pool.draws_on and capacity > other.in_all:
            findings.add(("capacity",), f"is more than that of {other.name}, on which it draws")
        if pool.id in other.draws_on and other.in_all > capacity:
            findings.add(("capacity",), f"is less than that of {other.name}, which draws on it")


def draft_of(row: Any) -> AllocationDraft:
    named = row["allocation"]
    release_at = None if named["release_at"] is None else datetime.fromisoformat(named["release_at"])
    # The release before doesn't say whether members may draw on it.
    return AllocationDraft(
        *(named["id"], named["name"], named["purpose"], tuple(row["seats"]), row["units"], release_at),
        staff=named.get("staff", False),
    )


def drawn_of(named: Mapping[str, Any]) -> Drawn | None:
    return Drawn(named["buyer"], named["cart"], named["order"]) if "order" in named else None
