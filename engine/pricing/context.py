"""How pricing describes itself."""

from __future__ import annotations

from engine.context import Context, Floor

CONTEXT = Context(
    name="pricing",
    floor=Floor.SELL,
    owns="what is owed for a cart: fees, taxes and what coupons take off, line by line",
    source="-",
    tables=(),
)
