"""The root key: the installation secret, as far as the keyring uses it.

Pure. Guarantees: AES-256-GCM under a key derived for this alone, bound to purpose, id and root; what was changed, or
wrapped for another key or by another root, answers None.
"""

from __future__ import annotations

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.keyring.purposes import Purpose

SECRET_BYTES_MIN = 16
ID_BYTES = 6
NONCE_BYTES = 12
PART_BYTES = 32


class Root:
    def __init__(self, secret: bytes) -> None:
        if len(secret) < SECRET_BYTES_MIN:
            raise ValueError(f"The installation secret needs at least {SECRET_BYTES_MIN} bytes.")
        self._secret = secret
        self._cipher = AESGCM(derived(secret, b"keyring"))
        self.id = derived(secret, b"keyring id")[:ID_BYTES].hex()

    def first(self, purpose: Purpose) -> bytes:
        """The first key of a purpose: what was derived for each of its parts before there was a keyring."""
        return b"".join(derived(self._secret, part) for part in purpose.parts)

    def wrap(self, purpose: str, key_id: int, material: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, material, self._bound(purpose, key_id))

    def unwrap(self, purpose: str, key_id: int, wrapped: bytes) -> bytes | None:
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], self._bound(purpose, key_id))
        except (ValueError, InvalidTag):
            return None

    def _bound(self, purpose: str, key_id: int) -> bytes:
        return f"{purpose}|{key_id}|{self.id}".encode()


def fresh(purpose: Purpose) -> bytes:
    """A new key."""
    return os.urandom(PART_BYTES * len(purpose.parts))


def derived(secret: bytes, purpose: bytes) -> bytes:
    """The key that the installation secret gives for one purpose."""
    return hmac.digest(secret, b"aforo|1|" + purpose, "sha256")
