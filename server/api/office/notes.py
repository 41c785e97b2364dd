"""Notes about an organizer's people over HTTP."""

from __future__ import annotations

from typing import Any

from engine.access import Permission
from engine.refusals import Code, RefusalError, accept
from server.api.acts import act_of, names_of
from server.contract.people import AddedNoteShape, NoteBody, NoteItems
from server.contract.routes import Reply, route
from server.who.call import Call


@route("GET", "/api/people/{person}/notes", needs=Permission.ORDER_PII)
async def list_notes(call: Call) -> NoteItems:
    """What your team has noted about somebody of yours, newest first; the audit trail notes who read it.

    The person may read it too, without who wrote it: it is in what they get when they ask for everything known of them.
    """
    notes = await call.services.engine.notes.read(act_of(call), call.part("person"))
    if notes is None:
        raise RefusalError(Code.NOT_FOUND)
    names = await names_of(call, ((note.author_kind.value, note.author) for note in notes))
    items: Any = [
        {
            "id": note.id,
            "text": note.text,
            "author": note.author,
            "author_kind": note.author_kind.value,
            "author_name": names.get(note.author),
            "written_at": note.written_at,
        }
        for note in notes
    ]
    return {"items": items}


@route(
    "POST",
    "/api/people/{person}/notes",
    needs=Permission.PEOPLE_EDIT,
    and_needs=Permission.ORDER_PII,
    status=201,
    idempotent=True,
    codes=(Code.CONFLICT,),
)
async def add_note(call: Call, body: NoteBody) -> AddedNoteShape:
    """Note something about somebody of yours, sealed like their name; a person has at most a hundred notes."""
    return {"id": accept(await call.services.engine.notes.add(act_of(call), call.part("person"), body.text))}


@route(
    "DELETE",
    "/api/people/{person}/notes/{note}",
    needs=Permission.PEOPLE_EDIT,
    and_needs=Permission.ORDER_PII,
    status=204,
    answer=None,
)
async def remove_note(call: Call) -> Reply:
    """Remove a note for good."""
    if not await call.services.engine.notes.remove(act_of(call), call.part("person"), call.part("note")):
        raise RefusalError(Code.NOT_FOUND)
    return Reply(None, 204)
