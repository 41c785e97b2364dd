"""Phases of a sale: their shape, and how it is made of what the engine knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from engine.catalog import EntryRule, Phase

EntryWord = Annotated[str, WithJsonSchema({"type": "string", "enum": [rule.value for rule in EntryRule]})]


class PhaseShape(TypedDict):
    id: str
    name: str
    from_ms: Annotated[int | None, Field(description="null: when the sale opens.")]
    until_ms: Annotated[int | None, Field(description="null: when the next one begins, or the sale closes.")]
    entry: EntryWord
    person_max: Annotated[int | None, Field(description="null: as the sale says.")]
    types: Annotated[list[str], Field(description="Ticket types that it sells; none: all.")]
    places: Annotated[list[str], Field(description="Sections and pools that it sells; none: all.")]


def phases_shape(phases: Sequence[Phase]) -> list[PhaseShape]:
    return [
        {
            "id": phase.id,
            "name": phase.name,
            "from_ms": phase.from_ms or None,
            "until_ms": phase.until_ms or None,
            "entry": phase.entry.rule.value,
            "person_max": phase.person_max,
            "types": list(phase.types),
            "places": list(phase.places),
        }
        for phase in phases
    ]
