"""Giving back all that an event sold: what it would do, doing it, and how far it is.

Guarantees: only sales of that event, which is the caller's.
"""

from __future__ import annotations

from engine.access import Permission
from engine.catalog.model import EventStatus
from engine.orders import Choice, Scope
from engine.refusals import Code, RefusalError, accept
from server.api.acts import act_of
from server.contract.cancelling import (
    CancellationBody,
    CancellationShape,
    CancellationsShape,
    CancellationWanted,
    ForeseenShape,
    cancellation_shape,
    foreseen_shape,
)
from server.contract.routes import route
from server.who.call import Call

REFUNDS = "/api/organizer/events/{event}/refunds"
OF_EVENT = (Code.NOT_FOUND, Code.UNKNOWN_SALE, Code.CONFLICT)


async def scope_of(call: Call, wanted: CancellationWanted, reason: str = "") -> Scope:
    """What of the event is meant."""
    shown = await call.services.engine.catalog.events.one(call.organizer, call.part("event"), call.reach)
    if shown is None:
        raise RefusalError(Code.NOT_FOUND)
    own = [sale.id for sale in shown.sales]
    if wanted.sales is not None and not set(wanted.sales) <= set(own):
        raise RefusalError(Code.UNKNOWN_SALE)
    sales = own if wanted.sales is None else list(dict.fromkeys(wanted.sales))
    scope = wanted.scope(call.part("event"), sales, reason)
    if shown.event.status is EventStatus.CANCELLED and Choice.KEEP in scope.offer.choices:
        raise RefusalError(
            Code.INVALID, fields=[{"path": "choices", "message": "names keep, and the event is cancelled"}]
        )
    return scope


@route("GET", REFUNDS, needs=Permission.ORDER_READ, codes=(Code.NOT_FOUND,))
async def list_cancellations(call: Call) -> CancellationsShape:
    """What of an event of yours was given back as a whole, and how far that is; the newest first."""
    if await call.services.engine.catalog.about_event(call.organizer, call.part("event")) is None:
        raise RefusalError(Code.NOT_FOUND)
    found = await call.services.engine.orders.cancelling.of_event(call.organizer, call.part("event"))
    return {"items": [cancellation_shape(each) for each in found]}


@route("POST", f"{REFUNDS}/preview", needs=Permission.ORDER_REFUND, codes=OF_EVENT)
async def preview_cancellation(call: Call, body: CancellationWanted) -> ForeseenShape:
    """What giving back all of it would do, to the cent. Nothing is written."""
    scope = await scope_of(call, body)
    return foreseen_shape(accept(await call.services.engine.orders.cancelling.foresee(call.organizer, scope)))


@route(
    "POST",
    REFUNDS,
    needs=Permission.ORDER_REFUND,
    steps_up=True,
    two_persons="order.refund",
    status=201,
    codes=OF_EVENT,
)
async def begin_cancellation(call: Call, body: CancellationBody) -> CancellationShape:
    """Give back all that an event of yours sold, or some of it: order by order, by a job that goes on whatever dies.

    Close its sales first: what is given back is for sale again. Repeating the same `cancellation` gives nothing twice.
    """
    scope = await scope_of(call, body, body.reason)
    cancelling = call.services.engine.orders.cancelling
    return cancellation_shape(accept(await cancelling.begin(act_of(call), body.cancellation, scope)))


async def steered(call: Call, how: str) -> CancellationShape:
    cancelling, event, name = call.services.engine.orders.cancelling, call.part("event"), call.part("cancellation")
    refused = await cancelling.steer(act_of(call), event, name, how)
    found = await cancelling.one(call.organizer, event, name)
    if refused is not None or found is None:
        raise RefusalError(Code.NOT_FOUND)
    return cancellation_shape(found)


@route("POST", REFUNDS + "/{cancellation}/pause", needs=Permission.ORDER_REFUND, codes=(Code.NOT_FOUND,))
async def pause_cancellation(call: Call) -> CancellationShape:
    """Let it stand still. What was decided goes on to be paid back."""
    return await steered(call, "pause")


@route("POST", REFUNDS + "/{cancellation}/resume", needs=Permission.ORDER_REFUND, codes=(Code.NOT_FOUND,))
async def resume_cancellation(call: Call) -> CancellationShape:
    """Go on."""
    return await steered(call, "resume")


@route("POST", REFUNDS + "/{cancellation}/retry", needs=Permission.ORDER_REFUND, codes=(Code.NOT_FOUND,))
async def retry_cancellation(call: Call) -> CancellationShape:
    """Try once more what was refused."""
    return await steered(call, "retry")
