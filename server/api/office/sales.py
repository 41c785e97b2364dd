"""An organizer's sales: changed, steered, looked at and listed, with an API key.

Guarantees: what a sale takes in is told to its organizer alone, and never kept by a cache.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from engine.access import Permission
from engine.catalog import PricesInput, SaleChange, SaleReopen, Switches
from engine.refusals import Code, RefusalError, accept
from server.api.acts import act_of, made
from server.buying.sales import at, card_shape, info_of, shape_of, view_of
from server.contract.live import TakingsAnswer
from server.contract.prices import PriceListShape, PriceListsShape, one_shape, price_list_shape
from server.contract.routes import Reply, route
from server.contract.sales import (
    OrganizerSalesQuery,
    SalePageShape,
    SaleQuery,
    SaleShape,
    SwitchesShape,
    TakingsQuery,
)
from server.contract.stamps import clock_ms
from server.who.call import Call

TEXT = "text/plain"
STEER = (Code.UNKNOWN_SALE, Code.SALE_CLOSED, Code.SALE_NOT_OPEN)


@route("PATCH", "/api/sales/{sale}", needs=Permission.EVENT_EDIT, takes=SaleChange, codes=(*STEER, Code.INVALID))
async def change_sale(call: Call, body: Any) -> SaleShape:
    """Change times, visibility, cart, room or questions of a sale; what the body does not name stays."""
    info = made(await call.services.engine.catalog.change_sale(act_of(call), call.sale_part(), body))
    return await shape_of(call.services, info)


# ── prices ──


@route(
    "PUT",
    "/api/sales/{sale}/prices",
    needs=Permission.EVENT_EDIT,
    takes=PricesInput,
    codes=(Code.UNKNOWN_SALE, Code.SALE_CLOSED, Code.CHANGED_MEANWHILE, Code.INVALID),
)
async def change_prices(call: Call, body: Any) -> PriceListShape:
    """All prices of a sale anew: carts that are opened a few seconds later pay them, those before what they saw.

    With `preview` nothing is written, and the list says what one of each would come to, with fees and taxes.
    """
    engine, sale = call.services.engine, call.sale_part()
    listed = made(await engine.catalog.price_lists.change(act_of(call), sale, body))
    shape = price_list_shape(listed)
    if body.get("preview") is True:
        ones = accept(await engine.orders.trying.one_of_each(sale, listed))
        shape["one_of_each"] = [one_shape(each) for each in ones]
    return shape


@route("GET", "/api/sales/{sale}/prices", needs=Permission.SALE_READ, codes=(Code.UNKNOWN_SALE,))
async def price_lists(call: Call) -> PriceListsShape:
    """The price lists of a sale of yours: from when each counts, and who made it."""
    found = accept(await call.services.engine.catalog.price_lists.of(call.organizer, call.sale_part()))
    return {"items": [price_list_shape(each) for each in found], "now_ms": clock_ms()}


# ── steering ──


def switches(done: Switches) -> SwitchesShape:
    return {"opened_at": done.opened_at, "closed_at": done.closed_at, "paused": done.paused}


@route("POST", "/api/sales/{sale}/open", needs=Permission.SALE_STEER, codes=STEER)
async def open_sale(call: Call) -> SwitchesShape:
    """Open before the time."""
    return switches(accept(await call.services.engine.catalog.open_now(act_of(call), call.sale_part())))


@route("POST", "/api/sales/{sale}/pause", needs=Permission.SALE_STEER, codes=STEER)
async def pause_sale(call: Call) -> SwitchesShape:
    """No admission and no new holds; carts and purchases go on."""
    return switches(accept(await call.services.engine.catalog.pause(act_of(call), call.sale_part())))


@route("POST", "/api/sales/{sale}/resume", needs=Permission.SALE_STEER, codes=STEER)
async def resume_sale(call: Call) -> SwitchesShape:
    """Go on after a pause."""
    return switches(accept(await call.services.engine.catalog.resume(act_of(call), call.sale_part())))


@route("POST", "/api/sales/{sale}/close", needs=Permission.SALE_STEER, two_persons="sale.close", codes=STEER)
async def close_sale(call: Call) -> SwitchesShape:
    """Close early; carts may still be bought until their own deadlines."""
    return switches(accept(await call.services.engine.catalog.close_early(act_of(call), call.sale_part())))


@route(
    "POST",
    "/api/sales/{sale}/reopen",
    needs=Permission.SALE_STEER,
    takes=SaleReopen,
    codes=(Code.UNKNOWN_SALE, Code.EVENT_CANCELLED, Code.EVENT_BEGUN, Code.INVALID),
)
async def reopen_sale(call: Call, body: Any) -> SwitchesShape:
    """A sale that is over goes on: until it would have closed, until its event starts, or until `closes`."""
    return switches(made(await call.services.engine.catalog.reopen(act_of(call), call.sale_part(), body)))


# ── looking ──


@route(
    "GET",
    "/api/sales/{sale}/metrics",
    needs=Permission.SALE_READ,
    answer=str,
    codes=(Code.UNKNOWN_SALE,),
    content={TEXT: {"schema": {"type": "string"}}},
)
async def sale_metrics(call: Call) -> Reply:
    """How calls of the stores go, and what the last check of a sale of yours found: Prometheus text."""
    sale = call.sale_part()
    if not await call.owns(sale):
        raise RefusalError(Code.UNKNOWN_SALE)
    return Reply(call.services.metrics.text_for(sale), content_type=TEXT)


@route("GET", "/api/sales/{sale}/takings", needs=Permission.SALE_READ, answer=TakingsAnswer, codes=(Code.UNKNOWN_SALE,))
async def takings(call: Call, query: TakingsQuery) -> dict[str, Any]:
    """What a sale of yours has taken in so far: `revenue`, as it is counted live; and with `parts`, by the ledger."""
    if not await call.owns(call.sale_part()):
        raise RefusalError(Code.UNKNOWN_SALE)
    view = await view_of(call, call.sale_part())
    answer = {**at(view), **view.takings, "now_ms": clock_ms()}
    if query.parts:
        answer["parts"] = asdict(await call.services.engine.orders.takings_of(call.sale_part()))
    return answer


# ── listing ──


@route("GET", "/api/organizer/sales", needs=Permission.SALE_READ, narrowed=True)
async def organizer_sales(call: Call, query: OrganizerSalesQuery) -> SalePageShape:
    """Sales of yours, newest first."""
    catalog = call.services.engine.catalog
    page = await catalog.organizer_sales(
        call.organizer, reach=call.reach, words=query.q, after=query.after, limit=query.limit
    )
    marks = await call.services.marks.of(page.items)
    items = [card_shape(card, mark) for card, mark in zip(page.items, marks, strict=True)]
    for item, card in zip(items, page.items, strict=True):
        item["visibility"] = card.times.visibility
    return {"items": items, "next": page.next}


@route("GET", "/api/organizer/sales/{sale}", needs=Permission.SALE_READ, codes=(Code.UNKNOWN_SALE, Code.INVALID))
async def own_sale(call: Call, query: SaleQuery) -> SaleShape:
    """A sale of yours, with what is hidden from others."""
    if not await call.owns(call.sale_part()):
        raise RefusalError(Code.UNKNOWN_SALE)
    info = await info_of(call, call.sale_part())
    return await shape_of(call.services, info, query.list, whole=True)
