"""The organizer's side: venues, layouts, events and sales made, changed, steered and listed with an API key."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NoReturn, TypeVar

from typing_extensions import TypedDict

from engine.access import network_of
from engine.audit import Act, ActorKind
from engine.catalog import (
    CreatedSale,
    EventInput,
    LayoutInput,
    Mistake,
    NewVenue,
    SaleChange,
    SaleInput,
    Switches,
)
from engine.refusals import Code, Refusal, Refused, accept
from server.api.routing import Call, Paged, Reply, Search, Who, body_text, route
from server.api.sales import SalePageShape, SaleShape, card_shape, sale_shape, state_of
from server.logs import REQUEST

YAML_TYPES = ("application/yaml", "application/x-yaml", "text/yaml")
TEXT = "text/plain"
T = TypeVar("T")

MAKE = (Code.INVALID, Code.CONFLICT)
STEER = (Code.UNKNOWN_SALE, Code.SALE_CLOSED, Code.SALE_NOT_OPEN)


class Made(TypedDict):
    id: str


class MadeLayout(TypedDict):
    venue: str
    version: int


class MadeSale(TypedDict):
    id: str
    event_id: str
    venue_id: str | None
    layout_version: int | None


class SwitchesShape(TypedDict):
    opened_at: datetime | None
    closed_at: datetime | None
    paused: bool


def act_of(call: Call) -> Act:
    return Act(call.organizer, call.key.id, ActorKind.KEY, REQUEST.get(), network_of(call.address))


def made(result: T | Refused | list[Mistake]) -> T:
    """What was made; else the refusal, with every mistake named."""
    if isinstance(result, list):
        refuse(result)
    return accept(result)


def refuse(mistakes: list[Mistake]) -> NoReturn:
    raise Refusal(Code.INVALID, fields=[named(mistake) for mistake in mistakes])


def named(mistake: Mistake) -> dict[str, Any]:
    field: dict[str, Any] = {"path": mistake.path, "message": mistake.message}
    return field if mistake.line is None else {**field, "line": mistake.line}


# ── making ──


@route("POST", "/api/venues", Who.ORGANIZER, status=201, idempotent=True, takes=NewVenue, codes=MAKE)
async def make_venue(call: Call, body: Any) -> Made:
    """A venue: a place with a time zone."""
    return {"id": made(await call.process.engine.catalog.create_venue(act_of(call), body))}


@route(
    "POST",
    "/api/venues/{venue}/layouts",
    Who.ORGANIZER,
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
        "version": made(await call.process.engine.catalog.create_layout(act_of(call), venue, body)),
    }


@route("POST", "/api/events", Who.ORGANIZER, status=201, idempotent=True, takes=EventInput, codes=MAKE)
async def make_event(call: Call, body: Any) -> Made:
    """An event by itself; a sale may also bring its own."""
    return {"id": made(await call.process.engine.catalog.create_event(act_of(call), body))}


@route(
    "POST",
    "/api/sales",
    Who.ORGANIZER,
    status=201,
    idempotent=True,
    takes=SaleInput,
    also=YAML_TYPES,
    codes=MAKE,
)
async def make_sale(call: Call, body: Any) -> MadeSale:
    """A sale, as JSON or YAML; nothing is stored until everything is right."""
    catalog = call.process.engine.catalog
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


@route("PATCH", "/api/sales/{sale}", Who.ORGANIZER, takes=SaleChange, codes=(*STEER, Code.INVALID))
async def change_sale(call: Call, body: Any) -> SaleShape:
    """Change times, visibility, cart or room of a sale; what the body does not name stays."""
    info = made(await call.process.engine.catalog.change_sale(act_of(call), call.sale_part(), body))
    return sale_shape(info, await state_of(call, info))


# ── steering ──


def switches(done: Switches) -> SwitchesShape:
    return {"opened_at": done.opened_at, "closed_at": done.closed_at, "paused": done.paused}


@route("POST", "/api/sales/{sale}/open", Who.ORGANIZER, codes=STEER)
async def open_sale(call: Call) -> SwitchesShape:
    """Open before the time."""
    return switches(accept(await call.process.engine.catalog.open_now(act_of(call), call.sale_part())))


@route("POST", "/api/sales/{sale}/pause", Who.ORGANIZER, codes=STEER)
async def pause_sale(call: Call) -> SwitchesShape:
    """No admission and no new holds; carts and purchases go on."""
    return switches(accept(await call.process.engine.catalog.pause(act_of(call), call.sale_part())))


@route("POST", "/api/sales/{sale}/resume", Who.ORGANIZER, codes=STEER)
async def resume_sale(call: Call) -> SwitchesShape:
    """Go on after a pause."""
    return switches(accept(await call.process.engine.catalog.resume(act_of(call), call.sale_part())))


@route("POST", "/api/sales/{sale}/close", Who.ORGANIZER, codes=STEER)
async def close_sale(call: Call) -> SwitchesShape:
    """Close early, for good; carts may still be bought until their own deadlines."""
    return switches(accept(await call.process.engine.catalog.close_early(act_of(call), call.sale_part())))


# ── looking ──


@route(
    "GET",
    "/api/sales/{sale}/metrics",
    Who.ORGANIZER,
    answer=str,
    codes=(Code.UNKNOWN_SALE,),
    content={TEXT: {"schema": {"type": "string"}}},
)
async def sale_metrics(call: Call) -> Reply:
    """How calls of the stores go, and what the last check of a sale of yours found: Prometheus text."""
    sale = call.sale_part()
    if not await call.owns(sale):
        raise Refusal(Code.UNKNOWN_SALE)
    return Reply(call.process.metrics.text_for(sale), content_type=TEXT)


# ── listing ──


class OrganizerSalesQuery(Paged):
    q: Search | None = None


@route("GET", "/api/organizer/sales", Who.ORGANIZER)
async def organizer_sales(call: Call, query: OrganizerSalesQuery) -> SalePageShape:
    """All sales of yours, newest first."""
    catalog = call.process.engine.catalog
    page = await catalog.organizer_sales(call.organizer, words=query.q, after=query.after, limit=query.limit)
    marks = await call.process.marks.of(page.items)
    items = [card_shape(card, mark) for card, mark in zip(page.items, marks, strict=True)]
    for item, card in zip(items, page.items, strict=True):
        item["visibility"] = card.times.visibility
    return {"items": items, "next": page.next}
