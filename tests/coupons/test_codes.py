"""Codes: how they are compared, and that a wrong character is told from a code nobody gave out."""

from __future__ import annotations

import pytest

from engine.coupons.codes import ALPHABET, codes_in, drawn, folded, grouped, mistyped


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("", ()),
        ("desconto10", ("DESCONTO10",)),
        (" vip-50,DESCONTO10;vip50 \n", ("VIP50", "DESCONTO10")),
        ("ABCD-EFGH-JKMN", ("ABCDEFGHJKMN",)),
    ],
)
def test_codes_are_compared_without_what_is_for_reading(typed: str, codes: tuple[str, ...]) -> None:
    assert codes_in(typed) == codes


def test_drawn_codes_are_right_and_never_twice() -> None:
    codes = [drawn() for _ in range(5_000)]
    assert len({*codes}) == len(codes)
    assert not any(map(mistyped, codes))
    assert all(folded(grouped(code)) == code for code in codes)


def test_any_one_wrong_character_is_noticed() -> None:
    for _ in range(20):
        code = drawn()
        for at, right in enumerate(code):
            for wrong in ALPHABET:
                if wrong != right:
                    assert mistyped(code[:at] + wrong + code[at + 1 :])


def test_words_are_never_taken_for_mistyped_ones() -> None:
    assert not any(map(mistyped, ("DESCONTO10", "VIP50", "X" * 11, "ABCDEFGHIJKL")))
