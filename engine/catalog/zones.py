"""Price zones: seats of any sections that cost something else than their section.

Pure. Guarantees of zones without findings: their ids are neither each other's nor those of sections and pools, their
seats exist in sections that are on sale, and no seat is in two of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from engine.catalog.findings import Findings
from engine.catalog.inputs import ZoneInput
from engine.catalog.layout import Section
from engine.catalog.mistakes import Path, nearest
from engine.catalog.model import PriceZone
from engine.catalog.names import id_of, plain, shown_name
from engine.catalog.seat_refs import positions_of
from engine.limits import ZONE_RUNS_PER_SALE_MAX


def paint(
    described: Mapping[str, ZoneInput], sections: Sequence[Section], places: Collection[str], findings: Findings
) -> dict[str, PriceZone]:
    """The zones that these words describe, by id; `places` are the sections and pools on sale."""
    known = {plain(section.name): section for section in sections if section.id in places}
    known |= {section.id: section for section in sections if section.id in places}
    painted: dict[int, str] = {}  # seat → the zone that has it
    zones: dict[str, PriceZone] = {}
    for key, zone in described.items():
        path: Path = ("zones", key)
        made = id_of(key)
        if not made:
            findings.add(path, "needs a name with letters or digits in it")
            continue
        if made in places or made in zones:
            findings.add(path, f"has the same id as another zone, section or pool, which is {made}")
            continue
        seats: set[int] = set()
        for section_key, references in zone.seats.items():
            section = known.get(id_of(section_key)) or known.get(plain(section_key))
            if section is None:
                told = f"is not a section of this sale{nearest(plain(section_key), known)}"
                findings.add((*path, "seats", section_key), told)
                continue
            try:
                seats.update(_numbers(section, references))
            except ValueError as wrong:
                findings.add((*path, "seats", section_key), str(wrong))
        taken = next((painted[seat] for seat in sorted(seats) if seat in painted), None)
        if taken is not None:
            findings.add((*path, "seats"), f"has seats that are in {taken} already")
        painted |= dict.fromkeys(seats, key)
        zones[made] = PriceZone(zone.name or shown_name(key), tuple(runs_of(sorted(seats))))
    if sum(len(zone.runs) for zone in zones.values()) > ZONE_RUNS_PER_SALE_MAX:
        findings.add(("zones",), f"have more than {ZONE_RUNS_PER_SALE_MAX:,} runs of seats, which is the most")
    return zones


def _numbers(section: Section, references: Iterable[str]) -> Iterator[int]:
    for index, positions in positions_of(section, references).items():
        yield from (section.rows[index].first_seat + position for position in positions)


def runs_of(seats: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First seats of runs without a gap, with how many seats each has."""
    first, count = -1, 0
    for seat in seats:
        if count and seat == first + count:
            count += 1
            continue
        if count:
            yield first, count
        first, count = seat, 1
    if count:
        yield first, count


def zones_to_json(zones: Mapping[str, PriceZone]) -> dict[str, Any] | None:
    """As they are stored: None where there are none, as sales of older releases have it."""
    return {each: {"name": zone.name, "runs": zone.runs} for each, zone in zones.items()} or None


def zones_from_json(stored: Mapping[str, Any] | None) -> dict[str, PriceZone]:
    return {
        each: PriceZone(zone["name"], tuple((first, seats) for first, seats in zone["runs"]))
        for each, zone in (stored or {}).items()
    }
