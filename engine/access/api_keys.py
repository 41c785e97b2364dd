"""ApiKeys: the keys organizers' programs authenticate with, what each may do, where from, and until when.

Owns: the table api_key. A key is shown once, at its creation; only its SHA-256 is kept. Guarantees: a revoked, expired
or unknown key, or one shown from a network that is not its own, gives no permit; who holds the database can't use the
keys in it; a key never may more than who made it did. Fails with `BadText` when a name or label is no readable text.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import asyncpg

from engine.access import keys_sql as sql
from engine.access.key_model import KeyDraft, KeyFault, KeyShown, KeyUnusable, NewKey
from engine.access.networks import lies_in
from engine.access.permissions import ALL, Grant, Permission, Permit, Scope
from engine.audit import BY_ITSELF, Act, Actor, ActorKind, write
from engine.ids import fingerprint, new_id, readable
from engine.limits import API_KEY_LABEL_CHARS_MAX, API_KEYS_LIVE_MAX, API_KEYS_USED_EVERY_S, NAME_CHARS_MAX
from engine.refusals import Code, Refused
from engine.stores.office import Recheck, nobody_is_asked
from engine.text import Written

KEY = re.compile(r"(ak_[a-z0-9]{12})_[A-Za-z0-9_-]{43}")
KEY_ID_CHARS = 12
KEY_BYTES = 32
LABEL = Written(API_KEY_LABEL_CHARS_MAX, chars_min=0)
NAME = Written(NAME_CHARS_MAX)


class ApiKeys:
    def __init__(self, db: asyncpg.Pool, recheck: Recheck = nobody_is_asked) -> None:
        """`recheck` raises unless whoever acts may do it still, and keeps that so until the transaction ends."""
        self._db = db
        self._recheck = recheck
        self._used: set[str] = set()

    async def create_organizer(self, name: str, by: Actor = BY_ITSELF) -> str:
        async with self._db.acquire() as connection, connection.transaction():
            return await self.add_organizer(connection, name, by)

    async def add_organizer(self, connection: asyncpg.Connection, name: str, by: Actor = BY_ITSELF) -> str:
        """A new organizer, in the caller's transaction."""
        organizer, read = new_id("org"), NAME.read(name)
        await connection.execute(sql.INSERT_ORGANIZER, organizer, read)
        await write(connection, by.of(organizer), "organizer.create", organizer, after={"name": read})
        return organizer

    async def first_organizer(self) -> str | None:
        """The organizer an installation with a single one works for."""
        found: str | None = await self._db.fetchval(sql.FIRST_ORGANIZER)
        return found

    # ── making, rotating, revoking ──

    async def create(self, organizer: str, label: str = "", by: Actor = BY_ITSELF) -> NewKey:
        """A key that may everything, for ever."""
        made = await self.make(by.of(organizer), KeyDraft(label=label))
        assert isinstance(made, NewKey), "no maker bounds it"
        return made

    async def make(self, by: Act, draft: KeyDraft, maker: Permit | None = None) -> NewKey | Refused:
        """A key as drafted; refused when it would be allowed more than its maker, where one is given."""
        label = LABEL.read(draft.label)
        if maker is not None and (beyond := draft.beyond(maker, datetime.now(UTC))):
            return Refused(Code.FORBIDDEN, {"permissions": sorted(each.value for each in beyond)})
        if by.kind is ActorKind.KEY and not draft.stays_within(await self._networks_of(by)):
            return Refused(Code.FORBIDDEN)
        async with self._db.acquire() as connection, connection.transaction():
            await self._recheck(connection, by)
            await lock_organizer(connection, by.organizer_id)
            if await connection.fetchval(sql.COUNT_LIVE, by.organizer_id) >= API_KEYS_LIVE_MAX:
                return Refused(Code.CONFLICT, {"reason": "too_many"})
            new = _new(by.organizer_id)
            await connection.execute(sql.INSERT_KEY, *_row(new, draft, label, by.actor), None)
            await write(connection, by, "key.create", new.id, after={"label": label, **draft.told()})
        return new

    async def rotate(self, by: Act, key_id: str, overlap_s: int, maker: Permit | None = None) -> NewKey | Refused:
        """A new key like this one, which ends after the overlap at the latest; refused as making it would be."""
        async with self._db.acquire() as connection, connection.transaction():
            await self._recheck(connection, by)
            row = await connection.fetchrow(sql.LOCK_KEY, key_id, by.organizer_id)
            if row is None:
                return Refused(Code.NOT_FOUND)
            if await connection.fetchval(sql.IS_ROTATED, key_id):  # asked once the row is locked
                return Refused(Code.CONFLICT, {"reason": "rotated"})
            old, new = shown(row), _new(by.organizer_id)
            draft = KeyDraft(old.label, old.scopes, old.events, old.venues, old.expires_at, old.networks)
            if maker is not None and (beyond := draft.beyond(maker, datetime.now(UTC))):
                return Refused(Code.FORBIDDEN, {"permissions": sorted(each.value for each in beyond)})
            await connection.execute(sql.INSERT_KEY, *_row(new, draft, old.label, by.actor), key_id)
            ends_at = await connection.fetchval(sql.SHORTEN_KEY, key_id, float(overlap_s))
            before, after = {"expires_at": old.expires_at}, {"expires_at": ends_at}
            await write(connection, by, "key.rotate", key_id, before=before, after=after, detail={"by_key": new.id})
        return new

    async def _networks_of(self, by: Act) -> tuple[str, ...]:
        own = await self.show(by.organizer_id, by.actor)
        return () if own is None else own.networks

    async def revoke(self, key_id: str, by: Actor | Act = BY_ITSELF) -> bool:
        """False when there is no such live key, of the organizer where the act is of one."""
        organizer = by.organizer_id if isinstance(by, Act) else None
        async with self._db.acquire() as connection, connection.transaction():
            if isinstance(by, Act):
                await self._recheck(connection, by)
            row = await connection.fetchrow(sql.REVOKE_KEY, key_id, organizer)
            if row is None:
                return False
            before, after = {"revoked_at": None}, {"revoked_at": row["revoked_at"]}
            act = by if isinstance(by, Act) else by.of(row["organizer_id"])
            await write(connection, act, "key.revoke", key_id, before=before, after=after)
        return True

    # ── using ──

    async def look(self, key: str, address: str | None = None) -> KeyShown | KeyUnusable:
        """The key that is shown, from an address where one is known; else why it is no use."""
        if KEY.fullmatch(key) is None:
            return KeyUnusable(KeyFault.UNKNOWN)
        row = await self._db.fetchrow(sql.FIND_KEY, fingerprint(key))
        if row is None:
            return KeyUnusable(KeyFault.UNKNOWN)
        found = shown(row)
        fault = self._fault(found, address)
        if fault is not None:
            return KeyUnusable(fault, found.organizer, found.id)
        self._used.add(found.id)
        return found

    @staticmethod
    def _fault(found: KeyShown, address: str | None) -> KeyFault | None:
        if found.revoked_at is not None:
            return KeyFault.REVOKED
        if found.expires_at is not None and found.expires_at <= datetime.now(UTC):
            return KeyFault.EXPIRED
        if found.networks and address is not None and not lies_in(address, tuple(map(ip_network, found.networks))):
            return KeyFault.ELSEWHERE
        return None

    async def check(self, key: str) -> KeyShown | None:
        """Whose key this is; None when it is no use."""
        found = await self.look(key)
        return found if isinstance(found, KeyShown) else None

    async def again(self, organizer: str, key_id: str, address: str) -> KeyShown | None:
        """A key that was shown before, as it is now; None when it is no use from this address any more."""
        found = await self.show(organizer, key_id)
        return found if found is not None and self._fault(found, address) is None else None

    async def note_used(self) -> None:
        """Write down which keys were used since the last time, each once a minute at most."""
        used, self._used = self._used, set()
        if used:
            await self._db.execute(sql.NOTE_USED, sorted(used))

    async def pulse(self) -> None:
        """Run for ever: note it every few seconds."""
        while True:
            await asyncio.sleep(API_KEYS_USED_EVERY_S)
            await self.note_used()

    # ── looking ──

    async def list(self, organizer: str | None = None) -> list[KeyShown]:
        return [shown(row) for row in await self._db.fetch(sql.LIST_KEYS, organizer)]

    async def show(self, organizer: str, key_id: str) -> KeyShown | None:
        row = await self._db.fetchrow(sql.SHOW_KEY, key_id, organizer)
        return None if row is None else shown(row)


async def hold_key(connection: asyncpg.Connection, organizer: str, key_id: str) -> Permit | None:
    """What a live key may do, which stays so until the transaction ends; None when it ended."""
    row = await connection.fetchrow(sql.HOLD_KEY, key_id, organizer)
    return None if row is None else permit_of(shown(row))


def permit_of(key: KeyShown) -> Permit:
    """What whoever shows this key may do."""
    scopes = ALL if key.scopes is None else key.scopes
    grant = Grant(key.id, scopes, Scope(key.events, key.venues), key.expires_at)
    return Permit(key.organizer, ActorKind.KEY, key.id, (grant,))


def key_id_of(key: str) -> str:
    """The id in a text that looks like a key of ours, which is no secret; empty when it does not."""
    found = KEY.fullmatch(key)
    return "" if found is None else found[1]


def _new(organizer: str) -> NewKey:
    key_id = f"ak_{readable(KEY_ID_CHARS)}"
    return NewKey(key_id, organizer, f"{key_id}_{secrets.token_urlsafe(KEY_BYTES)}")


def _row(new: NewKey, draft: KeyDraft, label: str, maker: str) -> Sequence[Any]:
    scopes = None if draft.scopes is None else sorted(each.value for each in draft.scopes)
    return (
        *(new.id, new.organizer, fingerprint(new.key), label, scopes, sorted(draft.events), sorted(draft.venues)),
        *(draft.expires_at, list(draft.networks), maker),
    )


def shown(row: Any) -> KeyShown:
    return KeyShown(
        row["id"],
        row["organizer_id"],
        row["label"],
        row["created_at"],
        row["revoked_at"],
        None if row["scopes"] is None else frozenset(map(Permission, row["scopes"])),
        frozenset(row["events"]),
        frozenset(row["venues"]),
        row["expires_at"],
        tuple(row["networks"]),
        row["last_used_at"],
        row["created_by"],
        row["rotated_from"],
    )


async def lock_organizer(connection: asyncpg.Connection, organizer_id: str) -> None:
    """Serialize changes to one organizer until the transaction ends."""
    await connection.execute(sql.LOCK_ORGANIZER, organizer_id)
