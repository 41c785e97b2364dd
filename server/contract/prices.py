"""Price lists and zones of a sale: shapes, and how they are made of what the engine knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from engine.catalog import ListedPrices, PriceZone


class ZoneShape(TypedDict):
    """Seats that have a price of their own."""

    id: str
    name: str
    runs: Annotated[list[tuple[int, int]], Field(description="First seat, and how many seats from there on.")]


class PriceListShape(TypedDict):
    list: int
    from_ms: Annotated[int, Field(description="Carts that are opened from then on are under it; 0: all before.")]
    made_at: datetime
    made_by: Annotated[str, Field(description="Of an account or key the id; empty for what came with the sale.")]
    prices: dict[str, dict[str, int]]
    zones: list[ZoneShape]


class PriceListsShape(TypedDict):
    items: Annotated[list[PriceListShape], Field(description="The newest first.")]
    now_ms: int


def zones_shape(zones: Mapping[str, PriceZone]) -> list[ZoneShape]:
    return [{"id": each, "name": zone.name, "runs": list(zone.runs)} for each, zone in zones.items()]


def price_list_shape(listed: ListedPrices) -> PriceListShape:
    return {
        "list": listed.number,
        "from_ms": listed.valid_from_ms,
        "made_at": listed.made_at,
        "made_by": listed.made_by,
        "prices": {place: dict(prices) for place, prices in listed.prices.items()},
        "zones": zones_shape(listed.zones),
    }
