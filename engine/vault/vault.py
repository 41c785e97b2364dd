"""Vault: the one place where people's names, addresses and numbers are.

Owns vault_person. Others refer to a person by id. Guarantees: a value can be read with the person's own key alone, and
that only through the keyring; what is erased can be read by nobody, whatever key is still there; typing the same again
is the same person. Fails as Postgres does; what can't be read answers None, and says in the log which person.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg

from engine.ending import end
from engine.keyring import Keyring
from engine.limits import PEOPLE_FOUND_MAX, VAULT_READS_PER_BATCH_MAX
from engine.stores.batcher import Batcher
from engine.stores.standing import has_had
from engine.vault import sql
from engine.vault.marks import Marks, as_email, as_phone
from engine.vault.model import NOBODY, Contact, Filed, Kept, Locked
from engine.vault.sealing import PersonSealer

log = logging.getLogger(__name__)

# Since this step no release is left that looks for contacts elsewhere.
IN_USE_SINCE = "contacts_in_the_vault"
LOOK_S = 5.0


class Vault:
    def __init__(self, db: asyncpg.Pool, keyring: Keyring) -> None:
        self._db = db
        self.marks = Marks(keyring)
        self.sealer = PersonSealer(keyring)
        self._in_use = False
        self._look_at = 0.0
        self._looking: asyncio.Task[None] | None = None
        self._reads: Batcher[str, Contact] = Batcher("vault read", self._read, items_max=VAULT_READS_PER_BATCH_MAX)

    @property
    def in_use(self) -> bool:
        """Whether what people type goes into it; before that the release before would not find it."""
        if not self._in_use and time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_S
            self._looking = asyncio.get_running_loop().create_task(self.look(), name="vault in use")
        return self._in_use

    async def look(self) -> None:
        """See whether it is used by now."""
        self._in_use = self._in_use or await has_had(self._db, IN_USE_SINCE)

    async def close(self) -> None:
        if self._looking is not None:
            await end([self._looking])

    # ── writing ──

    def filed(self, contact: Contact, organizer_id: str | None, buyer: str | None) -> Filed:
        """A person to be written, in the caller's own statement, by vault_put."""
        mark = None if organizer_id is None or buyer is None else self.marks.contact(organizer_id, buyer, contact)
        return Filed(self.sealer.new(contact), organizer_id, buyer, mark, self.marks.found(contact))

    def nameless(self, organizer_id: str, buyer: str) -> Filed:
        """Somebody new of whom nothing is known but what will be sealed for them."""
        return Filed(self.sealer.new(NOBODY), organizer_id, buyer, None, self.marks.found(NOBODY))

    async def put(self, connection: asyncpg.Connection, people: Sequence[Filed]) -> list[str]:
        """The ids under which these people are known from now on."""
        rows = await connection.fetch(sql.PUT, *columns(people))
        known = {row["contact_mark"]: row["person_id"] for row in rows if row["contact_mark"] is not None}
        return [known.get(each.mark, each.row.person) if each.mark else each.row.person for each in people]

    async def add(self, connection: asyncpg.Connection, people: Sequence[Filed]) -> None:
        """Write many people of whom none can be there yet, the fastest way."""
        assert all(each.mark is None for each in people), "who has a mark may be there already"
        records = [each.record for each in people]
        await connection.copy_records_to_table("vault_person", records=records, columns=COLUMNS)

    async def correct(self, connection: asyncpg.Connection, contacts: Mapping[str, Contact]) -> list[str]:
        """Replace contacts, by person; answers whom it concerned: those who are neither erased nor unreadable."""
        rows = [locked(row) for row in await connection.fetch(sql.LOCK, list(contacts))]
        anew = [(self.sealer.again(row, contacts[row.person]), self.marks.found(contacts[row.person])) for row in rows]
        changed = [(row, found) for row, found in anew if row is not None]
        if not changed:
            return []
        done = await connection.fetch(
            sql.CORRECT,
            [row.person for row, _ in changed],
            [row.sealed for row, _ in changed],
            [found.email for _, found in changed],
            [found.phone for _, found in changed],
            [found.array for _, found in changed],
        )
        return [row["id"] for row in done]

    async def lock(self, connection: asyncpg.Connection, people: Collection[str]) -> list[Locked]:
        """The rows of people who are not erased; nobody else writes to them until the transaction ends."""
        return [locked(row) for row in await connection.fetch(sql.LOCK, list(people))]

    async def lock_own(self, connection: asyncpg.Connection, organizer_id: str, person: str) -> Locked | None:
        """The same of one person; None when they are erased, or not this organizer's."""
        row = await connection.fetchrow(sql.LOCK_OWN, [person], organizer_id)
        return None if row is None else locked(row)

    async def hold(self, connection: asyncpg.Connection, people: Collection[str]) -> set[str]:
        """Which of them are not erased, nor will be before the transaction ends.

        Whoever writes down what was read of somebody asks this in between: an erasure that comes later sees it.
        """
        return {row["id"] for row in await connection.fetch(sql.HOLD, list(people))}

    async def keep(self, connection: asyncpg.Connection, names: Mapping[str, tuple[str, datetime]]) -> int:
        """Keep names of people who are erased until an instant, each under a key of its own; answers how many."""
        if not names:
            return 0
        rows = [(person, self.sealer.new(Contact(name), "kpt"), until) for person, (name, until) in names.items()]
        await connection.execute(
            sql.KEEP,
            [row.person for _, row, _ in rows],
            [person for person, _, _ in rows],
            [row.ring_key for _, row, _ in rows],
            [row.data_key for _, row, _ in rows],
            [row.sealed for _, row, _ in rows],
            [until for _, _, until in rows],
        )
        return len(rows)

    async def kept(self, people: Collection[str]) -> list[Kept]:
        """What is kept of people who were erased."""
        rows = await self._db.fetch(sql.KEPT, list(people))
        return [Kept(row["kept_of"], row["organizer_id"], self.contact(locked(row)), row["kept_until"]) for row in rows]

    # ── reading ──

    async def whose(self, people: Collection[str], connection: asyncpg.Connection | None = None) -> list[Any]:
        """Of people who are not erased: id, organizer_id, buyer_id, and the marks of their addresses.

        With a connection, as here and below, as the caller's transaction sees them.
        """
        return list(await (connection or self._db).fetch(sql.WHOSE, list(people)))

    async def own(self, organizer_id: str, person: str) -> Locked | None:
        """What it takes to read a person; None when they are erased, or not this organizer's."""
        row = await self._db.fetchrow(sql.OWN, [person], organizer_id)
        return None if row is None else locked(row)

    def contact(self, row: Locked) -> Contact:
        """What a row says; nothing, where it can't be read."""
        contact = self.sealer.contact(row)
        if contact is None:
            log.error("person %s can't be read: its row was changed, or its key of the keyring is gone", row.person)
        return contact or NOBODY

    async def contacts(
        self, people: Collection[str], connection: asyncpg.Connection | None = None
    ) -> dict[str, Contact]:
        """The contacts of people; those who are erased, or that nobody knows, are left out."""
        rows = await (connection or self._db).fetch(sql.READ, list(people))
        return {row["id"]: self.contact(locked(row)) for row in rows}

    async def one(self, person: str) -> Contact:
        """The contact of a person; who asks at one moment shares a look."""
        return await self._reads.submit(person)

    async def _read(self, people: list[str]) -> list[Contact]:
        known = await self.contacts(set(people))
        return [known.get(person, NOBODY) for person in people]

    # ── finding ──

    async def find_email(self, email: str, organizer_id: str | None = None) -> list[str]:
        """People with this inbox; without an organizer those of any."""
        mark = self.marks.inbox("email", as_email(email))
        return await self._found(sql.FIND_EMAIL, organizer_id, mark)

    async def imported(self, organizers: Collection[str], emails: Collection[str]) -> dict[tuple[str, str], list[str]]:
        """People whom these organizers imported with one of these inboxes, by organizer and address."""
        marks = {email: self.marks.inbox("email", as_email(email)) for email in emails}
        found: dict[tuple[str, bytes], list[str]] = {}
        for row in await self._db.fetch(sql.IMPORTED, list(organizers), list(marks.values())):
            found.setdefault((row["organizer_id"], row["email_mark"]), []).append(row["id"])
        # Two addresses may be of one inbox.
        return {(each, email): found.get((each, marks[email]), []) for each in organizers for email in marks}

    async def find_phone(self, phone: str, organizer_id: str | None = None) -> list[str]:
        return await self._found(sql.FIND_PHONE, organizer_id, self.marks.inbox("sms", as_phone(phone)))

    async def find_name(self, words: str, organizer_id: str | None = None) -> list[str]:
        """People in whose names all these words are, whole."""
        marks = self.marks.words(words)
        return await self._found(sql.FIND_NAME, organizer_id, marks) if marks else []

    async def of_buyers(self, buyers: Sequence[str], connection: asyncpg.Connection | None = None) -> list[str]:
        """All the people that these buyers said they are."""
        return [row["id"] for row in await (connection or self._db).fetch(sql.OF_BUYERS, list(buyers))]

    async def _found(self, statement: str, organizer_id: str | None, by: object) -> list[str]:
        return [row["id"] for row in await self._db.fetch(statement, organizer_id, by, PEOPLE_FOUND_MAX)]


async def destroy(connection: asyncpg.Connection, people: Collection[str]) -> None:
    """Destroy the data keys of people: what was sealed for them can be read by nobody any more."""
    await connection.execute(sql.ERASE, list(people))


def locked(row: Any, person: str = "id") -> Locked:
    """A row that has what it takes to read a person; `person` is the column that says who."""
    return Locked(row[person], row["ring_key"], row["data_key"], row["sealed"])


def columns(people: Sequence[Filed | None]) -> list[list[object]]:
    """The arguments of vault_put; None leaves nothing."""
    rows = [each.columns() for each in people if each is not None]
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in COLUMNS]


COLUMNS = (
    *("id", "organizer_id", "buyer_id", "ring_key", "data_key", "sealed", "contact_mark", "email_mark", "phone_mark"),
    "name_marks",
)
