"""Whether the keyring is as it must be: every purpose has a key that signs, every key unwraps, none is there twice."""

from __future__ import annotations

from collections import defaultdict

from engine.context import Violation
from engine.keyring import sql
from engine.keyring.purposes import BY_NAME, PURPOSES
from engine.keyring.store import KeyringFault, KeyringStore

INVARIANT = 13


async def violations(store: KeyringStore) -> list[Violation]:
    rows = await store.db.fetch(sql.READ)
    active = {row["purpose"] for row in rows if row["begun"] and row["retired_at"] is None}
    found = [
        Violation(INVARIANT, f"keys of {purpose.name}", "none is active")
        for purpose in PURPOSES
        if purpose.name not in active
    ]
    holders = defaultdict(list)
    for row in rows:
        purpose = BY_NAME.get(row["purpose"])
        if purpose is None or row["wrapped"] is None:
            continue
        try:
            holders[store.unwrapped(purpose, row)].append(f"key {row['id']} of {purpose.name}")
        except KeyringFault as fault:
            found.append(Violation(INVARIANT, f"key {row['id']} of {purpose.name}", str(fault)))
    twice = [names for names in holders.values() if len(names) > 1]
    return found + [Violation(INVARIANT, names[0], f"is the same as {', '.join(names[1:])}") for names in twice]
