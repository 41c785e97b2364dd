"""Keyring: the live keys of one process, by purpose and id.

Guarantees: looking up never waits; every process knows a key before anybody signs with it. An unknown newer id triggers
a look at Postgres; `KeyringStore` bounds those looks, since a stranger may make up thousands of ids.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from engine.keyring.model import Key
from engine.keyring.purposes import PURPOSES, Purpose
from engine.keyring.root import PART_BYTES, Root

FIRST = "1"  # the id of first keys, which what names no key was made with
ID_DIGITS_MAX = 5


class Ring:
    """The live keys of one purpose."""

    def __init__(self, purpose: Purpose, on_newer: Callable[[], None]) -> None:
        self.purpose = purpose
        self.signing: Key  # the active one
        self._by_id: dict[str, Key] = {}
        self._newest = 0  # of all that there ever were
        self._on_newer = on_newer

    def hold(self, keys: Sequence[Key], signing: Key, newest: int) -> None:
        """Replace all keys by these, the oldest first."""
        self._by_id = {str(key.id): key for key in keys}
        self.signing, self._newest = signing, newest

    def find(self, key_id: str) -> Key | None:
        """The live key that a text of a stranger names."""
        key = self._by_id.get(key_id)
        if key is None and key_id.isdecimal() and len(key_id) <= ID_DIGITS_MAX and int(key_id) > self._newest:
            self._on_newer()
        return key

    def live(self) -> list[Key]:
        """All of them, the one that signs first."""
        return [self.signing, *(key for key in self._by_id.values() if key is not self.signing)]

    def at(self, instant: datetime) -> Key:
        """The live key that is of this instant, by the clock of Postgres: in every process the same."""
        keys = list(self._by_id.values())
        of_then = [key for key in keys if key.active_at is None or key.active_at <= instant]
        return of_then[-1] if of_then else keys[0]


class Keyring:
    """What a process signs, seals and checks with."""

    def __init__(self, on_newer: Callable[[], None] = lambda: None) -> None:
        self._rings = {purpose.name: Ring(purpose, on_newer) for purpose in PURPOSES}
        # Whether what is made names its key and its end, which the release before can't read. No key rotates before.
        self.names_keys = False

    @classmethod
    def of_secret(cls, secret: bytes, *, names_keys: bool = True) -> Keyring:
        """The first key of each purpose alone, as a new installation with this secret has them."""
        root, keyring = Root(secret), cls()
        for purpose in PURPOSES:
            key = Key(1, None, parts_of(root.first(purpose)))
            keyring.of(purpose).hold([key], key, newest=1)
        keyring.names_keys = names_keys
        return keyring

    def of(self, purpose: Purpose) -> Ring:
        return self._rings[purpose.name]

    def fixed(self, purpose: Purpose, part: bytes) -> bytes:
        """A part of the key of a purpose that never rotates."""
        assert purpose.fixed, "of another purpose the key may be another one tomorrow"
        return self.of(purpose).signing.parts[purpose.index(part)]


def parts_of(material: bytes) -> tuple[bytes, ...]:
    return tuple(material[at : at + PART_BYTES] for at in range(0, len(material), PART_BYTES))
