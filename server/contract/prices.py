"""Price lists and zones of a sale: shapes, and how they are made of what the engine knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, NotRequired, cast

from pydantic import Field
from typing_extensions import TypedDict

from engine.catalog import ListedPrices, PriceZone
from engine.catalog.model import Dues, percent_of
from engine.orders import One
from server.contract.shapes import OwedFeeShape, OwedTaxShape


class ZoneShape(TypedDict):
    """Seats that have a price of their own."""

    id: str
    name: str
    runs: Annotated[list[tuple[int, int]], Field(description="First seat, and how many seats from there on.")]


class TaxShape(TypedDict):
    id: str
    name: str
    rate: Annotated[str, Field(description='In percent: "8.875".')]
    included: Annotated[bool, Field(description="In the prices; else it is added to them.")]


class FeeShape(TypedDict):
    id: str
    name: str
    per: Literal["ticket", "order"]
    amount: int
    percent: Annotated[str | None, Field(description="Of what is left of the prices after coupons.")]
    types: Annotated[list[str], Field(description="Ticket types and products that bear it; none: all.")]
    tax: Annotated[str | None, Field(description="The one that is in it, or added to it.")]
    free_too: Annotated[bool, Field(description="Also where nothing else is to be paid.")]


class DuesShape(TypedDict):
    """What is asked besides the prices."""

    fees: list[FeeShape]
    taxes: list[TaxShape]
    tax_of: Annotated[dict[str, str], Field(description="By ticket type or product.")]
    tax: Annotated[str | None, Field(description="Of what has none of its own.")]


class OneShape(TypedDict):
    """One ticket or product by itself."""

    place: str
    type: str
    price: int
    fees: list[OwedFeeShape]
    taxes: list[OwedTaxShape]
    total: int


class PriceListShape(TypedDict):
    list: int
    from_ms: Annotated[int, Field(description="Carts that are opened from then on are under it; 0: all before.")]
    made_at: datetime
    made_by: Annotated[str, Field(description="Of an account or key the id; empty for what came with the sale.")]
    prices: dict[str, dict[str, int]]
    zones: list[ZoneShape]
    dues: DuesShape
    one_of_each: NotRequired[Annotated[list[OneShape], Field(description="In a preview: what each would come to.")]]


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
        "dues": dues_shape(listed.dues),
    }


def one_shape(one: One) -> OneShape:
    return {
        "place": one.place,
        "type": one.type,
        "price": one.price,
        "fees": cast("list[OwedFeeShape]", [each.wire() for each in one.fees]),
        "taxes": cast("list[OwedTaxShape]", [each.wire() for each in one.taxes]),
        "total": one.total,
    }


def dues_shape(dues: Dues) -> DuesShape:
    return {
        "fees": [
            {
                "id": fee.id,
                "name": fee.name,
                "per": fee.per.value,
                "amount": fee.amount,
                "percent": percent_of(fee.ppm) if fee.ppm else None,
                "types": sorted(fee.types),
                "tax": None if fee.tax is None else fee.tax.id,
                "free_too": fee.free_too,
            }
            for fee in dues.fees
        ],
        "taxes": [
            {"id": tax.id, "name": tax.name, "rate": percent_of(tax.ppm), "included": tax.included}
            for tax in dues.all_taxes
        ],
        "tax_of": {kind: tax.id for kind, tax in dues.taxes.items()},
        "tax": None if dues.tax is None else dues.tax.id,
    }
