"""Looking: who somebody is, found by what they are called, shown as much as it takes to tell them apart.

Guarantees: whoever reads names and addresses leaves a line in the audit trail, before they are read; an organizer finds
its own people only. Fails as Postgres does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from engine.audit import Act, Actor, write
from engine.refusals import Code, Refused
from engine.rights import sql
from engine.rights.model import Match
from engine.vault import Contact, Kept, Vault

SUBJECTS_SHOWN_MAX = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """By what people are looked for: all that is given must fit."""

    name: str = ""
    email: str = ""
    phone: str = ""


class Looking:
    def __init__(self, db: asyncpg.Pool, vault: Vault) -> None:
        self._db = db
        self._vault = vault

    async def find(self, asked: Asked, organizer_id: str | None) -> list[Match]:
        """People whom all that was asked fits, of an organizer or of all."""
        found: list[list[str]] = []
        if asked.email:
            found.append(await self._vault.find_email(asked.email, organizer_id))
        if asked.phone:
            found.append(await self._vault.find_phone(asked.phone, organizer_id))
        if asked.name:
            found.append(await self._vault.find_name(asked.name, organizer_id))
        people = [each for each in found[0] if all(each in others for others in found[1:])] if found else []
        return await self.matches(people)

    async def matches(self, people: Sequence[str]) -> list[Match]:
        """Some people, as far as it takes to choose among them; those who are erased are left out."""
        rows = await self._vault.whose(people)
        contacts = await self._vault.contacts([row["id"] for row in rows])
        buyers = [row["buyer_id"] for row in rows if row["buyer_id"]]
        paid = {row["person_id"]: row["orders"] for row in await self._db.fetch(sql.PAID, list(people), buyers)}
        return [
            Match(row["id"], row["organizer_id"], contacts[row["id"]], paid.get(row["id"], 0))
            for row in rows
            if row["id"] in contacts
        ]

    async def read(self, by: Act | Actor, people: Sequence[str]) -> dict[str, Contact]:
        """Names and addresses in full, which the trail notes; for an organizer only of its own people."""
        organizer = by.organizer_id if isinstance(by, Act) else None
        rows = await self._vault.whose(people)
        own = [row["id"] for row in rows if organizer is None or row["organizer_id"] == organizer]
        if not own:
            return {}
        await self._note(by, "person.read", own)
        return await self._vault.contacts(own)

    async def read_one(self, by: Act | Actor, person: str) -> Contact | Refused:
        """The same of one person; refused where nobody is there, or nobody of this organizer's."""
        contacts = await self.read(by, [person])
        return contacts[person] if person in contacts else Refused(Code.NOT_FOUND)

    async def kept(self, by: Actor, people: Sequence[str]) -> list[Kept]:
        """What tax law keeps of people who were erased, which the trail notes."""
        kept = await self._vault.kept(people)
        if kept:
            await self._note(by, "person.kept", [each.of for each in kept])
        return kept

    async def _note(self, by: Act | Actor, act: str, people: Sequence[str]) -> None:
        named = {"people": list(people[:SUBJECTS_SHOWN_MAX]), "count": len(people)}
        async with self._db.acquire() as connection, connection.transaction():
            await write(connection, by, act, people[0], after=named)
