"""An organizer's people over HTTP: taken in, and listed as that organizer knows them."""

from __future__ import annotations

from typing import Any

from engine.access import Permission
from engine.people import take_people
from server.api.acts import act_of
from server.contract.people import PeopleBody, RelationShape, RelationsPage, TakenShape
from server.contract.routes import Paged, route
from server.who.call import Call


@route("POST", "/api/people", needs=Permission.PEOPLE_EDIT, idempotent=True)
async def take(call: Call, body: PeopleBody) -> TakenShape:
    """Import your people, each by your own `reference`; a known reference is updated.

    Nothing reveals whether anybody else knows them. A wrong one is named by its position, and the others are taken.
    """
    engine = call.services.engine
    report, rejected = await take_people(engine.db, engine.vault, body.people, act_of(call))
    return {
        "lines": report.lines,
        "added": report.added,
        "changed": report.changed,
        "rejected": [{"line": each.line, "reasons": list(each.reasons)} for each in rejected],
    }


@route("GET", "/api/people", needs=Permission.PEOPLE_READ)
async def list_people(call: Call, query: Paged) -> RelationsPage:
    """Your people: who bought from you, whom you imported, and who asked for your offers. The ids are valid for you
    only.
    """
    rows = await call.services.engine.persons.related(call.organizer, query.after or "", query.limit)
    items: Any = [{name: row["orders_count" if name == "orders" else name] for name in NAMES} for row in rows]
    return {"items": items, "next": items[-1]["id"] if len(items) == query.limit else None}


NAMES = tuple(RelationShape.__annotations__)
