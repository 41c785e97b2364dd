"""Named links of an organizer: made, changed, archived, and listed with what came of each."""

from __future__ import annotations

from engine.access import Permission
from engine.orders import BroughtBy
from engine.refusals import Code
from server.api.acts import act_of, made
from server.contract.links import LinkBody, LinkChangeBody, LinkShape, LinksShape, counted_shape, link_shape
from server.contract.routes import route
from server.who.call import Call


@route("GET", "/api/links", needs=Permission.REPORT_READ)
async def list_links(call: Call) -> LinksShape:
    """Your links, how often buyers came by each, and what those bought who came by it first or last."""
    engine = call.services.engine
    links = await engine.links.all_of(call.organizer)
    brought = await engine.orders.brought_by([each.id for each in links])
    return {"items": [counted_shape(each, brought.get(each.id, BroughtBy())) for each in links]}


@route("POST", "/api/links", needs=Permission.PROMO_EDIT, status=201, codes=(Code.INVALID,))
async def make_link(call: Call, body: LinkBody) -> LinkShape:
    """A link by which buyers come. Its name stays its own for ever, also once it is archived."""
    links = call.services.engine.links
    return link_shape(made(await links.make(act_of(call), body.name, body.label, body.sale)))


@route("PATCH", "/api/links/{link}", needs=Permission.PROMO_EDIT, codes=(Code.NOT_FOUND, Code.INVALID))
async def change_link(call: Call, body: LinkChangeBody) -> LinkShape:
    """Call a link something else, let it lead elsewhere, archive it or take it up again; what is not named stays."""
    links = call.services.engine.links
    return link_shape(made(await links.change(act_of(call), call.part("link"), body.change())))
