"""What operators do with keys: list, rotate, retire, rewrap.

Guarantees: an act is one transaction, with its line in the audit trail, so a crash leaves the keys before or after it;
no act voids what was issued, but for a retirement that is forced. Fails with RefusalError, whose message says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine.audit import Actor, write
from engine.keyring import sql
from engine.keyring.model import KeyState, KeyView
from engine.keyring.purposes import BY_NAME, Purpose
from engine.keyring.root import fresh
from engine.keyring.store import KeyringStore
from engine.limits import KEYRING_ANNOUNCED_S, KEYRING_ANNOUNCED_S_MIN, KEYRING_LIVE_MAX, KEYRING_SPARE_S
from engine.refusals import Code, RefusalError

BEFORE_CONTRACT = (
    "the release before may still run on this database, and would not know a new key: "
    "once none of it does, run `aforo db apply --contract`"
)


async def keys(store: KeyringStore) -> list[KeyView]:
    """Every key that there is or was, by purpose and id."""
    async with store.db.acquire() as connection:
        return await views(connection, store)


async def rotate(store: KeyringStore, name: str, by: Actor, after_s: int = KEYRING_ANNOUNCED_S) -> KeyView:
    """Announce a new key of a purpose; it is active after so many seconds, by which every process has read it."""
    purpose = named(name)
    if purpose.fixed:
        raise RefusalError(Code.CONFLICT, f"{name} never rotates: {purpose.fixed}")
    if after_s < KEYRING_ANNOUNCED_S_MIN:
        raise RefusalError(Code.INVALID, f"processes need {KEYRING_ANNOUNCED_S_MIN} seconds to read a new key")
    await only_after_contract(store)
    async with store.db.acquire() as connection, connection.transaction():
        of_purpose = [view for view in await locked(connection, store, name) if view.purpose == name]
        last = of_purpose[-1]
        if last.state is KeyState.ANNOUNCED:
            raise RefusalError(
                Code.CONFLICT, f"key {last.id} of {name} is announced, and active from {last.active_at} on"
            )
        if sum(view.state is not KeyState.RETIRED for view in of_purpose) >= KEYRING_LIVE_MAX:
            raise RefusalError(Code.CONFLICT, f"{name} has {KEYRING_LIVE_MAX} live keys: retire an older one first")
        wrapped = store.root.wrap(name, last.id + 1, fresh(purpose))
        args = (name, last.id + 1, store.root.id, wrapped, float(after_s))
        active_at = await connection.fetchval(sql.ANNOUNCE, *args)
        await write(connection, by, "keyring.rotate", f"{name} {last.id + 1}", after={"active_at": active_at})
        made = next(view for view in await views(connection, store) if (view.purpose, view.id) == args[:2])
    await store.look()
    return made


async def retire(store: KeyringStore, name: str, key_id: int, by: Actor, *, force: bool = False) -> str:
    """Destroy a key that signs no longer; answers what that voids, which is nothing unless it was forced."""
    purpose = named(name)
    async with store.db.acquire() as connection, connection.transaction():
        of_purpose = {view.id: view for view in await locked(connection, store, name) if view.purpose == name}
        view = of_purpose.get(key_id)
        if view is None:
            raise RefusalError(Code.NOT_FOUND, f"{name} has no key {key_id}; `aforo keyring list` names them")
        if view.state is KeyState.RETIRED:
            raise RefusalError(Code.CONFLICT, f"key {key_id} of {name} is retired already")
        if view.state is not KeyState.VERIFY_ONLY:
            raise RefusalError(
                Code.CONFLICT, f"key {key_id} of {name} is {view.state.value}: it can go once another one took over"
            )
        early = view.free_at is None or await connection.fetchval(sql.NOW) < view.free_at
        if early and not force:
            raise RefusalError(
                Code.CONFLICT,
                f"what key {key_id} of {name} made may be shown {shown_until(view.free_at)}. "
                f"--force retires it now: {purpose.voids}",
            )
        await connection.execute(sql.RETIRE, name, key_id)
        await write(connection, by, "keyring.retire", f"{name} {key_id}", after={"early": early})
    await store.look()
    return purpose.voids if early else ""


async def rewrap(store: KeyringStore, by: Actor) -> int:
    """Rewrap every key that an earlier root key wraps by the current one; answers how many."""
    await only_after_contract(store)
    async with store.db.acquire() as connection, connection.transaction():
        await connection.execute(sql.LOCK, None)
        older = [row for row in await connection.fetch(sql.READ) if row["wrapped"] and row["root"] != store.root.id]
        for row in older:
            purpose = BY_NAME[row["purpose"]]
            wrapped = store.root.wrap(purpose.name, row["id"], store.unwrapped(purpose, row))
            await connection.execute(sql.REWRAP, purpose.name, row["id"], store.root.id, wrapped)
        if older:
            await write(connection, by, "keyring.rewrap", store.root.id, after={"keys": len(older)})
    await store.look()
    return len(older)


def named(name: str) -> Purpose:
    purpose = BY_NAME.get(name)
    if purpose is None:
        raise RefusalError(Code.NOT_FOUND, f"there is no purpose {name}; there are {', '.join(BY_NAME)}")
    return purpose


async def only_after_contract(store: KeyringStore) -> None:
    await store.look()
    if not store.keyring.names_keys:
        raise RefusalError(Code.CONFLICT, BEFORE_CONTRACT)


async def locked(connection: asyncpg.Connection, store: KeyringStore, name: str) -> list[KeyView]:
    """The keys, of which those of one purpose change no more until the transaction ends."""
    await connection.execute(sql.LOCK, name)
    return await views(connection, store)


# ── looking ──


async def views(connection: asyncpg.Connection, store: KeyringStore) -> list[KeyView]:
    rows = await connection.fetch(sql.READ)
    by_purpose = groupby(rows, key=lambda row: str(row["purpose"]))
    return [view for name, some in by_purpose if name in BY_NAME for view in views_of(BY_NAME[name], list(some), store)]


def views_of(purpose: Purpose, rows: Sequence[Mapping[str, Any]], store: KeyringStore) -> list[KeyView]:
    begun = [row["id"] for row in rows if row["begun"] and row["retired_at"] is None]
    followers: list[datetime | None] = [*(row["active_at"] for row in rows[1:]), None]
    return [
        KeyView(
            purpose.name,
            row["id"],
            state_of(row, begun[-1] if begun else 0),
            row["root"],
            row["created_at"],
            row["active_at"],
            row["retired_at"],
            public_key(store.unwrapped(purpose, row)) if purpose.shows_public_key and row["wrapped"] else None,
            free_at(purpose, follower),
        )
        for row, follower in zip(rows, followers, strict=True)
    ]


def state_of(row: Mapping[str, Any], active: int) -> KeyState:
    if row["retired_at"] is not None:
        return KeyState.RETIRED
    if not row["begun"]:
        return KeyState.ANNOUNCED
    return KeyState.ACTIVE if row["id"] == active else KeyState.VERIFY_ONLY


def free_at(purpose: Purpose, follower: datetime | None) -> datetime | None:
    """When the last that a key made has ended, if another one took over from it."""
    if follower is None or purpose.life_s is None:
        return None
    return follower + timedelta(seconds=purpose.life_s + KEYRING_SPARE_S)


def shown_until(free_at: datetime | None) -> str:
    return "for as long as anybody keeps it" if free_at is None else f"until {free_at:%Y-%m-%d %H:%M} UTC"


def public_key(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
