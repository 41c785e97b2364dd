"""Who may enter a sale or a phase of it: from what its organizer wrote to what is stored, and back.

Pure. Guarantees: of codes only marks are kept; a segment that is named is one of the organizer's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.catalog.coupons import CouponsOfSale
from engine.catalog.findings import Findings
from engine.catalog.inputs import EntryInput
from engine.catalog.mistakes import Path, nearest
from engine.catalog.model import Entry, EntryRule, Phase

MarkCode = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Entering:
    """What is asked for what an organizer writes: marks of codes, its segments by name, and who keeps coupons."""

    mark_code: MarkCode
    segments: Mapping[str, str]
    coupons: CouponsOfSale

    def plan(self, entry: EntryInput, path: Path, findings: Findings) -> Entry:
        """The rule as it is stored."""
        segment = self.segments.get(entry.segment or "", "")
        if entry.segment is not None and not segment:
            said = f"is not a segment of yours: {entry.segment}{nearest(entry.segment, self.segments)}"
            findings.add((*path, "segment"), said)
        return Entry(EntryRule(entry.rule), tuple(dict.fromkeys(map(self.mark_code, entry.code))), segment)


def entry_of(stored: Mapping[str, Any]) -> Entry:
    """Of a sale's row, or of a phase in it. A release before segments knows none, and may leave one beside its rule."""
    rule = EntryRule(stored["entry"])
    segment = stored.get("entry_segment") if rule is EntryRule.SEGMENT else None
    return Entry(rule, tuple(stored["entry_codes"]), segment or "")


def entry_to_json(entry: Entry) -> dict[str, Any]:
    named = {"entry_segment": entry.segment} if entry.segment else {}
    return {"entry": entry.rule.value, "entry_codes": list(entry.codes), **named}


def segments_named(entry: Entry, phases: Iterable[Phase]) -> frozenset[str]:
    """The segments that count in a sale or in one of its phases."""
    rules = (entry, *(phase.entry for phase in phases))
    return frozenset(rule.segment for rule in rules if rule.segment)
