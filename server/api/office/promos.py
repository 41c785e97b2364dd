"""Promos for organizers: stores, segments, promos made, steered and watched with an API key."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from engine.access import Permission
from engine.promos import PromoInput, PromoView, RuleInput, SegmentInput, StoreInput
from engine.refusals import Code, RefusalError, accept
from engine.segments import BUILT_IN
from server.api.acts import YAML_TYPES, act_of, made
from server.api.answering import body_text
from server.buying.persons import written
from server.contract.people import BounceBody
from server.contract.promos import (
    MadeStore,
    OwnPromoDetailShape,
    OwnPromosPage,
    PreviewShape,
    ProductsPage,
    SegmentsPage,
    StateShape,
    StoresPage,
)
from server.contract.routes import Paged, Reply, route
from server.contract.sales import Made
from server.contract.stamps import clock_ms
from server.who.call import Call

MAKE = (Code.INVALID, Code.CONFLICT)
STEER = (Code.NOT_FOUND, Code.CONFLICT, Code.WINDOW_OVER)


# ── stores and products ──


@route(
    "POST",
    "/api/stores",
    needs=Permission.PROMO_EDIT,
    status=201,
    idempotent=True,
    takes=StoreInput,
    also=YAML_TYPES,
    codes=MAKE,
)
async def make_store(call: Call, body: Any) -> MadeStore:
    """A store with its products, segments and promos, as JSON or YAML; all of it or nothing."""
    shelf = call.services.engine.promos.shelf
    if call.request.content_type in YAML_TYPES:
        created = made(await shelf.store_from_yaml(body_text(body), act_of(call)))
    else:
        created = made(await shelf.create_store(act_of(call), body))
    return {"id": created.id, "products": dict(created.products), "promos": list(created.promos)}


@route("GET", "/api/stores", needs=Permission.PROMO_READ, answer=StoresPage)
async def list_stores(call: Call, query: Paged) -> dict[str, Any]:
    """Your stores."""
    rows = await call.services.engine.promos.shelf.stores(call.organizer, query.after or "", query.limit)
    return page_of([dict(row) for row in rows], query.limit)


@route("GET", "/api/stores/{store}/products", needs=Permission.PROMO_READ, answer=ProductsPage, codes=(Code.NOT_FOUND,))
async def list_products(call: Call) -> dict[str, Any]:
    """What a store sells."""
    rows = accept(await call.services.engine.promos.shelf.products(call.organizer, call.part("store")))
    return {"items": [dict(row) for row in rows], "next": None}


# ── segments ──


@route("GET", "/api/segments", needs=Permission.PROMO_READ, answer=SegmentsPage)
async def list_segments(call: Call) -> dict[str, Any]:
    """Your segments, with the built-in ones."""
    rows = await call.services.engine.segments.of_organizer(call.organizer)
    items = [{"name": row["name"], "rule": row["rule"], "built_in": row["name"] in BUILT_IN} for row in rows]
    return {"items": items, "next": None}


@route("PUT", "/api/segments", needs=Permission.PROMO_EDIT, takes=SegmentInput, codes=MAKE)
async def put_segment(call: Call, body: Any) -> Made:
    """Make a segment, or give one another rule."""
    return {"id": made(await call.services.engine.promos.shelf.put_segment(act_of(call), body))}


@route("POST", "/api/segments/preview", needs=Permission.PROMO_EDIT, takes=RuleInput, codes=(Code.INVALID,))
async def preview_segment(call: Call, body: Any) -> PreviewShape:
    """How many of your people a rule finds, before it is used."""
    preview = made(await call.services.engine.promos.shelf.preview(call.organizer, body))
    return {"members": preview.members, "consenting": preview.consenting, "reachable": preview.reachable}


# ── promos ──


@route(
    "POST",
    "/api/organizer/promos",
    needs=Permission.PROMO_EDIT,
    status=201,
    idempotent=True,
    takes=PromoInput,
    codes=MAKE,
)
async def make_promo(call: Call, body: Any) -> Made:
    """A promo of a product that exists; one that overlaps another of the same product is refused."""
    return {"id": made(await call.services.engine.promos.shelf.create_promo(act_of(call), body))}


@route("GET", "/api/organizer/promos", needs=Permission.PROMO_READ, answer=OwnPromosPage)
async def list_own_promos(call: Call, query: Paged) -> dict[str, Any]:
    """Your promos, with windows and live counts."""
    views = await call.services.engine.promos.of_organizer(call.organizer, after=query.after or "", limit=query.limit)
    return page_of([promo_shape(view) for view in views], query.limit)


@route(
    "GET",
    "/api/organizer/promos/{promo}",
    needs=Permission.PROMO_READ,
    answer=OwnPromoDetailShape,
    codes=(Code.NOT_FOUND,),
)
async def show_own_promo(call: Call) -> dict[str, Any]:
    """One promo: totals of each window that opened, and what was counted in each minute."""
    promos = call.services.engine.promos
    views = await promos.of_organizer(call.organizer, promo=call.part("promo"))
    if not views:
        raise RefusalError(Code.NOT_FOUND)
    shape = promo_shape(views[0])
    for window in shape["windows"]:
        window["per_minute"] = await promos.counts.per_minute(window["number"])
    return {**shape, "now_ms": clock_ms()}


def promo_shape(view: PromoView) -> dict[str, Any]:
    return asdict(view)


@route("POST", "/api/organizer/promos/{promo}/schedule", needs=Permission.PROMO_EDIT, codes=STEER)
async def schedule_promo(call: Call) -> StateShape:
    """A draft becomes a promo that will run."""
    return {"state": accept(await call.services.engine.promos.shelf.schedule(act_of(call), call.part("promo")))}


@route("POST", "/api/organizer/promos/{promo}/pause", needs=Permission.PROMO_EDIT, codes=STEER)
async def pause_promo(call: Call) -> StateShape:
    """No more units are claimed and no more notices sent; carts go on."""
    return {"state": accept(await call.services.engine.promos.pause(act_of(call), call.part("promo")))}


@route("POST", "/api/organizer/promos/{promo}/resume", needs=Permission.PROMO_EDIT, codes=STEER)
async def resume_promo(call: Call) -> StateShape:
    """Go on after a pause."""
    return {"state": accept(await call.services.engine.promos.resume(act_of(call), call.part("promo")))}


@route("POST", "/api/organizer/promos/{promo}/end", needs=Permission.PROMO_EDIT, codes=STEER)
async def end_promo(call: Call) -> StateShape:
    """For good; what is in a cart may still be bought until the cart's own deadline."""
    return {"state": accept(await call.services.engine.promos.end(act_of(call), call.part("promo")))}


# ── what mail and SMS providers report ──


@route("POST", "/api/bounces", needs=Permission.PROMO_EDIT, status=204, answer=None, codes=(Code.INVALID,))
async def take_bounce(call: Call, body: BounceBody) -> Reply:
    """Report that an address is dead, or that its owner complained: you send nothing there again. The answer reveals
    nothing about it.
    """
    address = written(body.channel, body.address)
    await call.services.engine.suppression.reported(act_of(call), body.channel, address, body.reason)
    return Reply(None, 204)


def page_of(items: list[dict[str, Any]], limit: int) -> dict[str, Any]:
    return {"items": items, "next": items[-1]["id"] if len(items) == limit else None}
