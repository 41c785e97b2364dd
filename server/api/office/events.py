"""An organizer's events: looked at, put right, moved, postponed, cancelled, given a date again.

Guarantees: an act that was done already answers the same and changes nothing. What steers sales as well needs the
permission to steer them.
"""

from __future__ import annotations

from typing import Any

from engine.access import Permission
from engine.catalog import DatesInput, EventChange, EventDate, EventPostpone, EventSchedule, SaleClone
from engine.refusals import Code, RefusalError
from server.api.acts import act_of, made
from server.contract.copies import CloneShape, DatesQuery, DatesShape, clone_shape, dates_shape
from server.contract.managed import EventPageShape, EventShownShape, EventsQuery, card_of, shown_shape
from server.contract.routes import route
from server.who.admission import lacking
from server.who.call import Call

CHANGE = (Code.INVALID, Code.NOT_FOUND)
ACT = (*CHANGE, Code.EVENT_CANCELLED)


@route("GET", "/api/events", needs=Permission.EVENT_READ, narrowed=True)
async def list_events(call: Call, query: EventsQuery) -> EventPageShape:
    """Events of yours: those without a date, those to come, soonest first, and then those that were, latest first."""
    page = await call.services.engine.catalog.events.listed(
        call.organizer, reach=call.reach, words=query.q, cursor=query.after, limit=query.limit
    )
    return {"items": [card_of(card) for card in page.items], "next": page.next}


@route("GET", "/api/events/{event}", needs=Permission.EVENT_READ, codes=(Code.NOT_FOUND,))
async def one_event(call: Call) -> EventShownShape:
    """An event of yours with its sales, and the dates of its series."""
    shown = await call.services.engine.catalog.events.one(call.organizer, call.part("event"), call.reach)
    if shown is None:
        raise RefusalError(Code.NOT_FOUND)
    return shown_shape(shown)


@route("PATCH", "/api/events/{event}", needs=Permission.EVENT_EDIT, takes=EventChange, codes=CHANGE)
async def change_event(call: Call, body: Any) -> EventShownShape:
    """Put an event right; its date only as long as no sale of it has opened."""
    events = call.services.engine.catalog.events
    return shown_shape(made(await events.change(act_of(call), call.part("event"), body)))


@route(
    "POST",
    "/api/events/{event}/move",
    needs=Permission.SALE_STEER,
    idempotent=True,
    takes=EventDate,
    codes=(*ACT, Code.EVENT_POSTPONED),
)
async def move_event(call: Call, body: Any) -> EventShownShape:
    """To another date; its sales close as long before it as they would have. The date before is shown."""
    events = call.services.engine.catalog.events
    return shown_shape(made(await events.move(act_of(call), call.part("event"), body)))


@route(
    "POST",
    "/api/events/{event}/postpone",
    needs=Permission.SALE_STEER,
    idempotent=True,
    takes=EventPostpone,
    codes=ACT,
)
async def postpone_event(call: Call, body: Any) -> EventShownShape:
    """To a date that nobody knows yet; its sales are paused unless `keep_selling`."""
    events = call.services.engine.catalog.events
    return shown_shape(made(await events.postpone(act_of(call), call.part("event"), body)))


@route(
    "POST",
    "/api/events/{event}/schedule",
    needs=Permission.SALE_STEER,
    idempotent=True,
    takes=EventSchedule,
    codes=(*ACT, Code.EVENT_DATED),
)
async def schedule_event(call: Call, body: Any) -> EventShownShape:
    """A postponed event has a date again; the sales that were paused for it go on, unless `resume` is false."""
    events = call.services.engine.catalog.events
    return shown_shape(made(await events.schedule(act_of(call), call.part("event"), body)))


@route(
    "POST",
    "/api/events/{event}/cancel",
    needs=Permission.SALE_STEER,
    two_persons="sale.close",
    idempotent=True,
    codes=CHANGE,
)
async def cancel_event(call: Call) -> EventShownShape:
    """For good, and its sales close. Nobody who paid is written to or given money back by this."""
    return shown_shape(made(await call.services.engine.catalog.events.cancel(act_of(call), call.part("event"))))


# ── copies ──


def reaches_copies(call: Call) -> None:
    """A copy is an event that nobody was given by its id: who may edit some events only reaches none that is new."""
    if not call.reach.everything:
        raise lacking(Permission.EVENT_EDIT)


@route(
    "POST",
    "/api/events/{event}/dates",
    needs=Permission.EVENT_EDIT,
    idempotent=True,
    takes=DatesInput,
    codes=CHANGE,
)
async def make_dates(call: Call, body: Any, query: DatesQuery) -> DatesShape:
    """More dates of an event, each with sales like its own; a date that can't be made is told, and stops no other."""
    reaches_copies(call)
    copies = call.services.engine.catalog.copies
    return dates_shape(made(await copies.dates(act_of(call), call.part("event"), body, preview=query.preview)))


@route(
    "POST",
    "/api/sales/{sale}/clone",
    needs=Permission.EVENT_EDIT,
    idempotent=True,
    takes=SaleClone,
    codes=(Code.INVALID, Code.UNKNOWN_SALE),
)
async def clone_sale(call: Call, body: Any) -> CloneShape:
    """A sale like this one for an event like its own on another date; with `preview`, what it would be."""
    reaches_copies(call)
    return clone_shape(made(await call.services.engine.catalog.copies.clone(act_of(call), call.sale_part(), body)))
