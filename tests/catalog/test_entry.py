"""What a sale's source may say of its entry."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from engine.catalog.event_inputs import SaleChange


@pytest.mark.parametrize(
    ("said", "rule", "codes"),
    [
        ("open", "open", []),
        ("challenge", "challenge", []),
        ("contact", "contact", []),
        ({"code": "Sesame 2037"}, "code", ["Sesame 2037"]),
        ({"code": ["Sesame 2037", "another"]}, "code", ["Sesame 2037", "another"]),
    ],
)
def test_a_rule_is_a_word_or_its_codes(said: Any, rule: str, codes: list[str]) -> None:
    entry = SaleChange.model_validate({"entry": said}).entry
    assert entry is not None
    assert (entry.rule, entry.code, entry.segment) == (rule, codes, None)


def test_a_segment_is_named() -> None:
    entry = SaleChange.model_validate({"entry": {"segment": " Friends of the house "}}).entry
    assert entry is not None
    assert (entry.rule, entry.code, entry.segment) == ("segment", [], "Friends of the house")


OTHERS = ["", "code", "closed", {}, {"rule": "open"}, {"code": []}, {"code": "short"}, {"code": ["x" * 65]}, 7]
NO_SEGMENTS = [
    "segment",
    {"segment": None},
    {"segment": ""},
    {"segment": ["a"]},
    {"segment": "a", "code": "Sesame 2037"},
]


@pytest.mark.parametrize("said", [*OTHERS, *NO_SEGMENTS])
def test_anything_else_is_a_mistake(said: Any) -> None:
    with pytest.raises(ValidationError):
        SaleChange.model_validate({"entry": said})
