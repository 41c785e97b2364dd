"""Tokens: short texts signed by a key of the keyring, that name the key, when they were issued and when they end.

Form: `head.key.issued.until.signature`, instants in seconds of UTC. What the release before issued and reads has
neither key nor end, `head.signature`, and is by the first key; it is issued until that release is gone.
Guarantees: constant-time compares; what was not signed here, or has ended, does not hold, whatever it contains.
"""

from __future__ import annotations

import hashlib
import hmac
from binascii import b2a_base64
from collections.abc import Sequence
from functools import lru_cache

from engine.keyring import FIRST, Keyring, Purpose

SIGNATURE_BYTES = 16
BLOCK_BYTES = 64
INNER = bytes(byte ^ 0x36 for byte in range(256))
OUTER = bytes(byte ^ 0x5C for byte in range(256))
FOR_ADDRESSES = bytes.maketrans(b"+/", b"-_")
KEYS_TAKEN_IN_MAX = 256  # those of a keyring and of those before it, with some to spare
DAY_S = 24 * 3_600


class Tokens:
    """Tokens of one kind. The signature covers `said`, which names the kind and everything the token is bound to."""

    def __init__(self, keyring: Keyring, purpose: Purpose, part: bytes | None = None) -> None:
        self._keyring = keyring
        self._ring = keyring.of(purpose)
        self._part = 0 if part is None else purpose.index(part)
        self._stamped, self._stamp = (0, 0, 0), ""  # cache of the last stamp: most tokens of a day have the same

    def issue(self, head: str, said: str, now_s: float, *, until_s: int | None = None, days: int = 0) -> str:
        """A token until an instant, or for so many days from the beginning of today: the same all day."""
        key = self._ring.signing
        if not self._keyring.names_keys:
            return f"{head}.{signature(key.parts[self._part], said)}"
        if until_s is None:
            stamp = self._stamp_of((key.id, int(now_s) // DAY_S, days))
        else:
            stamp = f"{key.id}.{int(now_s)}.{until_s}"
        # Begins with a number and a bar, which no token without a stamp does.
        return f"{head}.{stamp}.{signature(key.parts[self._part], f'2|{stamp}|{said}')}"

    def _stamp_of(self, wanted: tuple[int, int, int]) -> str:
        if wanted != self._stamped:
            key_id, day, days = wanted
            self._stamped, self._stamp = wanted, f"{key_id}.{day * DAY_S}.{(day + days) * DAY_S}"
        return self._stamp

    def holds(self, rest: Sequence[str], said: str, now_s: float) -> bool:
        """Whether the parts of a token after its head make it one that was issued for this, and has not ended."""
        if len(rest) == 1:
            key = self._ring.find(FIRST)
            return key is not None and hmac.compare_digest(rest[0], signature(key.parts[self._part], said))
        if len(rest) != 4:
            return False
        key_id, issued, until, written = rest
        key = self._ring.find(key_id)
        if key is None:
            return False
        expected = signature(key.parts[self._part], f"2|{key_id}.{issued}.{until}|{said}")
        return hmac.compare_digest(written, expected) and now_s < int(until)

    def is_young(self, rest: Sequence[str], now_s: float) -> bool:
        """Whether a token that holds need not be issued anew: it is not past its half, and by the key that signs."""
        if len(rest) != 4:
            return not self._keyring.names_keys
        key_id, issued, until, _ = rest
        return key_id == str(self._ring.signing.id) and now_s < (int(issued) + int(until)) / 2


def signature(key: bytes, said: str) -> str:
    return text_of(mac(key, said.encode())[:SIGNATURE_BYTES])


def mac(key: bytes, said: bytes) -> bytes:
    """HMAC-SHA256, as `hmac.digest` gives it in more than twice the time: that takes the key in anew for each text."""
    inner, outer = _keyed(key)
    inner, outer = inner.copy(), outer.copy()
    inner.update(said)
    outer.update(inner.digest())
    return outer.digest()


@lru_cache(maxsize=KEYS_TAKEN_IN_MAX)
def _keyed(key: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    """Both halves of RFC 2104 with the key taken in already."""
    block = (key if len(key) <= BLOCK_BYTES else hashlib.sha256(key).digest()).ljust(BLOCK_BYTES, b"\0")
    return hashlib.sha256(block.translate(INNER)), hashlib.sha256(block.translate(OUTER))


def text_of(raw: bytes) -> str:
    """Base64 for addresses, without padding."""
    return b2a_base64(raw, newline=False).rstrip(b"=").translate(FOR_ADDRESSES).decode()
