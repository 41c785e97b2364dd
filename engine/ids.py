"""Ids: how they are made and what they look like.

Guarantees: ids are opaque, unguessable, safe in URLs and Redis keys, and their prefix says what they name. Every id
from outside, whether chosen there or issued by us, has one of the types below: patterns of plain ASCII, so that no id
holds a character that a store, log or page would trip over.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
from hashlib import sha256
from typing import Annotated

from pydantic import Field, StringConstraints

from engine.limits import CURSOR_CHARS_MAX, ID_CHARS_MAX, IDEMPOTENCY_KEY_CHARS_MAX, TOKEN_CHARS_MAX

RANDOM_BYTES = 12
RANDOM_CHARS = 16
DRAWN_AT_ONCE = 256

SALE_ID = re.compile(r"[a-z0-9][a-z0-9-]{2,39}")
BUYER_ID = re.compile(r"[A-Za-z0-9_-]{16}")
CHOSEN_ID = re.compile(rf"[!-~]{{1,{ID_CHARS_MAX}}}")
MADE_ID = re.compile(rf"[A-Za-z0-9_-]{{1,{ID_CHARS_MAX}}}")
PART_ID = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{ID_CHARS_MAX - 1}}}")
POOL_ID = re.compile(rf"(product:)?{PART_ID.pattern}")
TOKEN = re.compile(rf"[A-Za-z0-9._-]{{0,{TOKEN_CHARS_MAX}}}")
CURSOR = re.compile(rf"[A-Za-z0-9_-]{{0,{CURSOR_CHARS_MAX}}}")
IDEMPOTENCY_KEY = re.compile(rf"[!-~]{{1,{IDEMPOTENCY_KEY_CHARS_MAX}}}")


def whole(pattern: re.Pattern[str]) -> str:
    """The pattern as JSON Schema writes what matches a text from end to end."""
    return f"^{pattern.pattern}$"


# The same as types of fields. What a client chooses itself, and may repeat without harm:
ChosenId = Annotated[
    str,
    StringConstraints(pattern=whole(CHOSEN_ID)),
    Field(description="An id of the client's own choice; repeating it is harmless."),
]
SaleId = Annotated[str, StringConstraints(pattern=whole(SALE_ID))]
MadeId = Annotated[str, StringConstraints(pattern=whole(MADE_ID))]  # of a venue, event, store, product, promo …
PartId = Annotated[
    str, StringConstraints(pattern=whole(PART_ID))
]  # of a section, pool or ticket type: made from a name
PoolId = Annotated[str, StringConstraints(pattern=whole(POOL_ID))]  # of a pool of tickets, or of a product
Token = Annotated[str, StringConstraints(pattern=whole(TOKEN))]
Cursor = Annotated[str, StringConstraints(pattern=whole(CURSOR)), Field(description="`next` of the page before.")]


# What people read to one another leaves out what looks alike: 0 o, 1 i l, u v.
READABLE_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"


# Reading system randomness costs ten times the rest of an id, so it is read for many at once.
_drawn: list[str] = []
os.register_at_fork(after_in_child=_drawn.clear)


def _random() -> str:
    """Sixteen random characters."""
    try:
        return _drawn.pop()
    except IndexError:
        # Twelve bytes are exactly sixteen characters, so one encoding serves all.
        text = base64.urlsafe_b64encode(secrets.token_bytes(RANDOM_BYTES * DRAWN_AT_ONCE)).decode()
        fresh = [text[at : at + RANDOM_CHARS] for at in range(0, len(text), RANDOM_CHARS)]
        mine = fresh.pop()
        _drawn.extend(fresh)
        return mine


def new_id(kind: str) -> str:
    """A new id such as `ord_…`; `kind` is one of ord, cart, evt, ven, org, tkt."""
    return f"{kind}_{_random()}"


def new_buyer() -> str:
    return _random()


def new_sale_id() -> str:
    """A random id for a sale without a name; it says nothing about the sale."""
    return readable(RANDOM_CHARS)


def readable(chars: int) -> str:
    """Random characters that are safe to read aloud or type from paper: almost 5 bits each."""
    base = len(READABLE_ALPHABET)
    number = secrets.randbelow(base**chars)
    drawn = []
    for _ in range(chars):
        number, at = divmod(number, base)
        drawn.append(READABLE_ALPHABET[at])
    return "".join(drawn)


def fingerprint(secret: str) -> bytes:
    """What is kept of a secret of 256 random bits: a slow hash would add nothing."""
    return sha256(secret.encode()).digest()


def is_sale_id(text: str) -> bool:
    return SALE_ID.fullmatch(text) is not None


def is_buyer(text: str) -> bool:
    return BUYER_ID.fullmatch(text) is not None


def is_made_id(text: str) -> bool:
    """Whether this may be an id that we issued."""
    return MADE_ID.fullmatch(text) is not None


def is_chosen_id(text: str) -> bool:
    """Whether a client may use this as its own id of a command: 1 to 64 printable ASCII characters, no space."""
    return CHOSEN_ID.fullmatch(text) is not None


def is_idempotency_key(text: str) -> bool:
    return IDEMPOTENCY_KEY.fullmatch(text) is not None
