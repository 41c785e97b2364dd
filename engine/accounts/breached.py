"""Passwords that were found in breaches: the most common ones that are long enough to be chosen here.

Owns breached.bin: for each, the first bytes of its SHA-256, sorted. docs/accounts.md says where they are from.
Guarantees: nothing leaves this machine to look; a password that is in the list is found however it is capitalized,
another one is mistaken for it once in 25 million.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path

from engine.limits import PASSWORD_CHARS_MIN

PACKED = Path(__file__).with_name("breached.bin")
BYTES = 5


def is_breached(password: str) -> bool:
    """Whether attackers try it first."""
    packed, sought = _packed(), _mark(password)
    low, high = 0, len(packed) // BYTES
    while low < high:
        middle = (low + high) // 2
        found = packed[middle * BYTES : (middle + 1) * BYTES]
        if found == sought:
            return True
        low, high = (middle + 1, high) if found < sought else (low, middle)
    return False


def pack(passwords: Iterable[str]) -> bytes:
    """The list, from passwords of which the short ones can't be chosen anyway."""
    long = {each for line in passwords if len(each := line.strip()) >= PASSWORD_CHARS_MIN}
    return b"".join(sorted({_mark(each) for each in long}))


@cache
def _packed() -> bytes:
    return PACKED.read_bytes()


def _mark(password: str) -> bytes:
    return sha256(password.casefold().encode()).digest()[:BYTES]


if __name__ == "__main__":  # python -m engine.accounts.breached LIST…: one password a line
    PACKED.write_bytes(
        pack(line for path in sys.argv[1:] for line in Path(path).read_text("utf-8", "ignore").splitlines())
    )
