"""Purchase codes: what a buyer types, together with the key, to open an order.

Guarantees: 12 characters of a 30-letter alphabet without look-alikes, more than 58 bits; groups and case don't matter.
"""

from __future__ import annotations

from engine.ids import READABLE_ALPHABET, readable

CODE_CHARS = 12
GROUP_CHARS = 4
ALPHABET = frozenset(READABLE_ALPHABET.upper())


def new_code() -> str:
    """A new purchase code, such as K7QF-2M9X-TDRP."""
    return _grouped(readable(CODE_CHARS).upper())


def read_code(typed: str) -> str | None:
    """The code somebody typed, in its one spelling; None when it can't be one."""
    plain = "".join(character for character in typed.upper() if character.isalnum())
    if len(plain) != CODE_CHARS or not ALPHABET.issuperset(plain):
        return None
    return _grouped(plain)


def _grouped(plain: str) -> str:
    return "-".join(plain[at : at + GROUP_CHARS] for at in range(0, CODE_CHARS, GROUP_CHARS))
