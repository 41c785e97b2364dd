"""KeyringStore: the keys as Postgres has them, and the keyring of this process, which follows.

Owns: the table ring_key. Guarantees: the first keys are written once, whoever starts first; a key that was read stays
readable in this process whatever becomes of its wrapping; looks asked for by strangers are bounded.
Fails with KeyringFault, which says which key can't be unwrapped and what to do.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg

from engine.keyring import sql
from engine.keyring.model import Key
from engine.keyring.purposes import PURPOSES, Purpose
from engine.keyring.ring import Keyring, parts_of
from engine.keyring.root import PART_BYTES, Root
from engine.limits import KEYRING_LOOK_S, KEYRING_NEWER_S
from engine.settings import Settings
from engine.stores.faults import StoreFault
from engine.stores.standing import has_had

# Since this step nothing older reads what is made: it names its key and its end, and keys rotate.
NAMES_KEYS_SINCE = "keys_rotate"


Made = tuple[str, int, datetime, datetime]  # what tells a key from another one that had its id: purpose, id, instants


class KeyringFault(StoreFault):
    """A key can't be unwrapped, or a purpose has none; the message says what to do."""


def roots_of(settings: Settings) -> tuple[Root, ...]:
    """The root key, and those from before that may still wrap some keys."""
    older = (secret.get_secret_value().encode() for secret in settings.old_secrets)
    return tuple(map(Root, (settings.signing_secret(), *older)))


class KeyringStore:
    def __init__(self, db: asyncpg.Pool, roots: Sequence[Root]) -> None:
        """The first of `roots` wraps; the others only unwrap."""
        self.db = db
        self.roots = {root.id: root for root in reversed(roots)}
        self.root = roots[0]
        self._newer = asyncio.Event()
        self.keyring = Keyring(self._newer.set)
        self._known: dict[Made, Key] = {}

    @classmethod
    async def open(cls, db: asyncpg.Pool, roots: Sequence[Root]) -> KeyringStore:
        """The keys as they are; first ones for purposes that have none."""
        store = cls(db, roots)
        there = {row["purpose"] for row in await db.fetch(sql.READ)}
        missing = [purpose for purpose in PURPOSES if purpose.name not in there]
        if there and any(purpose.fixed for purpose in missing):
            # A key that never rotates is missing, and can't be derived again once the root key was replaced.
            missing = []
        if missing:
            names = [purpose.name for purpose in missing]
            wrapped = [store.root.wrap(each.name, 1, store.root.first(each)) for each in missing]
            await db.execute(sql.INSERT_FIRST, store.root.id, names, wrapped)
        await store.look()
        return store

    async def follow(self) -> None:
        """Look again and again, sooner when somebody shows the id of a newer key; ends by cancellation only."""
        while True:
            try:
                async with asyncio.timeout(KEYRING_LOOK_S):
                    await self._newer.wait()
            except TimeoutError:
                pass
            self._newer.clear()
            await self.look()
            await asyncio.sleep(KEYRING_NEWER_S)

    async def look(self) -> None:
        """Hold what Postgres has now."""
        names_keys = self.keyring.names_keys or await has_had(self.db, NAMES_KEYS_SINCE)
        by_purpose = defaultdict(list)
        for row in await self.db.fetch(sql.READ):
            by_purpose[row["purpose"]].append(row)
        met: dict[Made, Key] = {}
        held = {purpose: self._held(purpose, by_purpose[purpose.name], met) for purpose in PURPOSES}
        for purpose, (keys, signing, newest) in held.items():
            self.keyring.of(purpose).hold(keys, signing, newest)
        self._known = met
        self.keyring.names_keys = names_keys

    def _held(self, purpose: Purpose, rows: Sequence[Any], met: dict[Made, Key]) -> tuple[list[Key], Key, int]:
        """The live keys, the one that signs, and the newest id there ever was; all live ones are put into `met`."""
        live = [row for row in rows if row["retired_at"] is None]
        begun = [row["id"] for row in live if row["begun"]]
        if not begun:
            raise KeyringFault(f"no key of {purpose.name} is active: put its rows of ring_key back from a backup")
        keys = [met.setdefault(made(row), self._known.get(made(row)) or self._read(purpose, row)) for row in live]
        signing = next(key for key in keys if key.id == begun[-1])
        return keys, signing, max(row["id"] for row in rows)

    def _read(self, purpose: Purpose, row: Mapping[str, Any]) -> Key:
        # First keys have always been active.
        return Key(row["id"], None if row["id"] == 1 else row["active_at"], parts_of(self.unwrapped(purpose, row)))

    def unwrapped(self, purpose: Purpose, row: Mapping[str, Any]) -> bytes:
        """The material of a row; KeyringFault when it is not what was wrapped, or by an unknown root."""
        root, name = self.roots.get(row["root"]), f"key {row['id']} of {purpose.name}"
        if root is None:
            raise KeyringFault(
                f"{name} is wrapped by the root key {row['root']}, and AFORO_SECRET is {self.root.id}: "
                "set AFORO_SECRET as it was, or name the old one in AFORO_OLD_SECRETS too"
            )
        material = root.unwrap(purpose.name, row["id"], row["wrapped"])
        if material is None or len(material) != PART_BYTES * len(purpose.parts):
            raise KeyringFault(
                f"{name} can't be unwrapped: its row in ring_key was changed. Put it back from a backup "
                '(docs/keyring.md, "When a key can\'t be unwrapped")'
            )
        return material


def made(row: Mapping[str, Any]) -> Made:
    """After a backup was put back the same id may be another key, made at another instant."""
    return row["purpose"], row["id"], row["created_at"], row["active_at"]
