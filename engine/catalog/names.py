"""Ids made from names people write, and the names of rows.

Pure. "Anfiteatro Único" → id "anfiteatro-unico", name "Anfiteatro Único"; rows are A … Z, AA, AB …
"""

from __future__ import annotations

import re
import unicodedata

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def plain(text: str) -> str:
    """Small letters without accents, for comparing and for ids."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def id_of(name: str) -> str:
    """A short id from a name; "" when nothing of the name is left."""
    return re.sub(r"[^a-z0-9]+", "-", plain(name)).strip("-")[:40].strip("-")


def shown_name(key: str) -> str:
    """What to call something that was only given a key."""
    return key.replace("-", " ").capitalize() if _ID.fullmatch(key) else key


def row_letters(index: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
