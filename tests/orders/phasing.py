"""Phases of a sale written by tests."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from engine.catalog.model import Phase
from engine.catalog.phases import phases_to_json
from tests.orders.house import House


async def phased(house: House, phases: Sequence[tuple[int, int, int, Collection[str]]]) -> None:
    """Begins and ends, maximum and places of each, as the office would write them, but at any instant."""
    written = [
        Phase(f"p{nth}", f"p{nth}", from_ms, until_ms, person_max=most, places=tuple(sorted(places)))
        for nth, (from_ms, until_ms, most, places) in enumerate(phases)
    ]
    set_ = "UPDATE sale SET phases = $2 WHERE id = $1"
    await house.engine.db.execute(set_, house.sale.id, phases_to_json(written))
    plan = await house.engine.catalog.plan(house.sale.id)
    assert plan is not None
    assert await house.engine.onsale.update(plan)
