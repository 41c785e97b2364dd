"""Phases: stretches of a sale that differ in who may enter, and in what and how much they may buy.

Pure. Guarantees of phases without findings: they are in order, none overlaps the next, all lie within the sale's time,
and each sells something. What has begun keeps its beginning and what it sells, so that no open cart comes into another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.catalog.entry import Entering, entry_of, entry_to_json
from engine.catalog.findings import Findings, fresh_id, read_moment
from engine.catalog.inputs import PhaseInput
from engine.catalog.local_time import Moment, ms_of
from engine.catalog.mistakes import Path, nearest
from engine.catalog.model import Entry, Phase
from engine.catalog.names import id_of, shown_name
from engine.limits import PHASE_AHEAD_MS


@dataclass(frozen=True, slots=True)
class Around:
    """The sale that phases are written into."""

    sold: Mapping[str, Mapping[str, int]]  # section or pool → ticket types
    opens_at: datetime
    closes_at: datetime
    entry: Entry  # where a phase doesn't say
    zone: ZoneInfo | None
    now: datetime
    entering: Entering

    @property
    def opens_ms(self) -> int:
        return ms_of(self.opens_at)

    @property
    def closes_ms(self) -> int:
        return ms_of(self.closes_at)

    @property
    def now_ms(self) -> int:
        return ms_of(self.now)

    def instant(self, written: Moment | None, path: Path, findings: Findings) -> int:
        return ms_of(read_moment(written, path, self.zone, self.now, findings))


def read_phases(
    written: Mapping[str, PhaseInput], around: Around, findings: Findings, before: Sequence[Phase] = ()
) -> tuple[Phase, ...]:
    """The phases of a sale, in the order they were written, which is that of their times.

    One that was there `before` is entered as it was unless it says otherwise: nobody can read its codes to write them.
    """
    found: list[Phase] = []
    taken: dict[str, str] = {}
    entries = {phase.id: phase.entry for phase in before}
    for key, each in written.items():
        path: Path = ("phases", key)
        made = fresh_id(key, taken, path, findings)
        types, places = _sold_in(each, path, around.sold, findings)
        from_ms = around.instant(each.begins, (*path, "from"), findings)
        until_ms = around.instant(each.ends, (*path, "until"), findings)
        stays = entries.get(made, around.entry)
        entry = stays if each.entry is None else around.entering.plan(each.entry, (*path, "entry"), findings)
        draws = tuple(dict.fromkeys(map(id_of, each.allocations)))
        phase = Phase(
            *(made, each.name or shown_name(key), from_ms, until_ms, entry, each.person_max, types, places), draws
        )
        found.append(_in_time(phase, found[-1:], path, around, findings))
    return tuple(found)


def _in_time(phase: Phase, before: Sequence[Phase], path: Path, around: Around, findings: Findings) -> Phase:
    """The phase as it is stored: the first begins whenever the sale opens."""
    from_ms, until_ms = phase.from_ms, phase.until_ms
    if not before:
        if from_ms not in (0, around.opens_ms) and findings.fine((*path, "from"), ("opens",)):
            findings.add((*path, "from"), "is not when the sale opens, and the first phase begins then: leave it out")
        from_ms = 0
    elif not from_ms:
        from_ms = before[0].until_ms
        if not from_ms and findings.fine((*path, "from"), ("phases", before[0].id, "until")):
            findings.add((*path, "from"), "is missing: the phase before doesn't say until when it lasts")
    elif from_ms <= (before[0].from_ms or around.opens_ms) and findings.fine((*path, "from"), ("opens",)):
        findings.add((*path, "from"), f"is not after {before[0].name} begins: phases are written in their order")
    elif before[0].until_ms > from_ms and findings.fine((*path, "from")):
        findings.add((*path, "from"), f"is before {before[0].name} ends: phases may not overlap")
    if until_ms and until_ms <= (from_ms or around.opens_ms) and findings.fine((*path, "until"), (*path, "from")):
        findings.add((*path, "until"), "is not after it begins")
    last = "until" if until_ms else "from"
    if max(from_ms, until_ms) > around.closes_ms and findings.fine((*path, last), ("closes",), ("starts",)):
        findings.add((*path, last), "is after the sale closes")
    return replace(phase, from_ms=from_ms)


def _sold_in(
    read: PhaseInput, path: Path, sold: Mapping[str, Mapping[str, int]], findings: Findings
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The types and places it sells; none of them: all."""
    types, places = tuple(dict.fromkeys(map(id_of, read.types))), tuple(dict.fromkeys(map(id_of, read.places)))
    what_is_sold = findings.fine(("currency",), ("sections",), ("pools",), ("ticket_types",))
    known = {kind for each in sold.values() for kind in each}
    unknown = next((each for each in types if each not in known), None)
    if unknown is not None and what_is_sold:
        findings.add((*path, "types"), f"names no ticket type that is sold: {unknown}{nearest(unknown, known)}")
    elsewhere = next((each for each in places if each not in sold), None)
    if elsewhere is not None and what_is_sold:
        said = f"names no section or pool that is sold: {elsewhere}{nearest(elsewhere, sold)}"
        findings.add((*path, "places"), said)
    elif (
        unknown is None and what_is_sold and types and not any(set(types) & set(sold[each]) for each in places or sold)
    ):
        findings.add((*path, "types"), "leave nothing to sell: no section or pool of this phase is sold as one of them")
    return types, places


def changed_phases(
    before: tuple[Phase, ...], written: Mapping[str, PhaseInput] | None, around: Around, findings: Findings
) -> tuple[Phase, ...]:
    """The phases after a change of the sale: all of them anew, or those there are, in what may be another time."""
    if written is None:
        first = min((phase.from_ms for phase in before[1:]), default=around.closes_ms)
        last = max((max(phase.from_ms, phase.until_ms) for phase in before), default=0)
        if before and not (around.opens_ms < first and last <= around.closes_ms):
            findings.add(("phases",), "don't lie within the new time of the sale: write them anew as well")
        return before
    after = read_phases(written, around, findings, before)
    if not findings.paths:
        _keep_begun(before, after, around, findings)
    return after


def _keep_begun(before: Sequence[Phase], after: Sequence[Phase], around: Around, findings: Findings) -> None:
    """Check that what has begun stays where it is, and what begins is known to every server by then."""
    if not before and after and around.opens_ms <= around.now_ms:
        # What was sold without phases was sold in the first.
        before = [replace(after[0], types=(), places=())]
    begun = [phase for phase in before if (phase.from_ms or around.opens_ms) <= around.now_ms]
    for nth, phase in enumerate(begun):
        path: Path = ("phases", phase.id)
        stays = after[nth] if nth < len(after) else None
        if stays is None or stays.id != phase.id:
            findings.add(("phases",), f"leave {phase.name} out of its place, which has begun")
            return
        if (stays.from_ms, stays.types, stays.places) != (phase.from_ms, phase.types, phase.places):
            findings.add(path, "has begun: only its name, its end, its maximum and who may enter can change")
    for phase in after[len(begun) :]:
        if around.opens_ms <= around.now_ms and (phase.from_ms or around.opens_ms) < around.now_ms + PHASE_AHEAD_MS:
            said = f"is too soon: a new phase begins {PHASE_AHEAD_MS // 1000} seconds from now at the earliest"
            findings.add(("phases", phase.id, "from"), said)


def phases_to_json(phases: Sequence[Phase]) -> list[dict[str, Any]]:
    return [
        {
            "id": phase.id,
            "name": phase.name,
            "from_ms": phase.from_ms,
            "until_ms": phase.until_ms,
            **entry_to_json(phase.entry),
            "person_max": phase.person_max,
            "types": list(phase.types),
            "places": list(phase.places),
            "allocations": list(phase.allocations),
        }
        for phase in phases
    ]


def phases_from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[Phase, ...]:
    return tuple(
        Phase(
            each["id"],
            each["name"],
            each["from_ms"],
            each["until_ms"],
            entry_of(each),
            each["person_max"],
            tuple(each["types"]),
            tuple(each["places"]),
            tuple(each.get("allocations", ())),  # of a release that knows none
        )
        for each in stored
    )
