"""What an organizer says of itself: its name, its terms, its refund rule, and when buyers choose keys."""

from __future__ import annotations

from typing import Any

from engine.access import Permission
from engine.catalog import TaxRulesInput
from engine.refusals import Code, RefusalError, accept
from server.api.acts import act_of, made
from server.contract.organizers import OrganizerBody, OrganizerShape, TaxRulesShape, WrittenTermsShape, organizer_shape
from server.contract.routes import route
from server.who.call import Call

VERSION_DIGITS_MAX = 9


@route("GET", "/api/organizer", needs=Permission.EVENT_READ)
async def read_organizer(call: Call) -> OrganizerShape:
    """You, as your buyers see you."""
    view = await call.services.engine.organizers.view(call.organizer)
    if view is None:
        raise RefusalError(Code.NOT_FOUND)
    return organizer_shape(view)


@route("PUT", "/api/organizer", needs=Permission.ORGANIZER_EDIT, codes=(Code.INVALID,))
async def write_organizer(call: Call, body: OrganizerBody) -> OrganizerShape:
    """Name, terms, refund rule and the rule for keys, as a whole. Terms that differ have to be accepted anew."""
    return organizer_shape(accept(await call.services.engine.organizers.change(act_of(call), body.engine_change())))


@route("GET", "/api/organizer/terms/{version}", needs=Permission.EVENT_READ, codes=(Code.NOT_FOUND,))
async def read_terms(call: Call) -> WrittenTermsShape:
    """A version of your terms, in force or not: orders say which one was accepted."""
    version = call.part("version")
    known = version.isascii() and version.isdigit() and len(version) <= VERSION_DIGITS_MAX
    found = await call.services.engine.organizers.terms(call.organizer, int(version)) if known else None
    if found is None:
        raise RefusalError(Code.NOT_FOUND)
    return {
        "version": found.version,
        "text": found.text,
        "url": found.url,
        "refund_rule": found.refund_rule,
        "written_at": found.written_at,
    }


@route("GET", "/api/organizer/taxes", needs=Permission.EVENT_READ)
async def read_tax_rules(call: Call) -> TaxRulesShape:
    """The taxes that your new sales have, by the country of their venue."""
    version, countries = await call.services.engine.catalog.tax_rules.of(call.organizer)
    return {"version": version, "countries": dict(countries)}


@route(
    "PUT",
    "/api/organizer/taxes",
    needs=Permission.ORGANIZER_EDIT,
    takes=TaxRulesInput,
    codes=(Code.INVALID, Code.CHANGED_MEANWHILE),
)
async def write_tax_rules(call: Call, body: Any) -> TaxRulesShape:
    """All of them anew, as `taxes` of a sale are written; `version` as you saw it. Sales that exist keep theirs."""
    version, countries = made(await call.services.engine.catalog.tax_rules.change(act_of(call), body))
    return {"version": version, "countries": dict(countries)}
