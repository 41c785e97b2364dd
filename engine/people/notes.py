"""Notes: what an organizer's team writes down about one of its people.

Owns person_note. Guarantees: a note is sealed under the person's own data key, for that person and that note alone, so
whoever is erased takes it along; a person has a bounded number of them, whoever adds at once; reading, adding and
removing stand in the audit trail, without what is said. Another organizer's person is nobody. Fails as Postgres does.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import asyncpg

from engine.audit import Act, ActorKind, write
from engine.context import Section, Violation
from engine.ids import new_id
from engine.limits import KNOWN_ROWS_MAX, NOTES_PER_PERSON_MAX, PERSONS_PER_COPY
from engine.people import sql
from engine.refusals import Code, Refused
from engine.stores.office import Office
from engine.vault import Locked, Vault, locked

log = logging.getLogger(__name__)

INVARIANT = 16  # everybody in the vault can be read, and so can what is noted about them
FULL = Refused(Code.CONFLICT, {"reason": f"a person has {NOTES_PER_PERSON_MAX} notes at most; remove one first"})


@dataclass(frozen=True, slots=True)
class Note:
    id: str
    text: str = field(repr=False)
    author_kind: ActorKind
    author: str
    written_at: datetime


class Notes:
    def __init__(self, db: asyncpg.Pool, office: Office, vault: Vault) -> None:
        self._db = db
        self._office = office
        self._vault = vault

    async def read(self, by: Act, person: str) -> list[Note] | None:
        """The notes about somebody, newest first; None when they are not this organizer's, or no longer there."""
        if await self._vault.own(by.organizer_id, person) is None:
            return None
        async with self._office.transaction(by) as connection:
            await write(connection, by, "note.read", person)
        rows = await self._office.fetch(by.organizer_id, sql.NOTES, person)
        who = await self._vault.own(by.organizer_id, person)
        return None if who is None else [self._note(who, row) for row in rows]

    async def add(self, by: Act, person: str, text: str) -> str | Refused:
        """The id of the new note. Two that add at once wait for one another, and an erasure for both."""
        hold = partial(self._vault.lock_own, organizer_id=by.organizer_id, person=person)
        async with self._office.holding(by, hold) as (connection, who):
            note = new_id("note")
            sealed = None if who is None else self._vault.sealer.seal(who, _place(note), text)
            if sealed is None:
                return Refused(Code.NOT_FOUND)
            if await connection.fetchval(sql.COUNT_NOTES, person) >= NOTES_PER_PERSON_MAX:
                return FULL
            await connection.execute(sql.ADD_NOTE, note, by.organizer_id, person, sealed, by.kind.value, by.actor)
            await write(connection, by, "note.add", person, after={"note": note})
        return note

    async def remove(self, by: Act, person: str, note: str) -> bool:
        """Remove a note for good; False when there is none, or it was removed already."""
        async with self._office.transaction(by) as connection:
            if await connection.fetchval(sql.REMOVE_NOTE, note, person, by.organizer_id) is None:
                return False
            await write(connection, by, "note.remove", person, after={"note": note})
        return True

    async def known(self, connection: asyncpg.Connection, people: Sequence[str], organizer_id: str | None) -> Section:
        """What is noted about people, for themselves to read; who wrote it is told to their organizer alone."""
        rows = await connection.fetch(sql.KNOWN_NOTES, list(people), organizer_id, KNOWN_ROWS_MAX)
        fields = ("person", "organizer", "text", "written_at", *(() if organizer_id is None else ("author",)))
        said = [
            {
                "person": row["person_id"],
                "organizer": row["organizer_id"],
                "text": self._note(locked(row, "person_id"), row, "note").text,
                "written_at": row["written_at"],
                "author": row["author"],
            }
            for row in rows
        ]
        return Section("notes", fields, [{name: each[name] for name in fields} for each in said])

    async def violations(self) -> list[Violation]:
        """Notes that can't be read, since they were changed or moved, or should be gone."""
        found: list[Violation] = []
        after = ""
        while rows := await self._db.fetch(sql.SOME_NOTES, after, PERSONS_PER_COPY):
            for row in rows:
                subject = f"note {row['note_id']}"
                if row["sealed"] is None:
                    found.append(Violation(INVARIANT, subject, "is about somebody who was erased"))
                elif self._open(locked(row, "person_id"), row["note_id"], row["note"]) is None:
                    found.append(Violation(INVARIANT, subject, "can't be read"))
            after = rows[-1]["note_id"]
        return found

    def _note(self, who: Locked, row: Any, sealed: str = "sealed") -> Note:
        text = self._open(who, row["note_id"], row[sealed])
        if text is None:
            log.error("note %s of person %s can't be read: it was changed or moved", row["note_id"], who.person)
        kind = ActorKind(row["author_kind"])
        return Note(row["note_id"], text or "", kind, row["author"], row["written_at"])

    def _open(self, who: Locked, note: str, sealed: bytes) -> str | None:
        return self._vault.sealer.open(who, _place(note), sealed)


def _place(note: str) -> str:
    """Where in the database it lies; nothing else of this person is sealed for the same place."""
    return f"note|{note}"
