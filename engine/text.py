"""Text that people type: the one rule for every name, note, search and secret that comes from outside.

Pure. Guarantees: what passes is NFC, within its bound, and made of characters that can be seen: no control, zero-width
or direction characters, no private use, surrogates or noncharacters. The two joiners (U+200C, U+200D) stay where
Persian, Indic scripts and emoji need them: between two such characters.
Fails with `BadText`, a sentence that reads after the name of a field and never repeats what was typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from engine.limits import KEY_CHARS_MAX, MARKS_IN_A_ROW_MAX, NAME_CHARS_MAX

# Ranges, as in a regular expression. Controls but newline and tab, which have their own.
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_BREAKS = "\t\n"
_UNSEEN = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
_NOBODYS = (
    "\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 15))
    + "\U000f0000-\U0010ffff"
)
_IN_LINE = re.compile(f"[{_CONTROLS}{_BREAKS}{_UNSEEN}{_NOBODYS}]")
_IN_PARAGRAPH = re.compile(f"[{_CONTROLS}{_UNSEEN}{_NOBODYS}]")
# What a joiner may stand between: scripts from Arabic on, and symbols.
_JOINED = "[\u0600-\u1dff\u203c\u2049\u20d0-\u2fff\u3005-\ud7ff\uf900-\U000effff]"
_STRAY_JOINER = re.compile(f"(?<!{_JOINED})[\u200c\u200d]|[\u200c\u200d](?!{_JOINED})")
_BLANK = "\u200c\u200d\u2800"  # shows nothing by itself
_LINE_ENDS = re.compile("\r\n?")
_FIRST_MARK = "\u0300"  # below it nothing combines
_DECOMPOSED_CHARS = (
    4  # NFC composes at most this many characters into one: more than that times the bound can never fit
)


class BadText(ValueError):
    """What is wrong with a text, as it reads after the name of its field."""


class Form(Enum):
    LINE = "line"  # trimmed, without line breaks
    PARAGRAPH = "paragraph"  # trimmed, line breaks and tabs allowed
    EXACT = "exact"  # a line that is kept with its spaces


@dataclass(frozen=True, slots=True)
class Written:
    """The rule for a field of a model: `Annotated[str, Written(200)]`."""

    chars_max: int
    form: Form = Form.LINE
    chars_min: int = 1  # 0: may be left blank

    def read(self, text: str) -> str:
        """The text as it is kept; raises `BadText`."""
        if self.form is Form.PARAGRAPH:
            text = _LINE_ENDS.sub("\n", text)
        if self.form is not Form.EXACT:
            text = text.strip()
        if not text.isascii():
            text = self._normalized(text)
        elif not text.isprintable():
            _refuse_hidden(text, self.form)
        if len(text) > self.chars_max:
            raise BadText(f"must be at most {self.chars_max:,} characters")
        if self.chars_min and not _shows(text):
            raise BadText("must not be blank" if text else "must not be empty")
        if len(text) < self.chars_min:
            raise BadText(f"must be at least {self.chars_min} characters")
        return text

    def _normalized(self, text: str) -> str:
        if len(text) > self.chars_max * _DECOMPOSED_CHARS:
            raise BadText(f"must be at most {self.chars_max:,} characters")
        _refuse_hidden(text, self.form)
        if max(text) >= _FIRST_MARK:
            _refuse_heaps(text)
        return unicodedata.normalize("NFC", text)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {
            **handler(schema),
            "format": self.form.value,
            "minLength": self.chars_min,
            "maxLength": self.chars_max,
        }


def _refuse_hidden(text: str, form: Form) -> None:
    found = (_IN_PARAGRAPH if form is Form.PARAGRAPH else _IN_LINE).search(text) or _STRAY_JOINER.search(text)
    if found is not None:
        raise BadText(f"contains a character that cannot be shown (U+{ord(found[0]):04X})")


def _refuse_heaps(text: str) -> None:
    """Refuse long runs of combining marks: they spill over other lines, and normalizing them takes quadratic time."""
    piled = 0
    for each in text:
        piled = piled + 1 if unicodedata.combining(each) else 0
        if piled > MARKS_IN_A_ROW_MAX:
            raise BadText(f"has more than {MARKS_IN_A_ROW_MAX} marks on one letter")


def _shows(text: str) -> bool:
    """Whether anything of it can be seen; characters newer than our tables count as seen."""
    if text.isascii():
        return not text.isspace() and text != ""
    return any(unicodedata.category(each)[0] in "LNPSC" and each not in _BLANK for each in text)


def shown(text: str) -> str:
    """A stranger's text as an error message may repeat it: shortened, with invisible characters spelled out."""
    spelled = _IN_LINE.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text[:KEY_CHARS_MAX])
    return spelled if len(text) <= KEY_CHARS_MAX else f"{spelled}…"


# ── names as keys of a mapping ──


def twins_in(names: Iterable[str], same: Callable[[str], str]) -> tuple[str, str] | None:
    """The first two of `names` that `same` makes equal."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(same(name), name)
        if other != name:
            return other, name
    return None


def _refuse_twins(mapping: object) -> object:
    """Refuse two names that normalize to the same one: the second would silently replace the first."""
    if isinstance(mapping, Mapping):
        twins = twins_in((key for key in mapping if isinstance(key, str)), _alike)
        if twins is not None:
            raise BadText(f"has the same name twice: {twins[0]!r} and {twins[1]!r}")
    return mapping


def _alike(name: str) -> str:
    text = name.strip()
    return text if text.isascii() or len(text) > NAME_CHARS_MAX else unicodedata.normalize("NFC", text)


NoTwins = BeforeValidator(_refuse_twins)
