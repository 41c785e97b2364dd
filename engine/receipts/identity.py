"""Legal identity: who an organizer is to the law, as its receipts name it.

Owns legal_identity. Guarantees: a version never changes, so that a receipt goes on saying what it said; an organizer
that wrote none is named by its name; each act is in the trail. Fails with refusals, as values.
"""

from __future__ import annotations

from dataclasses import asdict, astuple

import asyncpg

from engine.audit import Act, write
from engine.countries import COUNTRIES, NO_COUNTRY
from engine.receipts import sql
from engine.receipts.model import LegalIdentity
from engine.refusals import Code, Refused
from engine.stores.office import Office
from engine.tax_ids import wrong_tax_id


class LegalIdentities:
    def __init__(self, office: Office) -> None:
        self._office = office

    async def read(self, organizer: str) -> tuple[int, LegalIdentity] | None:
        """What is in force, with its version: 0 while none was written. None when there is no such organizer."""
        async with self._office.reading(organizer) as connection:
            return await in_force(connection, organizer)

    async def change(
        self, by: Act, identity: LegalIdentity, seen: int | None = None
    ) -> tuple[int, LegalIdentity] | Refused:
        """Write a version, unless somebody did since version `seen`. Receipts that were issued keep theirs."""
        if identity.country not in COUNTRIES:
            return Refused(Code.INVALID, {"fields": [{"path": "country", "message": NO_COUNTRY}]})
        if wrong := wrong_tax_id(identity.country, identity.tax_id):
            return Refused(Code.INVALID, {"fields": [{"path": "tax_id", "message": wrong}]})
        async with self._office.transaction(by) as connection:
            before = await in_force(connection, by.organizer_id)
            if before is None:
                return Refused(Code.NOT_FOUND)
            version, stands = before
            if seen is not None and seen != version:
                return Refused(Code.CHANGED_MEANWHILE)
            if stands == identity:
                return before
            newest = await read_newest(connection, by.organizer_id)
            written = 1 if newest is None else newest[0] + 1
            if await _write(connection, by.organizer_id, written, identity) is None:
                return Refused(Code.CHANGED_MEANWHILE)  # written by somebody else at this moment
            await write(
                connection,
                by,
                "organizer.identity",
                by.organizer_id,
                before=asdict(stands) | {"version": version},
                after=asdict(identity) | {"version": written},
            )
        return written, identity


async def identity_to_issue_with(connection: asyncpg.Connection, organizer: str) -> tuple[int, LegalIdentity]:
    """The version that receipts of this moment keep. Where none was written, one that says the organizer's name."""
    newest = await read_newest(connection, organizer)
    if newest is not None and newest[1].complete:
        return newest
    named = LegalIdentity(await connection.fetchval(sql.NAME, organizer))
    if newest is not None and newest[1] == named:
        return newest
    await _write(connection, organizer, 1 if newest is None else newest[0] + 1, named)
    return await identity_to_issue_with(connection, organizer)  # that, or what somebody wrote just now


async def read_newest(connection: asyncpg.Connection, organizer: str) -> tuple[int, LegalIdentity] | None:
    """The newest version of an organizer's, which may say no more than its name."""
    row = await connection.fetchrow(sql.NEWEST_IDENTITY, organizer)
    return None if row is None else (row["version"], identity_of(row))


def identity_of(row: asyncpg.Record) -> LegalIdentity:
    return LegalIdentity(*(row[name] for name in LegalIdentity.__slots__))


async def in_force(connection: asyncpg.Connection, organizer: str) -> tuple[int, LegalIdentity] | None:
    """What an organizer wrote last, else its name as version 0; None when there is no such organizer."""
    newest = await read_newest(connection, organizer)
    if newest is not None and newest[1].complete:
        return newest
    name = await connection.fetchval(sql.NAME, organizer)
    return None if name is None else (0, LegalIdentity(name))


async def _write(connection: asyncpg.Connection, organizer: str, version: int, identity: LegalIdentity) -> int | None:
    """The version that was written; None when there is one of this number already."""
    written: int | None = await connection.fetchval(sql.WRITE_IDENTITY, organizer, version, *astuple(identity))
    return written
