"""StandIns: what partners and exports get instead of names and addresses, and how those come back.

A stand-in is for one purpose of one organizer: whoever has it can tell that two rows are of one person, and nothing
else, not even across purposes. Nothing of it is stored. Guarantees: the same person has the same stand-in for ever; one
that was made for another purpose or organizer, changed or made up, is nobody's, and so is that of who was erased; that
it was handed out and taken back stands in the audit trail, the latter before anything is read. Fails as Postgres does.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

import asyncpg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from engine.accounts import still_stands
from engine.audit import Act, write
from engine.rights.looking import SUBJECTS_SHOWN_MAX
from engine.vault import Contact, Vault

PREFIX = "sti_"


class StandIns:
    def __init__(self, db: asyncpg.Pool, vault: Vault, key: bytes) -> None:
        """`key` never rotates: what a partner has must be known again."""
        self._db = db
        self._vault = vault
        self._key = key

    async def hand_out(self, by: Act, purpose: str, people: Sequence[str]) -> dict[str, str]:
        """Person → stand-in; who is not this organizer's, or no longer there, is left out."""
        rows = await self._vault.whose(people)
        own = [row["id"] for row in rows if row["organizer_id"] == by.organizer_id]
        if own:
            await self._note(by, "person.stand_in", purpose, own)
        return {person: self.made(by.organizer_id, purpose, person) for person in own}

    async def take_back(self, by: Act, purpose: str, stand_ins: Sequence[str]) -> dict[str, tuple[str, Contact]]:
        """Stand-in → person and contact; what is nobody's is left out."""
        named = {each: person for each in stand_ins if (person := self.person_of(by.organizer_id, purpose, each))}
        rows = await self._vault.whose(list(named.values()))
        own = {row["id"] for row in rows if row["organizer_id"] == by.organizer_id}
        if not own:
            return {}
        await self._note(by, "person.taken_back", purpose, sorted(own))
        contacts = await self._vault.contacts(own)
        return {each: (person, contacts[person]) for each, person in named.items() if person in contacts}

    def made(self, organizer_id: str, purpose: str, person: str) -> str:
        said = AESSIV(self._key_of(organizer_id, purpose)).encrypt(person.encode(), None)
        return PREFIX + urlsafe_b64encode(said).rstrip(b"=").decode()

    def person_of(self, organizer_id: str, purpose: str, stand_in: str) -> str | None:
        written = stand_in.removeprefix(PREFIX)
        if written == stand_in or not written.isascii():
            return None
        try:
            said = urlsafe_b64decode(written + "=" * (-len(written) % 4))
            person = AESSIV(self._key_of(organizer_id, purpose)).decrypt(said, None).decode()
        except (InvalidTag, ValueError):
            return None
        # Base64 has several ways to write the same; only ours is known.
        return person if self.made(organizer_id, purpose, person) == stand_in else None

    def _key_of(self, organizer_id: str, purpose: str) -> bytes:
        """Of 512 bits: SIV takes one half to seal, and the other to tell what was changed."""
        return hmac.digest(self._key, f"{organizer_id}\n{purpose}".encode(), "sha512")

    async def _note(self, by: Act, act: str, purpose: str, people: Sequence[str]) -> None:
        after = {"purpose": purpose, "people": list(people[:SUBJECTS_SHOWN_MAX]), "count": len(people)}
        async with self._db.acquire() as connection, connection.transaction():
            await still_stands(connection, by)
            await write(connection, by, act, people[0], after=after)
