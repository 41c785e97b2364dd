"""Ids: how they are made and what they look like.

Guarantees: ids are opaque, unguessable, safe in URLs and Redis keys, and say by their prefix what they name.
Ids chosen by clients (`hold`, `release`, `order`) are only checked here.
"""

from __future__ import annotations

import re
import secrets

from engine.limits import ID_CHARS_MAX

RANDOM_BYTES = 12
RANDOM_CHARS = 16

SALE_ID = re.compile(r"[a-z0-9][a-z0-9-]{2,39}")
BUYER_ID = re.compile(r"[A-Za-z0-9_-]{16}")
CHOSEN_ID = re.compile(rf"[!-~]{{1,{ID_CHARS_MAX}}}")

# What people read to one another leaves out what looks alike: 0 o, 1 i l, u v.
READABLE_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"


def new_id(kind: str) -> str:
    """A new id such as `ord_…`; `kind` is one of ord, cart, evt, ven, org, tkt."""
    return f"{kind}_{secrets.token_urlsafe(RANDOM_BYTES)}"


def new_buyer() -> str:
    return secrets.token_urlsafe(RANDOM_BYTES)


def new_sale_id() -> str:
    return readable(RANDOM_CHARS)


def readable(chars: int) -> str:
    """Random characters that survive being read aloud or typed from paper: almost 5 bits each."""
    base = len(READABLE_ALPHABET)
    number = secrets.randbelow(base**chars)
    drawn = []
    for _ in range(chars):
        number, at = divmod(number, base)
        drawn.append(READABLE_ALPHABET[at])
    return "".join(drawn)


def is_sale_id(text: str) -> bool:
    return SALE_ID.fullmatch(text) is not None


def is_buyer(text: str) -> bool:
    return BUYER_ID.fullmatch(text) is not None


def is_chosen_id(text: str) -> bool:
    """Whether a client may use this as its own id of a command: 1 to 64 printable ASCII characters, no space."""
    return CHOSEN_ID.fullmatch(text) is not None
