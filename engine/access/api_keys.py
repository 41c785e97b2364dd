"""ApiKeys: the keys organizers and operators authenticate with.

Owns: the table api_key. A key is shown once, at its creation; only its SHA-256 is kept. Fails with `BadText` when a
name or label is not readable text. Guarantees: a revoked or unknown key answers None; who holds the database can't use
the keys in it.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import asyncpg

from engine.access.permissions import ALL, Grant, Permit
from engine.audit import BY_ITSELF, Actor, ActorKind, write
from engine.ids import new_id, readable
from engine.limits import NAME_CHARS_MAX
from engine.text import Written

KEY = re.compile(r"(ak_[a-z0-9]{12})_[A-Za-z0-9_-]{43}")
KEY_ID_CHARS = 12
KEY_BYTES = 32
LABEL = Written(100, chars_min=0)
NAME = Written(NAME_CHARS_MAX)

INSERT_ORGANIZER = "INSERT INTO organizer (id, name) VALUES ($1, $2)"
INSERT_KEY = "INSERT INTO api_key (id, organizer_id, key_sha256, label) VALUES ($1, $2, $3, $4)"
FIND_KEY = """
SELECT id, organizer_id, label, created_at, revoked_at FROM api_key WHERE key_sha256 = $1 AND revoked_at IS NULL
"""
LIST_KEYS = """
SELECT id, organizer_id, label, created_at, revoked_at FROM api_key
WHERE $1::text IS NULL OR organizer_id = $1 ORDER BY created_at, id
"""
REVOKE_KEY = """
UPDATE api_key SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING organizer_id, revoked_at
"""
LOCK_ORGANIZER = "SELECT FROM organizer WHERE id = $1 FOR NO KEY UPDATE"
FIRST_ORGANIZER = "SELECT id FROM organizer ORDER BY created_at, id LIMIT 1"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key in full: the only time anybody sees it."""

    id: str
    organizer: str
    key: str


@dataclass(frozen=True, slots=True)
class KeyShown:
    """A key as it may be listed."""

    id: str
    organizer: str
    label: str
    created_at: datetime
    revoked_at: datetime | None


class ApiKeys:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db

    async def create_organizer(self, name: str, by: Actor = BY_ITSELF) -> str:
        organizer, read = new_id("org"), NAME.read(name)
        async with self._db.acquire() as connection, connection.transaction():
            await connection.execute(INSERT_ORGANIZER, organizer, read)
            await write(connection, by.of(organizer), "organizer.create", organizer, after={"name": read})
        return organizer

    async def first_organizer(self) -> str | None:
        """The organizer an installation with a single one works for."""
        found: str | None = await self._db.fetchval(FIRST_ORGANIZER)
        return found

    async def create(self, organizer: str, label: str = "", by: Actor = BY_ITSELF) -> NewKey:
        key_id, read = f"ak_{readable(KEY_ID_CHARS)}", LABEL.read(label)
        key = f"{key_id}_{secrets.token_urlsafe(KEY_BYTES)}"
        async with self._db.acquire() as connection, connection.transaction():
            await connection.execute(INSERT_KEY, key_id, organizer, _fingerprint(key), read)
            await write(connection, by.of(organizer), "key.create", key_id, after={"label": read})
        return NewKey(key_id, organizer, key)

    async def check(self, key: str) -> KeyShown | None:
        """Whose key this is; None when it is none of ours or was revoked."""
        if KEY.fullmatch(key) is None:
            return None
        row = await self._db.fetchrow(FIND_KEY, _fingerprint(key))
        return None if row is None else _shown(row)

    async def permit(self, key: str) -> Permit | None:
        """What whoever shows this key may do; None when it is none of ours or was revoked."""
        found = await self.check(key)
        if found is None:
            return None
        return Permit(found.organizer, ActorKind.KEY, found.id, (Grant(found.id, ALL),))

    async def list(self, organizer: str | None = None) -> list[KeyShown]:
        return [_shown(row) for row in await self._db.fetch(LIST_KEYS, organizer)]

    async def revoke(self, key_id: str, by: Actor = BY_ITSELF) -> bool:
        """False when there is no such live key."""
        async with self._db.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(REVOKE_KEY, key_id)
            if row is None:
                return False
            before, after = {"revoked_at": None}, {"revoked_at": row["revoked_at"]}
            await write(connection, by.of(row["organizer_id"]), "key.revoke", key_id, before=before, after=after)
        return True


def key_id_of(key: str) -> str:
    """The id in a text that looks like a key of ours, which is no secret; empty when it does not."""
    found = KEY.fullmatch(key)
    return "" if found is None else found[1]


def _fingerprint(key: str) -> bytes:
    return sha256(key.encode()).digest()


def _shown(row: asyncpg.Record) -> KeyShown:
    return KeyShown(row["id"], row["organizer_id"], row["label"], row["created_at"], row["revoked_at"])


async def lock_organizer(connection: asyncpg.Connection, organizer_id: str) -> None:
    """Serialize changes to one organizer until the transaction ends."""
    await connection.execute(LOCK_ORGANIZER, organizer_id)
