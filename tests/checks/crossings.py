"""Where SQL crosses a border today, and why. A crossing more is a decision; one less is taken off here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Crossing:
    """`context` "reads" or "writes" a table of another context, in so many statements."""

    context: str
    verb: str
    table: str
    statements: int
    why: str


_SALE_ROW = "a running sale notes its epoch, draw and room counters in the row of the sale"

CROSSINGS: tuple[Crossing, ...] = (
    Crossing("onsale", "reads", "sale", 7, _SALE_ROW),
    Crossing("onsale", "writes", "sale", 7, _SALE_ROW),
    Crossing("onsale", "reads", "orders", 2, "a sale is put away in one step with the look at its unsettled orders"),
)
