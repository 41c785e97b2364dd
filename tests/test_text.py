"""Text that people type: what passes, in which form, and what is said of the rest."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from engine.limits import MARKS_IN_A_ROW_MAX
from engine.text import BadText, Form, NoTwins, Written, shown

LINE = Written(40)
PARAGRAPH = Written(40, Form.PARAGRAPH)
EXACT = Written(40, Form.EXACT)


@pytest.mark.parametrize(
    "text",
    [
        "Jazz at the Corner",
        "Anfiteatro Único",
        "مقعد عادي",
        "می‌خواهم",  # Persian, with U+200C
        "成人票",
        "ハーフチケット",
        "Взрослый билет",
        "क्षत्रिय",
        "क्‍ष",  # with U+200D
        "Zoë & Łukasz — 50 %",
        "👩‍🚀 in space ❤️‍🔥 🇪🇸",
        "葛󠄀城",  # an ideograph with a variation selector
        "a\u00a0b\u3000c",
    ],
)
def test_writing_of_all_kinds_passes_as_it_is(text: str) -> None:
    assert LINE.read(text) == text
    assert PARAGRAPH.read(text) == text
    assert EXACT.read(text) == text


def test_text_is_trimmed_and_composed() -> None:
    assert LINE.read("  Nin\u0303o \u00a0") == "Ni\u00f1o"
    assert PARAGRAPH.read("\r\n one\r\n\ttwo\rthree \n") == "one\n\ttwo\nthree"
    assert EXACT.read(" o\u0301pera  ") == " \u00f3pera  "


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a\x00b", "U+0000"),
        ("a\x1b[31mb", "U+001B"),
        ("a\x7fb", "U+007F"),
        ("a\x85b", "U+0085"),
        ("a\u00adb", "U+00AD"),
        ("evil\u202egpj.exe", "U+202E"),
        ("a\u2066b\u2069", "U+2066"),
        ("a\u200fb", "U+200F"),
        ("a\u061cb", "U+061C"),
        ("a\u200bb", "U+200B"),
        ("a\u2060b", "U+2060"),
        ("a\ufeffb", "U+FEFF"),
        ("a\u3164b", "U+3164"),
        ("a\u2028b", "U+2028"),
        ("a\U000e0041b", "U+E0041"),
        ("a\ue000b", "U+E000"),
        ("a\ufdd0b", "U+FDD0"),
        ("a\U0001ffffb", "U+1FFFF"),
        ("a\U0010ffffb", "U+10FFFF"),
        ("a\ud800b", "U+D800"),
        ("pay\u200dpal", "U+200D"),
        ("\u200cمن", "U+200C"),
        ("من\u200c", "U+200C"),
        ("من\u200c\u200cمن", "U+200C"),
    ],
)
def test_characters_that_cannot_be_shown_are_named(text: str, named: str) -> None:
    for rule in (LINE, PARAGRAPH, EXACT):
        with pytest.raises(BadText, match=named.replace("+", r"\+")):
            rule.read(text)


@pytest.mark.parametrize("text", ["one\ntwo", "one\ttwo", "one\rtwo"])
def test_a_line_has_no_line_breaks(text: str) -> None:
    assert PARAGRAPH.read(text)
    for rule in (LINE, EXACT):
        with pytest.raises(BadText, match="cannot be shown"):
            rule.read(text)


@pytest.mark.parametrize("text", ["", " ", "\u3000\u00a0", "\u2800", "\ufe0f", "\u0301"])
def test_nothing_to_see_is_blank(text: str) -> None:
    for rule in (LINE, PARAGRAPH, EXACT):
        with pytest.raises(BadText, match="must not be"):
            rule.read(text)


def test_what_may_be_left_out_may_be_blank() -> None:
    assert Written(40, chars_min=0).read("  ") == ""


def test_length_counts_what_is_kept() -> None:
    assert len(LINE.read(" " + "n\u0303" * 40)) == 40
    for text in ("x" * 41, "\u00f1" * 41, "n\u0303" * 41, "\u00f1" * 100_000):
        with pytest.raises(BadText, match="at most 40"):
            LINE.read(text)
    with pytest.raises(BadText, match="at least 8"):
        Written(40, Form.EXACT, chars_min=8).read("1234567")


def test_marks_are_not_piled_up() -> None:
    assert LINE.read("a" + "\u0300" * MARKS_IN_A_ROW_MAX)
    with pytest.raises(BadText, match="marks on one letter"):
        LINE.read("a" + "\u0300" * (MARKS_IN_A_ROW_MAX + 1))


def test_a_field_describes_its_rule() -> None:
    from typing import Annotated

    field = TypeAdapter(Annotated[str, PARAGRAPH])
    assert field.json_schema() == {"type": "string", "format": "paragraph", "minLength": 1, "maxLength": 40}
    with pytest.raises(ValidationError, match="cannot be shown"):
        field.validate_python("a\u202eb")


def test_names_that_are_read_as_one_are_both_named() -> None:
    from typing import Annotated

    field = TypeAdapter(Annotated[dict[Annotated[str, LINE], int], NoTwins])
    assert field.validate_python({"Ni\u00f1o": 1, "nino": 2}) == {"Ni\u00f1o": 1, "nino": 2}
    for twins in ({"Ni\u00f1o": 1, "Nin\u0303o": 2}, {"vip": 1, " vip": 2}):
        with pytest.raises(ValidationError, match="the same name twice"):
            field.validate_python(twins)


def test_errors_repeat_nothing_hidden() -> None:
    assert shown("vip\u202e\x00\ud800") == "vip\\u{202e}\\u{0}\\u{d800}"
    assert shown("x" * 1_000) == "x" * 80 + "…"
