"""Erasing: people are forgotten, here and in whatever backup is put back.

Owns the table erasure. Guarantees: the list outside the database has an erasure before the database has it; all
contexts forget in one transaction, or none does; what was cut before its end is finished by a worker, or at the next
start; twice is once. Orders, seats, tickets and money stay as they are, and refer to nobody. Fails as the stores do.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import fields, replace
from datetime import timedelta
from typing import Protocol

import asyncpg

from engine.accounts import still_stands
from engine.audit import Act, Actor, write
from engine.context import Erasure, Forget, Whom
from engine.ids import new_id
from engine.limits import ERASURES_PER_STEP_MAX
from engine.refusals import Code, Refused
from engine.rights import sql
from engine.rights.choosing import Choosing
from engine.rights.model import Chosen, Erased
from engine.rights.outside import ErasureFile, packed, unpacked
from engine.vault import Contact, Moving, Vault, as_email

log = logging.getLogger(__name__)

YEAR = timedelta(days=365.25)


class Mirror(Protocol):
    """What is kept of people in Redis: the audience."""

    async def forget(self, numbers: Sequence[int], buyers: Sequence[str]) -> None: ...


CloseAccount = Callable[[str, Actor], Awaitable[Refused | None]]


class Erasing:
    def __init__(
        self,
        db: asyncpg.Pool,
        vault: Vault,
        choosing: Choosing,
        moving: Moving,
        file: ErasureFile,
        *,
        forget: Sequence[Forget],
        mirror: Mirror,
        close_account: CloseAccount,
        tax_years: int,
    ) -> None:
        """`forget` is what each context does; `close_account` says why one can't be closed."""
        self._db = db
        self._vault = vault
        self._choosing = choosing
        self._moving = moving
        self._file = file
        self._forget = forget
        self._mirror = mirror
        self._close_account = close_account
        self._kept_for = YEAR * tax_years
        self._kept_outside = 0  # number of the last one that this host's file has

    # ── erasing ──

    async def erase(self, by: Act | Actor, chosen: Chosen) -> Erased | Refused:
        """Forget these people: for one organizer, whose own they must be, or for everybody.

        An account is closed first; the last owner of an organizer can't be.
        """
        if await self._moving.due_s() is not None:
            return Refused(Code.CONFLICT, {"reason": "contacts are still being moved into the vault; ask again soon"})
        async with self._db.acquire() as connection:
            whom = await self._choosing.whom(connection, by.organizer_id if isinstance(by, Act) else None, chosen)
        if whom is None:
            return Refused(Code.NOT_FOUND)
        await asyncio.to_thread(self._file.append, [])  # no account is closed where the list can't be written
        for account in chosen.accounts:
            assert isinstance(by, Actor), "an organizer closes no account"
            refused = await self._close_account(account, by)
            if refused is not None and refused.code is not Code.NOT_FOUND:  # closed already
                return refused
        erasure = Erasure(**{each.name: getattr(whom, each.name) for each in fields(Whom)}, id=new_id("era"))
        await asyncio.to_thread(self._file.append, [erasure])
        return await self._carry_out(erasure, by)

    async def _carry_out(self, erasure: Erasure, by: Act | Actor) -> Erased:
        """In the database, then in Redis. What is cut between them is finished by `step`."""
        async with self._db.acquire() as connection, connection.transaction():
            if isinstance(by, Act):
                await still_stands(connection, by)
            there = await self._vault.lock(connection, erasure.people)
            contacts = {row.person: self._vault.contact(row) for row in there}
            kept = await self._keep(connection, erasure, contacts)
            emails = {as_email(each.email) for each in contacts.values() if each.email}
            own = {each for each in emails if self._vault.marks.inbox("email", each) in erasure.inboxes}
            named = replace(erasure, emails=tuple(own))
            for forget in self._forget:
                await forget(connection, named)
            await connection.execute(sql.NOTE, erasure.id, erasure.organizer_id, packed(erasure).decode())
            after = {"people": len(there), "accounts": len(erasure.accounts), "kept": kept}
            await write(connection, by, "person.erase", erasure.id, after=after)
        await self._clear(erasure)
        return Erased(erasure.id, len(there), kept)

    async def _keep(self, connection: asyncpg.Connection, erasure: Erasure, contacts: dict[str, Contact]) -> int:
        """Keep the names of those who paid for something for as long as tax law wants, under keys of their own."""
        paid = await connection.fetch(sql.PAID, list(contacts), list(erasure.buyers))
        owed = {row["person_id"]: row["last_at"] + self._kept_for for row in paid if row["last_at"] is not None}
        return await self._vault.keep(connection, {who: (contacts[who].name, until) for who, until in owed.items()})

    async def _clear(self, erasure: Erasure) -> None:
        await self._mirror.forget(erasure.numbers, erasure.buyers if erasure.organizer_id is None else ())
        await self._db.execute(sql.CLEARED, erasure.id)

    # ── finishing, and after a backup was put back ──

    async def step(self) -> int:
        """Clear what was cut, and keep this host's list whole; answers how many were cleared."""
        rows = await self._db.fetch(sql.UNCLEARED, ERASURES_PER_STEP_MAX)
        for row in rows:
            erasure = unpacked(row["list"].encode())
            assert erasure is not None, "written here"
            await self._clear(erasure)
        await self._keep_outside()
        return len(rows)

    async def due_s(self) -> float | None:
        return 0.0 if await self._db.fetchval(sql.IS_UNCLEARED) else None

    async def _keep_outside(self) -> None:
        """Other hosts' erasures come into this host's file too, so that any of them will do."""
        while rows := await self._db.fetch(sql.AFTER, self._kept_outside, ERASURES_PER_STEP_MAX):
            there = await asyncio.to_thread(lambda: {each.id for each in self._file.read()})
            lacking = [each for row in rows if (each := unpacked(row["list"].encode())) and each.id not in there]
            if lacking:
                await asyncio.to_thread(self._file.append, lacking)
            self._kept_outside = rows[-1]["number"]

    async def replay(self, by: Actor) -> int:
        """Carry out whatever the list has and the database lacks: a backup was put back, or a process died."""
        count = 0
        listed = await asyncio.to_thread(lambda: list(self._file.read()))
        for at in range(0, len(listed), ERASURES_PER_STEP_MAX):
            some = {each.id: each for each in listed[at : at + ERASURES_PER_STEP_MAX]}
            known = {row["id"] for row in await self._db.fetch(sql.KNOWN, list(some))}
            for erasure in (each for each in some.values() if each.id not in known):
                await self._carry_out(erasure, by if erasure.organizer_id is None else by.of(erasure.organizer_id))
                count += 1
        if count:
            log.warning("%d erasures were in the list outside the database only, and are carried out again", count)
        return count
