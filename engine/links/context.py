"""How links describe themselves."""

from __future__ import annotations

from engine.context import Context, Floor

CONTEXT = Context(
    name="links",
    floor=Floor.WHAT,
    owns="named links by which buyers come, and how often they did",
    source="Postgres; visits of the last seconds are in memory, and may be lost",
    tables=("tracked_link",),
)
