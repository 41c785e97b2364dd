"""Ids made from names people write, and the names of rows.

Pure. "Anfiteatro Único" → id "anfiteatro-unico", name "Anfiteatro Único"; rows are A … Z, AA, AB …
Guarantees: the same name has the same id wherever it is written; names in any script have one.
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_ID_CHARS_MAX = 40
_MARK_CHARS = 10


def plain(text: str) -> str:
    """Lower case without accents, for comparing and for ids."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def latin_id(name: str) -> str:
    """What Latin letters and digits of a name give: "" when it has none."""
    return _cut(re.sub(r"[^a-z0-9]+", "-", plain(name)), _ID_CHARS_MAX)


def id_of(name: str) -> str:
    """A short id from a name; "" when it has neither letters nor digits.

    Letters of other scripts can't be in an id: such a name gets a hash of the whole name at its end.
    """
    short = latin_id(name)
    if not any(map(_is_of_another_script, plain(name))):
        return short
    whole = unicodedata.normalize("NFKC", " ".join(name.split())).casefold()
    mark = sha256(whole.encode()).hexdigest()[:_MARK_CHARS]
    return f"{_cut(short, _ID_CHARS_MAX - _MARK_CHARS - 1)}-{mark}".lstrip("-")


def _cut(made: str, chars: int) -> str:
    return made.strip("-")[:chars].strip("-")


def _is_of_another_script(letter: str) -> bool:
    return letter.isalnum() and not letter.isascii() and not unicodedata.name(letter, "").startswith("LATIN")


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
