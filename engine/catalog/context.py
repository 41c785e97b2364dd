"""How the catalog describes itself."""

from __future__ import annotations

from engine.context import Context, Floor

CONTEXT = Context(
    name="catalog",
    floor=Floor.WHAT,
    owns="venues, layouts, events, ticket types, sales as configured",
    source="Postgres",
    tables=("venue", "layout", "section", "event", "ticket_type", "sale", "pool", "allocation", "stock_change"),
)
