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
_KIND = "an order carries the currency and the kind of its sale, taken in the statement that writes it"
_STOCK = "pool_is_never_oversold is a constraint between the capacity and what orders took, in one row"
_SHADOW = "a shadow sale is a row of sale; every statement asks for its kind, so that no other can be hit"
_TO_COME = "its owner is still to come; until then they are written where they happen"

CROSSINGS: tuple[Crossing, ...] = (
    Crossing("onsale", "reads", "sale", 3, _SALE_ROW),
    Crossing("onsale", "writes", "sale", 7, _SALE_ROW),
    Crossing("onsale", "reads", "orders", 2, "a sale is put away in one step with the look at its unsettled orders"),
    Crossing("orders", "reads", "sale", 13, _KIND),
    Crossing("orders", "reads", "pool", 2, _STOCK),
    Crossing("orders", "writes", "pool", 2, _STOCK),
    Crossing("catalog", "writes", "audit", 1, _TO_COME),
    Crossing("orders", "writes", "audit", 1, _TO_COME),
    Crossing("orders", "writes", "outbox", 2, _TO_COME),
    Crossing("promos", "reads", "orders", 2, "paid orders are counted into profiles and windows"),
    Crossing("promos", "reads", "sale", 1, "orders of rehearsals are counted into no profile"),
    Crossing("promos", "reads", "pool", 2, "a window whose sale Redis has forgotten, and its stock in verify"),
    Crossing(
        "promos", "reads", "suppression", 1, "whom nothing may be sent to, in the statement that reads who is due"
    ),
    Crossing("rehearsals", "writes", "sale", 6, _SHADOW),
    Crossing("rehearsals", "writes", "pool", 2, _SHADOW),
)
