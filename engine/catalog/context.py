"""How the catalog describes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.catalog.invariants import violations
from engine.context import Context, Floor, Violation

if TYPE_CHECKING:
    from engine.engine import Engine


async def invariants(engine: Engine) -> list[Violation]:
    return await violations(engine.db)


CONTEXT = Context(
    name="catalog",
    floor=Floor.WHAT,
    owns="venues, layouts, events and their series, ticket types, sales as configured",
    source="Postgres",
    tables=(
        *("venue", "layout", "section", "series", "event", "ticket_type", "sale", "pool", "allocation"),
        *("stock_change", "price_list", "tax_rules"),
    ),
    invariants=invariants,
)
