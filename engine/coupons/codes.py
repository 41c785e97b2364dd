"""Codes of coupons: how they are compared, and how those of a batch are drawn.

Pure but for chance. Guarantees: a drawn code cannot be guessed, is easily read out, and ends in a check character by
which any one wrong character, and most swapped ones, are told from a code that nobody gave out.
"""

from __future__ import annotations

import re

from engine.ids import READABLE_ALPHABET, readable

ALPHABET = READABLE_ALPHABET.upper()
DRAWN_CHARS = 11  # a check character comes after them
GROUP_CHARS = 4
CODE = re.compile(r"[A-Z0-9]{3,32}")
DRAWN = re.compile(rf"[{ALPHABET}]{{{DRAWN_CHARS + 1}}}")
BETWEEN = re.compile(r"[\s,;]+")
IGNORED = re.compile(r"[\s-]")


def folded(code: str) -> str:
    """As it is compared."""
    return IGNORED.sub("", code).upper()


def codes_in(text: str) -> tuple[str, ...]:
    """Those that were typed one after the other, each once."""
    return tuple(dict.fromkeys(code for each in BETWEEN.split(text) if (code := folded(each))))


def drawn(chars: int = DRAWN_CHARS) -> str:
    """A new code, as it is compared, with its check character after so many."""
    body = readable(chars).upper()
    return body + _check(body)


def spelled(raw: bytes, chars: int) -> str:
    """A code for these bytes, the same each time, with its check character after so many."""
    left, body = int.from_bytes(raw), ""
    for _ in range(chars):
        left, at = divmod(left, len(ALPHABET))
        body += ALPHABET[at]
    return body + _check(body)


def grouped(code: str) -> str:
    """As it is given to somebody: one of a batch in groups, so that it can be read out."""
    return in_groups(code) if DRAWN.fullmatch(code) else code


def in_groups(code: str) -> str:
    return "-".join(code[at : at + GROUP_CHARS] for at in range(0, len(code), GROUP_CHARS))


def checks(code: str) -> bool:
    """Whether its last character is the check of those before it."""
    return len(code) > 1 and set(code) <= set(ALPHABET) and _check(code[:-1]) == code[-1]


def mistyped(code: str) -> bool:
    """Whether it looks like one of a batch, and cannot be any."""
    return DRAWN.fullmatch(code) is not None and not checks(code)


def _check(body: str) -> str:
    """Luhn's sum over the alphabet."""
    size, total = len(ALPHABET), 0
    for at, char in enumerate(reversed(body)):
        value = ALPHABET.index(char) * (2 if at % 2 == 0 else 1)
        total += value // size + value % size
    return ALPHABET[-total % size]
