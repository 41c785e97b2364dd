"""PersonSealer: the data key of each person, and what is sealed with it.

Pure. Guarantees: AES-256-GCM throughout; a data key is wrapped by the keyring for one person, and a value is sealed for
one person and column, so that no row or value can be read in another's place; lengths show in steps of 64 bytes only.
What was changed, moved or wrapped by a key that is gone answers None.
"""

from __future__ import annotations

import os

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.ids import new_id
from engine.keyring import VAULT, Key, Keyring
from engine.vault.model import Contact, Locked

DATA_KEY_BYTES = 32
NONCE_BYTES = 12
LENGTH_BYTES = 4
STEP_BYTES = 64
CONTACT = "contact"
PART = VAULT.index(b"data key of a person")


class PersonSealer:
    def __init__(self, keyring: Keyring) -> None:
        self._ring = keyring.of(VAULT)
        self._wrapping: dict[int, tuple[Key, AESGCM]] = {}

    @property
    def signing(self) -> int:
        """The key that wraps now."""
        return self._ring.signing.id

    def new(self, contact: Contact, kind: str = "prs") -> Locked:
        """A new person with this contact."""
        person, data_key, key = new_id(kind), os.urandom(DATA_KEY_BYTES), self._ring.signing
        return Locked(person, key.id, self._wrap(key, person, data_key), sealed(data_key, person, contact))

    def again(self, row: Locked, contact: Contact) -> Locked | None:
        """The same person with another contact, under the data key they have."""
        data_key = self._unwrap(row)
        if data_key is None:
            return None
        return Locked(row.person, row.ring_key, row.data_key, sealed(data_key, row.person, contact))

    def contact(self, row: Locked) -> Contact | None:
        data_key = self._unwrap(row)
        text = None if data_key is None else opened(data_key, row.person, CONTACT, row.sealed)
        return None if text is None else Contact(**orjson.loads(text))

    def rewrapped(self, row: Locked) -> Locked | None:
        """The data key wrapped by the key that wraps now."""
        data_key, key = self._unwrap(row), self._ring.signing
        if data_key is None:
            return None
        return Locked(row.person, key.id, self._wrap(key, row.person, data_key), row.sealed)

    # ── other values of a person ──

    def seal(self, row: Locked, column: str, text: str) -> bytes | None:
        """A text of this person, for one place in the database alone."""
        data_key = self._unwrap(row)
        return None if data_key is None else sealed_text(data_key, row.person, column, text.encode())

    def open(self, row: Locked, column: str, value: bytes) -> str | None:
        data_key = self._unwrap(row)
        text = None if data_key is None else opened(data_key, row.person, column, value)
        return None if text is None else text.decode()

    # ── data keys ──

    def _wrap(self, key: Key, person: str, data_key: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher(key).encrypt(nonce, data_key, _of_key(person, key.id))

    def _unwrap(self, row: Locked) -> bytes | None:
        key = self._ring.find(str(row.ring_key))
        if key is None:
            return None
        wrapped = row.data_key
        try:
            return self._cipher(key).decrypt(
                wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _of_key(row.person, row.ring_key)
            )
        except (ValueError, InvalidTag):
            return None

    def _cipher(self, key: Key) -> AESGCM:
        known = self._wrapping.get(key.id)
        if known is None or known[0] is not key:
            known = self._wrapping[key.id] = key, AESGCM(key.parts[PART])
        return known[1]


def sealed(data_key: bytes, person: str, contact: Contact) -> bytes:
    return sealed_text(data_key, person, CONTACT, orjson.dumps(contact.wire()))


def sealed_text(data_key: bytes, person: str, column: str, raw: bytes) -> bytes:
    plain = len(raw).to_bytes(LENGTH_BYTES) + raw
    plain += bytes(-len(plain) % STEP_BYTES)
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(data_key).encrypt(nonce, plain, _of_value(person, column))


def opened(data_key: bytes, person: str, column: str, value: bytes) -> bytes | None:
    try:
        plain = AESGCM(data_key).decrypt(value[:NONCE_BYTES], value[NONCE_BYTES:], _of_value(person, column))
    except (ValueError, InvalidTag):
        return None
    length = int.from_bytes(plain[:LENGTH_BYTES])
    return plain[LENGTH_BYTES : LENGTH_BYTES + length]


def _of_key(person: str, ring_key: int) -> bytes:
    return f"vault_person|{person}|data_key|{ring_key}".encode()


def _of_value(person: str, column: str) -> bytes:
    return f"vault_person|{person}|{column}".encode()
