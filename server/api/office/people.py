"""An organizer's people over HTTP: taken in, and listed as that organizer knows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.access import Permission
from engine.people import take_people
from engine.refusals import Code, RefusalError, accept
from engine.rights import Asked, Chosen
from engine.vault import Contact
from server.api.acts import act_of
from server.contract.known import KnownShape, known_shape
from server.contract.people import (
    CorrectBody,
    ErasedShape,
    FindBody,
    FoundPeople,
    PeopleBody,
    PersonShape,
    ReadPersonShape,
    RelationShape,
    RelationsPage,
    StandInsBody,
    StandInsShape,
    TakeBackBody,
    TakenBackItems,
    TakenShape,
    contact_shape,
)
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
    items: Any = [relation_shape(row) for row in rows]
    return {"items": items, "next": items[-1]["id"] if len(items) == query.limit else None}


# ── who they are ──


@route("POST", "/api/people/find", needs=Permission.PEOPLE_READ, codes=(Code.INVALID,))
async def find_people(call: Call, body: FindBody) -> FoundPeople:
    """Your people by what they are called: words of a name, an address or a number, however it is written.

    Names and addresses are masked; `POST /api/people/{person}/read` shows them.
    """
    if not (body.name or body.email or body.phone):
        raise RefusalError(Code.INVALID, fields=[{"path": "name", "message": "or email or phone is needed"}])
    found = await call.services.engine.looking.find(Asked(body.name, body.email, body.phone), call.organizer)
    return {
        "items": [
            {"person": each.person, "contact": contact_shape(each.contact.masked), "orders": each.orders}
            for each in found
        ]
    }


@route("POST", "/api/people/stand-ins", needs=Permission.PEOPLE_READ)
async def hand_out(call: Call, body: StandInsBody) -> StandInsShape:
    """Stand-ins for your people, to be given to a partner or put into an export: the same for the same person and
    purpose, and nothing can be read off them. The audit trail notes it.
    """
    made = await call.services.engine.stand_ins.hand_out(act_of(call), body.purpose, body.people)
    return {"items": [{"person": person, "stand_in": stand_in} for person, stand_in in made.items()]}


@route("POST", "/api/people/stand-ins/take-back", needs=Permission.ORDER_PII)
async def take_back(call: Call, body: TakeBackBody) -> TakenBackItems:
    """Who they stand for, with names and addresses in full; the audit trail notes it before they are read."""
    taken = await call.services.engine.stand_ins.take_back(act_of(call), body.purpose, body.stand_ins)
    return {
        "items": [
            {"stand_in": stand_in, "person": person, "contact": contact_shape(contact)}
            for stand_in, (person, contact) in taken.items()
        ]
    }


@route("POST", "/api/people/{person}/read", needs=Permission.ORDER_PII)
async def read_person(call: Call) -> ReadPersonShape:
    """Somebody's name and addresses in full, and how you stand to them; the audit trail notes who read it."""
    person = call.part("person")
    contact = accept(await call.services.engine.looking.read_one(act_of(call), person))
    relation = await call.services.engine.persons.relation(call.organizer, person)
    shown: Any = None if relation is None else relation_shape(relation)
    return {"person": person, "contact": contact_shape(contact), "relation": shown}


@route("GET", "/api/people/{person}/export", needs=Permission.ORDER_PII)
async def export_person(call: Call) -> KnownShape:
    """Everything you know of somebody of yours, for them to read; the audit trail notes who asked."""
    return known_shape(accept(await call.services.engine.known(act_of(call), Chosen([call.part("person")]))))


@route("PUT", "/api/people/{person}/contact", needs=Permission.PEOPLE_EDIT)
async def correct_person(call: Call, body: CorrectBody) -> PersonShape:
    """Correct what somebody is called and where they are reached; their orders say it too from then on."""
    contact = Contact(body.name, body.email or "", body.phone or "")
    corrected = accept(await call.services.engine.correcting.correct(act_of(call), call.part("person"), contact))
    return {"person": call.part("person"), "contact": contact_shape(corrected)}


@route("DELETE", "/api/people/{person}", needs=Permission.PEOPLE_EDIT, steps_up=True, codes=(Code.CONFLICT,))
async def erase_person(call: Call) -> ErasedShape:
    """Erase somebody of yours for good, in backups too. Their orders, seats and tickets stay."""
    erased = accept(await call.services.engine.erasing.erase(act_of(call), Chosen([call.part("person")])))
    return {"id": erased.id, "people": erased.people, "kept": erased.kept}


def relation_shape(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row["orders_count" if name == "orders" else name] for name in NAMES}


NAMES = tuple(RelationShape.__annotations__)
