"""Ceremonies: challenges that whoever logs in, or adds a passkey, has to answer within minutes.

Owns: the table ceremony_spent. Form: `key ‖ until ‖ random ‖ HMAC-SHA256`, over the browser or session it was made for,
so that asking for challenges writes nothing. Guarantees: it counts for that browser or session alone, for
CEREMONY_S, and once.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

import asyncpg

from engine.accounts import factors_sql as sql
from engine.keyring import CEREMONIES, Key, Keyring
from engine.limits import CEREMONY_S

KEY_BYTES, UNTIL_BYTES, RANDOM_BYTES, MARK_BYTES = 4, 6, 16, 32
SIGNED_BYTES = KEY_BYTES + UNTIL_BYTES + RANDOM_BYTES
CHALLENGE_BYTES = SIGNED_BYTES + MARK_BYTES
PART = CEREMONIES.index(b"passkey challenge")


class Ceremonies:
    def __init__(self, keyring: Keyring, *, clock: Callable[[], float] = time.time) -> None:
        self._ring = keyring.of(CEREMONIES)
        self._clock = clock

    def challenge(self, bound_to: str) -> bytes:
        """A challenge for one browser or session, and one purpose, which `bound_to` names."""
        key = self._ring.signing
        until = int(self._clock()) + CEREMONY_S
        signed = key.id.to_bytes(KEY_BYTES) + until.to_bytes(UNTIL_BYTES) + secrets.token_bytes(RANDOM_BYTES)
        return signed + mark(key, signed, bound_to)

    def holds(self, challenge: bytes, bound_to: str) -> bool:
        """Whether it is one of ours, for them, and not over."""
        if len(challenge) != CHALLENGE_BYTES or until_of(challenge) < self._clock():
            return False
        key = self._ring.find(str(int.from_bytes(challenge[:KEY_BYTES])))
        signed, shown = challenge[:SIGNED_BYTES], challenge[SIGNED_BYTES:]
        return key is not None and hmac.compare_digest(mark(key, signed, bound_to), shown)


async def spend(connection: asyncpg.Connection, what: bytes, until_s: int) -> bool:
    """Note in the caller's transaction that this was answered; False when it was before."""
    until_at = datetime.fromtimestamp(until_s, UTC)
    return await connection.fetchval(sql.SPEND_CEREMONY, sha256(what).digest(), until_at) is not None


def until_of(challenge: bytes) -> int:
    return int.from_bytes(challenge[KEY_BYTES : KEY_BYTES + UNTIL_BYTES])


def mark(key: Key, signed: bytes, bound_to: str) -> bytes:
    return hmac.digest(key.parts[PART], signed + bound_to.encode(), sha256)
