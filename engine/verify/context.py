"""How verify describes itself."""

from __future__ import annotations

from engine.context import Context, Floor

CONTEXT = Context(
    name="verify",
    floor=Floor.PROVE,
    owns="invariants between the stores, asked of live ones",
    source="-",
)
