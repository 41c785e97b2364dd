"""What must hold of the vault: everybody in it can be read, and is found by what they are called."""

from __future__ import annotations

import asyncpg

from engine.context import Violation
from engine.limits import PERSONS_PER_COPY
from engine.vault import sql
from engine.vault.vault import Vault, locked

INVARIANT = 16


async def violations(db: asyncpg.Pool, vault: Vault) -> list[Violation]:
    found: list[Violation] = []
    after = ""
    while rows := await db.fetch(sql.SOME, after, PERSONS_PER_COPY):
        for row in rows:
            contact = vault.sealer.contact(locked(row))
            if contact is None:
                found.append(Violation(INVARIANT, f"person {row['id']}", "can't be read"))
                continue
            marks = vault.marks.found(contact)
            if (marks.email, marks.phone, set(marks.names)) != (
                row["email_mark"],
                row["phone_mark"],
                set(row["name_marks"]),
            ):
                found.append(Violation(INVARIANT, f"person {row['id']}", "is not found by what they are called"))
        after = rows[-1]["id"]
    return found
