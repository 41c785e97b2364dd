"""Sealer: keeps a short text unreadable without the installation secret, and bound to the one thing it belongs to.

Guarantees: AES-256-GCM under a key derived for this alone; the sealed text tells its length in steps of 64 bytes only;
what was changed, sealed elsewhere, or sealed for something else answers None.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.access.signing import derived

PREFIX = "sealed:"
NONCE_BYTES = 12  # at random: safe for some four thousand million texts under one secret
LENGTH_BYTES = 2
STEP_BYTES = 64


class Sealer:
    def __init__(self, secret: bytes, purpose: bytes = b"order key") -> None:
        self._cipher = AESGCM(derived(secret, purpose))

    def seal(self, text: str, belongs_to: str) -> str:
        """The text, unreadable; only for `belongs_to` can it be read again."""
        raw = text.encode()
        plain = len(raw).to_bytes(LENGTH_BYTES) + raw
        plain += bytes(-len(plain) % STEP_BYTES)
        nonce = os.urandom(NONCE_BYTES)
        return PREFIX + urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, plain, belongs_to.encode())).decode()

    def unseal(self, sealed: str, belongs_to: str) -> str | None:
        """What was sealed; None when it was not sealed with this secret for `belongs_to`."""
        try:
            raw = urlsafe_b64decode(sealed.removeprefix(PREFIX))
            plain = self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], belongs_to.encode())
        except (NotBase64, ValueError, InvalidTag):
            return None
        length = int.from_bytes(plain[:LENGTH_BYTES])
        return plain[LENGTH_BYTES : LENGTH_BYTES + length].decode()


def is_sealed(text: str) -> bool:
    return text.startswith(PREFIX)
