"""Sealer: keeps a short text unreadable without the keyring, and bound to the one thing it belongs to.

Form: `sealed:key:…`, and as the release before writes and reads it `sealed:…`, by the first key.
Guarantees: AES-256-GCM under a key for this alone; the sealed text tells its length in steps of 64 bytes only; what was
changed, sealed elsewhere, or sealed for something else answers None.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.keyring import FIRST, SEALS, Key, Keyring, Purpose

PREFIX = "sealed:"
NONCE_BYTES = 12  # at random: safe for some four thousand million texts under one key
LENGTH_BYTES = 2
STEP_BYTES = 64


class Sealer:
    def __init__(self, keyring: Keyring, part: bytes = b"order key", purpose: Purpose = SEALS) -> None:
        self._keyring = keyring
        self._ring = keyring.of(purpose)
        self._part = purpose.index(part)
        self._ciphers: dict[int, tuple[Key, AESGCM]] = {}

    def seal(self, text: str, belongs_to: str) -> str:
        """The text, unreadable; only for `belongs_to` can it be read again."""
        raw = text.encode()
        plain = len(raw).to_bytes(LENGTH_BYTES) + raw
        plain += bytes(-len(plain) % STEP_BYTES)
        nonce, key = os.urandom(NONCE_BYTES), self._ring.signing
        sealed = nonce + self._cipher(key).encrypt(nonce, plain, belongs_to.encode())
        return self.prefix + urlsafe_b64encode(sealed).decode()

    @property
    def names_keys(self) -> bool:
        """Whether what is sealed now says by which key."""
        return self._keyring.names_keys

    @property
    def prefix(self) -> str:
        """What begins whatever is sealed now."""
        return f"{PREFIX}{self._ring.signing.id}:" if self._keyring.names_keys else PREFIX

    def unseal(self, sealed: str, belongs_to: str) -> str | None:
        """What was sealed; None when it was not sealed with a live key for `belongs_to`."""
        named, _, written = sealed.removeprefix(PREFIX).rpartition(":")
        key = self._ring.find(named or FIRST)
        if key is None:
            return None
        try:
            raw = urlsafe_b64decode(written)
            plain = self._cipher(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], belongs_to.encode())
        except (NotBase64, ValueError, InvalidTag):
            return None
        length = int.from_bytes(plain[:LENGTH_BYTES])
        return plain[LENGTH_BYTES : LENGTH_BYTES + length].decode()

    def _cipher(self, key: Key) -> AESGCM:
        known = self._ciphers.get(key.id)
        if known is None or known[0] is not key:
            known = self._ciphers[key.id] = key, AESGCM(key.parts[self._part])
        return known[1]


def is_sealed(text: str) -> bool:
    return text.startswith(PREFIX)
