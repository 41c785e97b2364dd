"""Public sales: the list, one sale, its layout."""

from __future__ import annotations

from typing import cast

from engine.catalog import row_to_json, section_shape
from engine.refusals import Code
from server.buying.sales import info_of, listed, series_of, state_of
from server.contract.needs import Need
from server.contract.routes import route
from server.contract.sales import (
    LayoutShape,
    SalePageShape,
    SaleQuery,
    SaleShape,
    SalesQuery,
    SectionOnMap,
    SeriesShape,
    sale_shape,
    section_name,
    ways_to_pay,
)
from server.who.call import Call

FOR_EVER = "public, max-age=31536000"
A_WHILE = "public, max-age=5"
SALE = (Code.UNKNOWN_SALE,)


@route("GET", "/api/sales", needs=Need.NOBODY, cache=A_WHILE)
async def list_sales(call: Call, query: SalesQuery) -> SalePageShape:
    """Public sales: soonest first, or nearest first."""
    return await listed(call.services, near=query.place(), words=query.q, after=query.after, limit=query.limit)


@route("GET", "/api/sales/{sale}", needs=Need.NOBODY, cache=A_WHILE, codes=(*SALE, Code.INVALID))
async def read_sale(call: Call, query: SaleQuery) -> SaleShape:
    """One sale: event, venue, sections, ticket types, prices, pools, times."""
    info = await info_of(call, call.sale_part())
    ways = ways_to_pay(await call.services.engine.orders.till(info.id))
    return {**sale_shape(info, await state_of(call.services, info), query.list), "payment": ways}


@route("GET", "/api/series/{series}", needs=Need.NOBODY, cache=A_WHILE, codes=(Code.NOT_FOUND,))
async def read_series(call: Call) -> SeriesShape:
    """The dates of a series, soonest first, each with its sale."""
    return await series_of(call.services, call.part("series"))


@route("GET", "/api/sales/{sale}/layout", needs=Need.NOBODY, cache=FOR_EVER, codes=SALE)
async def read_layout(call: Call) -> LayoutShape:
    """Sections, rows and where each seat is; never changes, so it may be kept for ever."""
    info = await info_of(call, call.sale_part())
    return {
        "seats": info.seats,
        "sections": [
            cast(
                "SectionOnMap",
                {
                    **section_name(section),
                    "rows": [row_to_json(row) for row in section.rows],
                    **section_shape(section),
                },
            )
            for section in info.sections
        ],
    }
