"""Every way in which something of a person may stand in a file, a log or a store: what a search must not find.

Pure. Case and accents don't count; Unicode in both forms, in Latin-1 and UTF-16; escaped for URLs, JSON, HTML, letters,
C and Redis; as hex, and as base64 at any offset.
"""

from __future__ import annotations

import base64
import html
import quopri
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import quote

ENCODINGS = ("utf-8", "latin-1", "utf-16-le", "utf-16-be")
SHORTEST = 6  # bytes of base64 that say something


def spellings(value: str) -> set[bytes]:
    """Small letters throughout: what is searched is made small, too."""
    found = set[bytes]()
    plain = "".join(each for each in unicodedata.normalize("NFKD", value) if not unicodedata.combining(each))
    for text in {form(value) for form in (str.lower, str.upper, str.title, str)} | {plain.lower()}:
        for form in ("NFC", "NFD"):
            found |= set(written(unicodedata.normalize(form, text)))
    return {each.lower() for each in found}


def written(text: str) -> Iterator[bytes]:
    raw = text.encode()
    for encoding in ENCODINGS:
        yield text.encode(encoding, "ignore") if text.isascii() else text.encode(encoding, "replace")
    for escaped in (quote(text, safe=""), quote(quote(text, safe=""), safe=""), quote(text, safe="@+ ")):
        yield escaped.encode()
    yield "".join(each if each.isascii() else f"\\u{ord(each):04x}" for each in text).encode()
    yield "".join(chr(each) if each < 128 else f"\\x{each:02x}" for each in raw).encode()
    yield html.escape(text).encode()
    yield text.encode("ascii", "xmlcharrefreplace")
    yield quopri.encodestring(raw).strip().rstrip(b"=\n")
    yield raw.hex().encode()


def in_base64(value: str) -> set[bytes]:
    """As it stands within a longer text that was encoded, wherever in it; here case matters."""
    found = set[bytes]()
    for text in (value, value.lower(), value.upper(), value.title()):
        raw = text.encode()
        for before in range(3):
            kept = len(raw) - (before + len(raw)) % 3  # whole groups only: what comes after is not known
            encoded = base64.b64encode(bytes(before) + raw[: max(kept, 0)]).rstrip(b"=")[(0, 2, 3)[before] :]
            whole = encoded[: len(encoded) - (1 if len(encoded) % 4 else 0)]
            if len(whole) >= SHORTEST:
                found |= {whole, whole.replace(b"+", b"-").replace(b"/", b"_")}
    return found


def traces_in(raw: bytes, values: Iterable[str]) -> list[str]:
    """Where something of these values is, with what stands around it."""
    small = raw.lower()
    found = []
    for value in values:
        for sought, text in ((spellings(value), small), (in_base64(value), raw)):
            for each in sought:
                at = text.find(each)
                if at >= 0:
                    found.append(f"{value} as {each!r}: {raw[max(0, at - 80) : at + 120]!r}")
    return found
