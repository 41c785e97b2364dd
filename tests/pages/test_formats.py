"""Money and moments as people write them."""

from datetime import UTC, datetime

import pytest

from server.pages.formats import decimal_amount, moment, money


@pytest.mark.parametrize(
    ("minor", "currency", "language", "text"),
    [
        (4500, "EUR", "en", "€45.00"),
        (4500, "EUR", "es", "45,00\N{NO-BREAK SPACE}€"),
        (123456789, "EUR", "pt", "1.234.567,89\N{NO-BREAK SPACE}€"),
        (1200, "JPY", "en", "¥1,200"),
        (1500, "KWD", "en", "KWD 1.500"),
        (-250, "USD", "en", "-$2.50"),
        (0, "SEK", "es", "0,00\N{NO-BREAK SPACE}SEK"),
    ],
)
def test_money(minor: int, currency: str, language: str, text: str) -> None:
    assert money(minor, currency, language) == text


def test_money_for_machines() -> None:
    assert [decimal_amount(5, "EUR"), decimal_amount(5, "JPY"), decimal_amount(-5, "KWD")] == ["0.05", "5", "-0.005"]


def test_moments_are_told_at_the_clocks_of_the_venue() -> None:
    at = datetime(2027, 3, 28, 19, 30, tzinfo=UTC)
    assert moment(at, "Europe/Madrid", "es") == "dom 28 de marzo de 2027, 21:30"
    assert moment(at, "America/Sao_Paulo", "pt") == "dom 28 de março de 2027, 16:30"
    assert moment(at, "Asia/Kolkata", "en") == "Mon 29 March 2027, 01:00"
