"""Public sales: the list, one sale, its layout."""

from __future__ import annotations

from typing import cast

from pydantic import Field

from engine.catalog import Near, row_to_json, section_shape
from engine.limits import ID_CHARS_MAX
from engine.refusals import Code, Refusal
from server.buying.sales import info_of, listed, state_of
from server.contract.needs import Need
from server.contract.routes import Paged, Search, route
from server.contract.sales import LayoutShape, RowShape, SalePageShape, SaleShape, sale_shape, section_name
from server.who.call import Call

FOR_EVER = "public, max-age=31536000"
A_WHILE = "public, max-age=5"
SALE = (Code.UNKNOWN_SALE,)


class SalesQuery(Paged):
    near: str | None = Field(
        default=None,
        max_length=ID_CHARS_MAX,
        pattern=r"^-?[0-9]{1,2}(\.[0-9]{1,9})?,-?[0-9]{1,3}(\.[0-9]{1,9})?$",
        description="Latitude and longitude, as in 41.65,-0.88: nearest first.",
    )
    q: Search | None = Field(default=None, description="Words of event, venue or address.")

    def place(self) -> Near | None:
        if self.near is None:
            return None
        latitude, longitude = map(float, self.near.split(","))
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise Refusal(Code.INVALID, fields=[{"path": "near", "message": "is not on this planet"}])
        return Near(latitude, longitude)


@route("GET", "/api/sales", needs=Need.NOBODY, cache=A_WHILE)
async def list_sales(call: Call, query: SalesQuery) -> SalePageShape:
    """Public sales: soonest first, or nearest first."""
    return await listed(call.services, near=query.place(), words=query.q, after=query.after, limit=query.limit)


@route("GET", "/api/sales/{sale}", needs=Need.NOBODY, cache=A_WHILE, codes=SALE)
async def read_sale(call: Call) -> SaleShape:
    """One sale: event, venue, sections, ticket types, prices, pools, times."""
    info = await info_of(call, call.sale_part())
    return sale_shape(info, await state_of(call.services, info))


@route("GET", "/api/sales/{sale}/layout", needs=Need.NOBODY, cache=FOR_EVER, codes=SALE)
async def read_layout(call: Call) -> LayoutShape:
    """Sections, rows and where each seat is; never changes, so it may be kept for ever."""
    info = await info_of(call, call.sale_part())
    return {
        "seats": info.seats,
        "sections": [
            {
                **section_name(section),
                "rows": [cast("RowShape", row_to_json(row)) for row in section.rows],
                "outline": section_shape(section)["outline"],
                "label_at": section_shape(section)["label_at"],
            }
            for section in info.sections
        ],
    }
