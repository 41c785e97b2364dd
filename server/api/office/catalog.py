"""What an organizer sells: venues, layouts, events and sales made with an API key."""

from __future__ import annotations

from typing import Any

from engine.access import Permission
from engine.catalog import CreatedSale, EventInput, LayoutInput, NewVenue, SaleInput
from engine.refusals import Code
from server.api.acts import YAML_TYPES, act_of, made
from server.api.answering import body_text
from server.contract.routes import route
from server.contract.sales import Made, MadeLayout, MadeSale
from server.who.call import Call

MAKE = (Code.INVALID, Code.CONFLICT)


@route("POST", "/api/venues", needs=Permission.VENUE_EDIT, status=201, idempotent=True, takes=NewVenue, codes=MAKE)
async def make_venue(call: Call, body: Any) -> Made:
    """A venue: a place with a time zone."""
    return {"id": made(await call.services.engine.catalog.create_venue(act_of(call), body))}


@route(
    "POST",
    "/api/venues/{venue}/layouts",
    needs=Permission.VENUE_EDIT,
    status=201,
    idempotent=True,
    takes=LayoutInput,
    codes=(*MAKE, Code.NOT_FOUND),
)
async def make_layout(call: Call, body: Any) -> MadeLayout:
    """A new version of a venue's seats; sales keep the version they sell."""
    venue = call.part("venue")
    return {
        "venue": venue,
        "version": made(await call.services.engine.catalog.create_layout(act_of(call), venue, body)),
    }


@route("POST", "/api/events", needs=Permission.EVENT_EDIT, status=201, idempotent=True, takes=EventInput, codes=MAKE)
async def make_event(call: Call, body: Any) -> Made:
    """An event by itself; a sale may also bring its own."""
    return {"id": made(await call.services.engine.catalog.create_event(act_of(call), body))}


@route(
    "POST",
    "/api/sales",
    needs=Permission.EVENT_EDIT,
    status=201,
    idempotent=True,
    takes=SaleInput,
    also=YAML_TYPES,
    codes=(*MAKE, Code.EVENT_CANCELLED),
)
async def make_sale(call: Call, body: Any) -> MadeSale:
    """A sale, as JSON or YAML; nothing is stored until everything is right."""
    catalog = call.services.engine.catalog
    if call.request.content_type in YAML_TYPES:
        created = made(await catalog.sale_from_yaml(body_text(body), act_of(call)))
    else:
        created = made(await catalog.create_sale(act_of(call), body))
    return sale_made(created)


def sale_made(created: CreatedSale) -> MadeSale:
    return {
        "id": created.id,
        "event_id": created.event_id,
        "venue_id": created.venue_id,
        "layout_version": created.layout_version,
    }
