"""A sale's plan, packed as the scripts want it. Pure.

Owns: the settings a script reads (`cfg`), and the packed seats of a fresh sale.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from engine.catalog import may_have, runs_of
from engine.catalog.model import (
    Entry,
    EntryRule,
    Phase,
    PoolPlan,
    RowPlan,
    SalePlan,
    SectionPlan,
    counted,
    drawn_pools,
    type_pool,
)
from engine.onsale.model import SeatState
from engine.stores.scripts import pack

SEATS_PER_BYTE = 4
REMOTENESS_MAX = 32_767
ACCESSIBLE_MORE = 32_768  # so much more remote is an accessible seat
COUNT = struct.Struct(">HH")  # of rows, and of the bytes of one
ROW = struct.Struct(">IHHI")  # first seat, seats, least remoteness, where its remoteness begins


def packed_seats(seats: int, off: Iterable[int], sold: Iterable[int] = ()) -> bytearray:
    """Two bits per seat, most significant first."""
    packed = bytearray((seats + SEATS_PER_BYTE - 1) // SEATS_PER_BYTE)
    for numbers, state in ((off, SeatState.OFF), (sold, SeatState.SOLD)):
        for seat in numbers:
            shift = 6 - 2 * (seat % SEATS_PER_BYTE)
            at = seat // SEATS_PER_BYTE
            packed[at] = packed[at] & ~(3 << shift) | (state << shift)
    return packed


def units_for_sale(plan: SalePlan) -> int:
    """Seats and units that can be sold at all: a pool that draws on another adds nothing to it."""
    return (
        plan.seats
        - len({*plan.off_seats, *plan.withheld})
        + sum(pool.capacity for pool in plan.pools if not pool.draws_on and pool.admits)
    )


def settings_of(plan: SalePlan) -> dict[str, Any]:
    """What scripts need to know of a sale."""
    room = plan.room
    return {
        "person_max": plan.person_max,
        "cart_ms": plan.cart_ms,
        "seats": plan.seats,
        "total": units_for_sale(plan),
        "stock": plan.stock,
        "pools": drawn_pools(plan.pools),
        # 0: a sale without a room
        "shoppers_max": room.shoppers_max if room else 0,
        "claim_ms": room.claim_ms if room else 0,
        "per_second_max": room.per_second_max if room else 0,
        **entry_settings(plan.entry),
        "kind": plan.kind.value,
        "list": plan.list,
        "list_from_ms": plan.list_from_ms,
        **(phase_settings(plan) if plan.phases else {}),
        **(hidden_settings(plan) if plan.hidden else {}),
        **(draw_settings(plan) if plan.draws else {}),
        **({"product_max": {each.id: each.per_person for each in plan.products}} if plan.products else {}),
        # {companion's seat, accessible seat, …}; absent where there is none
        **({"companions": [seat for pair in plan.companions.items() for seat in pair]} if plan.companions else {}),
    }


def entry_settings(entry: Entry) -> dict[str, Any]:
    """Who may enter, as `lua/onsale/_entry.lua` reads it.

    Where a segment counts, the rule beside it is one by which scripts of releases before segments let nobody in.
    """
    if entry.rule is EntryRule.SEGMENT:
        return {"entry": EntryRule.CODE.value, "entry_codes": (), "entry_segment": entry.segment}
    return {"entry": entry.rule.value, "entry_codes": entry.codes}


def phase_settings(plan: SalePlan) -> dict[str, Any]:
    """Phases as `lua/onsale/_phase.lua` reads them, and the most that anybody may have in any of them."""
    settings: list[dict[str, Any]] = []
    for nth, phase in enumerate(plan.phases, start=1):
        before = plan.phases[nth - 2].entry if nth > 1 else None
        each: dict[str, Any] = {
            "from": phase.from_ms,
            "to": phase.until_ms,
            **entry_settings(phase.entry),
            "same_entry": settings[-1]["same_entry"] if phase.entry == before else nth,
            "most": phase.person_max or 0,
        }
        sold = {place for place, types in plan.prices.items() if any(sells(plan, phase, kind) for kind in types)}
        places = sold.intersection(phase.places) if phase.places else sold
        if len(places) < len(plan.prices):
            each["places"] = dict.fromkeys(sorted({*places, *(product.id for product in plan.products)}), True)
            each["runs"] = [value for run in _runs_of(plan, places) for value in run]
        if phase.allocations:
            each["draws"] = dict.fromkeys(phase.allocations, True)
        settings.append(each)
    return {"phases": settings, "person_most": plan.person_most}


def sells(plan: SalePlan, phase: Phase, kind: str) -> bool:
    """Whether a phase sells a ticket type to everybody: one that is hidden only where it names it."""
    return may_have(kind, phase, plan.hidden)


def hidden_settings(plan: SalePlan) -> dict[str, Any]:
    """Pools that are sold as hidden types alone, each with the unlocks that show it; and what the feed leaves out.

    That is these pools and the numbers of hidden types, but for what a phase shows.
    """
    places = {pool.id: plan.prices[pool.id] for pool in plan.pools if pool.id in plan.prices}
    hidden = {pool: types for pool, types in places.items() if plan.hidden.issuperset(types)}
    by_phases = {kind for phase in plan.phases for kind in phase.types}
    unseen = [pool for pool, types in hidden.items() if by_phases.isdisjoint(types)]
    unseen += [type_pool(kind) for kind in sorted(plan.hidden - by_phases)]
    return {
        "hidden": {
            pool: {each.id: True for each in plan.unlocks if not set(each.types).isdisjoint(types)}
            for pool, types in hidden.items()
        },
        "unseen": dict.fromkeys(unseen, True),
    }


def draw_settings(plan: SalePlan) -> dict[str, Any]:
    """Allocations that buyers may draw on: the seats of each as runs, and the unlocks that let draw on it."""
    return {
        "draws": {
            each: [value for run in runs_of(sorted(seats)) for value in run]
            for each, seats in plan.draws.items()
            if seats
        },
        "openers": {
            each: {unlock.id: True for unlock in plan.unlocks if each in unlock.allocations} for each in plan.draws
        },
    }


def _runs_of(plan: SalePlan, places: Collection[str]) -> list[list[int]]:
    """First seat and how many, of the seats of these sections; what follows on another is one run."""
    rows = sorted((row.first_seat, row.seats) for each in plan.sections if each.id in places for row in each.rows)
    runs: list[list[int]] = []
    for first, seats in rows:
        if runs and sum(runs[-1]) == first:
            runs[-1][1] += seats
        else:
            runs.append([first, seats])
    return runs


def free_units(pools: Iterable[PoolPlan], sold: Mapping[str, int]) -> dict[str, int]:
    """Free units of each pool; `sold` counts units by the pool they were sold in."""
    pools = list(pools)
    taken = counted(sold, pools)
    return {pool.id: pool.capacity - taken.get(pool.id, 0) for pool in pools}


def packed_rows(plan: SalePlan) -> list[list[Any]]:
    """Section, first seat and seats of each row: what older versions go by in "best available"."""
    return [[section.id, row.first_seat, row.seats] for section in ranked(plan) for row in section.rows]


def ranked(plan: SalePlan) -> list[SectionPlan]:
    return sorted(plan.sections, key=lambda section: section.rank)


def section_fields(plan: SalePlan) -> list[Any]:
    """Fields of the sale, each before its value, for "best available"; none where nobody knows how remote seats are."""
    if not all(row.remoteness for section in plan.sections for row in section.rows):
        return []
    fields: list[Any] = ["sections", pack([section.id for section in ranked(plan)])]
    for section in plan.sections:
        fields += [f"rows:{section.id}", rows_of_section(section)]
    return fields


def rows_of_section(section: SectionPlan) -> bytes:
    """Its rows as `lua/onsale/_rows.lua` reads them."""
    best = min((min(row.remoteness) for row in section.rows), default=0)
    remote = {first: part for row in section.rows for first, part in _parts(row, _remote(row, best))}
    head, seats = bytearray(COUNT.pack(len(remote), ROW.size)), bytearray()
    begins = COUNT.size + ROW.size * len(remote) + 1
    for first_seat, its in sorted(remote.items(), key=lambda row: (min(row[1]), row[0])):
        head += ROW.pack(first_seat, len(its), min(its), begins + len(seats))
        seats += struct.pack(f">{len(its)}H", *its)
    return bytes(head + seats)


def _parts(row: RowPlan, remote: list[int]) -> Iterator[tuple[int, list[int]]]:
    """The row without the seats of companions, which nobody is given who didn't choose them."""
    begin = 0
    for at in (*row.companions, row.seats):
        if at > begin:
            yield row.first_seat + begin, remote[begin:at]
        begin = at + 1


def _remote(row: RowPlan, best: int) -> list[int]:
    """How remote its seats are for "best available": more than the best seat of the section, accessible ones last."""
    remote = [min(each - best, REMOTENESS_MAX) for each in row.remoteness]
    for position in row.accessible:
        remote[position] += ACCESSIBLE_MORE
    return remote
