"""Allocations and pools as their organizer sees them: shapes, and how they are made of what the engine knows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from engine.catalog import PURPOSES, Allocation

PurposeWord = Annotated[str, WithJsonSchema({"type": "string", "enum": list(PURPOSES)})]


class OwnPoolShape(TypedDict):
    """A pool as its organizer sees it."""

    id: str
    name: str
    capacity: int  # with what is withheld
    withheld: int


class AllocationShape(TypedDict):
    id: str
    name: str
    purpose: PurposeWord
    seats: list[int]
    units: dict[str, int]
    release_at: datetime | None
    made_at: datetime
    released_at: datetime | None
    staff: bool  # members may draw on it
    open: bool  # buyers may, whom a code or a phase lets


class AllocationsShape(TypedDict):
    items: list[AllocationShape]


def allocation_shape(allocation: Allocation) -> AllocationShape:
    return {
        "id": allocation.id,
        "name": allocation.name,
        "purpose": allocation.purpose,
        "seats": list(allocation.seats),
        "units": dict(allocation.units),
        "release_at": allocation.release_at,
        "made_at": allocation.made_at,
        "released_at": allocation.released_at,
        "staff": allocation.staff,
        "open": allocation.open,
    }
