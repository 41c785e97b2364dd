"""The search for what is left of somebody finds it in whatever form it stands there, else it proves nothing."""

from __future__ import annotations

import base64
import html
import json
import quopri
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rights.spellings import traces_in

NAME, EMAIL, NUMBER = "Öztürk", "eva.oeztuerk@example.org", "611222333"
FORMS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "small": lambda text: text.lower().encode(),
    "capitals": lambda text: text.upper().encode(),
    "JSON": lambda text: json.dumps({"name": text}).encode(),
    "JSON in JSON": lambda text: json.dumps({"said": text}, ensure_ascii=False).encode(),
    "MessagePack": lambda text: bytes(msgpack.packb({"name": text})),
    "address": lambda text: f"/find?name={quote(text)}&x".encode(),
    "form": lambda text: f"name={quote_plus(text)}&x".encode(),
    "HTML": lambda text: f"<p>{html.escape(text)}</p>".encode(),
    "entities": lambda text: text.encode("ascii", "xmlcharrefreplace"),
    "letter": lambda text: quopri.encodestring(f"Dear {text},\n".encode()),
    "bytes": lambda text: repr(text.encode()).encode(),
    "hex": lambda text: b"\\x" + text.encode().hex().encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "Latin-1": lambda text: text.encode("latin-1"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", [NAME, EMAIL, NUMBER])
def test_every_form_is_found(form: str, value: str) -> None:
    raw = b"\x00before " + FORMS[form](value) + b" after\xff"
    assert traces_in(raw, [value]), raw
    assert traces_in(b"\x00nothing of anybody is here\xff", [value]) == []


@given(before=st.binary(max_size=9), after=st.binary(max_size=9), value=st.sampled_from([NAME, EMAIL, NUMBER]))
def test_base64_is_found_wherever_it_begins(before: bytes, after: bytes, value: str) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert traces_in(encode(before + value.encode() + after), [value])
