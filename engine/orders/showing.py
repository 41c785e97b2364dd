"""What codes showed to a cart: as its buyer is told, and as placing knows it from Postgres.

Calls Postgres only, where a sale has hidden ticket types. `unlocked_types` of the catalog says which types those are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import asyncpg

from engine.catalog import Phase, Unlock, hidden_types, unlocked_types
from engine.orders.placing import PlaceFacts, Placement
from engine.orders.pricing import Goods

# Allocations that have these seats ($2), on which buyers may draw.
READ_OPEN = "SELECT id, seats FROM open_allocation WHERE sale_id = $1 AND seats && $2"
NOTE_DRAWN = "UPDATE orders SET allocation = $3 WHERE sale_id = $1 AND id = $2"
# What codes showed to carts.
READ_UNLOCKED = "SELECT id, unlocked FROM cart WHERE sale_id = $1 AND id = ANY($2) AND unlocked <> '{}'"


def unlocked_wire(
    goods: Goods, unlocked: Collection[str], list_number: int, phase: Phase | None
) -> dict[str, Any] | None:
    """What a sale sells to this cart beside what everybody sees, at the prices of its list; None: nothing.

    `seats` are runs of those that are withheld, on which the codes or the phase of the cart let it draw.
    """
    shown = unlocked_types(goods.unlocks, unlocked)
    by = next((each for each in goods.lists if each.number == list_number), goods.lists[0])
    prices = {
        place: priced
        for place, its in by.prices.items()
        if (priced := {kind: price for kind, price in its.items() if kind in shown})
    }
    opened = {name for each in goods.unlocks if each.id in unlocked for name in each.allocations}
    opened |= set(phase.allocations if phase is not None else ())
    seats = [list(run) for name in sorted(opened) for run in goods.draws.get(name, ())]
    if not prices and not seats:
        return None
    pools = [
        {"id": each.id, "name": each.name, "capacity": each.capacity, "draws_on": list(each.draws_on)}
        for each in goods.hidden_pools
        if each.id in prices
    ]
    named = {kind: goods.hidden_names.get(kind, kind) for kind in sorted(shown)}
    limits = {kind: limited for kind in named if (limited := goods.limits_of(kind))}
    return {"types": named, "type_limits": limits, "prices": prices, "pools": pools, "seats": seats}


async def with_hidden(
    connection: asyncpg.Connection, sale: str, batch: Sequence[Placement], facts: PlaceFacts, unlocks: Sequence[Unlock]
) -> PlaceFacts:
    """The facts with the hidden types of the sale, and to which of these carts codes showed them."""
    hidden = hidden_types(facts.rules)
    if not hidden:
        return facts
    rows = await connection.fetch(READ_UNLOCKED, sale, [each.cart for each in batch])
    return replace(facts, hidden=hidden, shown={row["id"]: unlocked_types(unlocks, row["unlocked"]) for row in rows})


async def note_drawn(connection: asyncpg.Connection, sale: str, orders: Sequence[Placement]) -> dict[str, str]:
    """Note out of which allocation the orders of buyers have seats; answers which that is, by order.

    What they have leaves it once it is paid: a declined card gives nothing back that others could have.
    """
    bought = {
        line.seat: each.order for each in orders if each.staff is None for line in each.lines if line.seat is not None
    }
    found: dict[str, str] = {}
    for row in await connection.fetch(READ_OPEN, sale, list(bought)):
        found |= {bought[seat]: row["id"] for seat in row["seats"] if seat in bought}
    for order, allocation in found.items():
        await connection.execute(NOTE_DRAWN, sale, order, allocation)
    return found
