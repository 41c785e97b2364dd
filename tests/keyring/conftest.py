"""A keyring on a fresh database, and hands that let time pass for it."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
import pytest

from engine.audit import Actor
from engine.keyring import PURPOSES, KeyringStore, Purpose, Root
from engine.keyring.acts import rotate
from engine.keyring.store import NAMES_KEYS_SINCE

SECRET = b"the secret of this installation, 1"
NEW_SECRET = b"the secret of this installation, 2"
BY = Actor("ana")
ROTATING = [purpose for purpose in PURPOSES if not purpose.fixed]
FIXED = [purpose for purpose in PURPOSES if purpose.fixed]
COMES_NOW = "UPDATE ring_key SET active_at = clock_timestamp() WHERE purpose = $1 AND id = $2"
# As the step that contracts found it.
BEFORE_CONTRACT = f"""
DELETE FROM schema_step WHERE name LIKE '%_{NAMES_KEYS_SINCE}';
ALTER TABLE ring_key ADD CONSTRAINT ring_key_does_not_rotate_yet CHECK (id = 1);
"""


async def open_keys(db: asyncpg.Pool, *secrets: bytes) -> KeyringStore:
    return await KeyringStore.open(db, [Root(secret) for secret in secrets or (SECRET,)])


async def rotated(keys: KeyringStore, *purposes: Purpose, others: Sequence[KeyringStore] = ()) -> None:
    """A new key of each, which is active at once: its instant has come."""
    for purpose in purposes:
        made = await rotate(keys, purpose.name, BY)
        await keys.db.execute(COMES_NOW, purpose.name, made.id)
    for each in (keys, *others):
        await each.look()


@pytest.fixture
async def keys(db: asyncpg.Pool) -> KeyringStore:
    return await open_keys(db)
