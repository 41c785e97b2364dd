"""Correcting: somebody is called otherwise, or reached elsewhere; their carts and orders say it too from then on.

Guarantees: an organizer corrects its own people only, and an account those whose address is surely its own; what tax
law kept stays as it is; the audit trail notes that somebody was corrected, never how. Fails as Postgres does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import asyncpg

from engine.accounts import still_stands
from engine.audit import Act, Actor, write
from engine.refusals import Code, Refused
from engine.rights.choosing import Choosing
from engine.rights.model import Chosen
from engine.vault import Contact, Vault

Follow = Callable[[asyncpg.Connection, str, Contact, Contact], Awaitable[None]]


class Correcting:
    def __init__(self, db: asyncpg.Pool, vault: Vault, choosing: Choosing, *, follow: Follow) -> None:
        """`follow` has a profile say no more of an address than it did before it was corrected."""
        self._db = db
        self._vault = vault
        self._choosing = choosing
        self._follow = follow

    async def correct(self, by: Act, person: str, contact: Contact) -> Contact | Refused:
        """An organizer's own people."""
        async with self._db.acquire() as connection, connection.transaction():
            await still_stands(connection, by)
            (row,) = await self._vault.whose([person], connection) or (None,)
            if row is None or row["organizer_id"] != by.organizer_id:
                return Refused(Code.NOT_FOUND)
            return await self._write(connection, by, person, contact)

    async def correct_own(
        self, by: Actor, account: str, person: str, *, name: str, phone: str | None
    ) -> Contact | Refused:
        """People whom an account's buyers typed with its own address, which stays; so does a phone of None."""
        async with self._db.acquire() as connection, connection.transaction():
            locked = await self._vault.lock(connection, [person])
            told = await self._choosing.told(connection, None, Chosen([], [account]))  # as it is, now that it is held
            if not locked or told is None or person not in told.people:
                return Refused(Code.NOT_FOUND)
            before = self._vault.contact(locked[0])
            now = replace(before, name=name, phone=before.phone if phone is None else phone)
            corrected = await self._write(connection, by, person, now)
            if not isinstance(corrected, Refused):
                await self._follow(connection, person, before, corrected)
            return corrected

    async def _write(
        self, connection: asyncpg.Connection, by: Act | Actor, person: str, contact: Contact
    ) -> Contact | Refused:
        if not await self._vault.correct(connection, {person: contact}):
            return Refused(Code.NOT_FOUND)
        await write(connection, by, "person.correct", person)
        return contact
