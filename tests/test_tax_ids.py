"""Tax ids: those that can be right pass as they are written, and one letter or digit off is refused."""

from __future__ import annotations

import pytest

from engine.limits import TAX_ID_CHARS_MAX
from engine.tax_ids import wrong_tax_id

RIGHT = [
    ("ES", "12345678Z"),
    ("ES", "12.345.678-Z"),
    ("ES", "X1234567L"),
    ("ES", "Z1234567R"),
    ("ES", "B12345674"),
    ("ES", "ESB12345674"),
    ("ES", "A58818501"),
    ("ES", "Q2826000H"),
    ("ES", "b-12345674"),
    ("PT", "123456789"),
    ("PT", "PT 501 442 600"),
    ("BR", "529.982.247-25"),
    ("BR", "11.222.333/0001-81"),
    ("BR", "12.ABC.345/01DE-35"),
    ("FR", "FR 40303265045"),
    ("CO", "900373115-1"),
]


@pytest.mark.parametrize(("country", "text"), RIGHT)
def test_what_can_be_right_passes(country: str, text: str) -> None:
    assert wrong_tax_id(country, text) is None


@pytest.mark.parametrize(("country", "text"), [each for each in RIGHT if each[0] in ("ES", "PT", "BR")])
def test_another_last_letter_or_digit_is_wrong(country: str, text: str) -> None:
    last = text[-1]
    others = "0123456789" if last.isdigit() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert all(wrong_tax_id(country, text[:-1] + each) for each in others if each != last)


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("ES", "12345678"),
        ("ES", "I1234567A"),
        ("PT", "12345678"),
        ("PT", "400000000"),
        ("BR", "111.111.111-11"),
        ("BR", "00000000000000"),
        ("BR", "123"),
        ("FR", "12"),
        ("FR", "=cmd()"),
        ("FR", "1" * (TAX_ID_CHARS_MAX + 1)),
        ("FR", ""),
    ],
)
def test_what_cannot_be_right_is_refused_in_a_sentence(country: str, text: str) -> None:
    wrong = wrong_tax_id(country, text)
    assert wrong is not None
    assert wrong.startswith(("is ", "must "))
