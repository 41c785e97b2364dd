"""A vault on a database of its own."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from engine.keyring import KeyringStore, Root
from engine.vault import Rewrapping, Vault

ROOT = Root(b"a secret of these tests alone, long enough")


@pytest.fixture
async def keys(db: asyncpg.Pool) -> KeyringStore:
    return await KeyringStore.open(db, [ROOT])


@pytest.fixture
async def vault(db: asyncpg.Pool, keys: KeyringStore) -> AsyncIterator[Vault]:
    vault = Vault(db, keys.keyring)
    await vault.look()
    yield vault
    await vault.close()


@pytest.fixture
def rewrapping(db: asyncpg.Pool, vault: Vault) -> Rewrapping:
    return Rewrapping(db, vault)
