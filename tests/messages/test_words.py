"""Words of notices: every language, prices and distances as people write them, nothing smuggled in."""

from datetime import UTC, datetime

import pytest

from engine.messages import LOCALES, Offer, locale_of, notice_words
from engine.messages.words import distance, price_words

OFFER = Offer(
    product="Crème <brûlée>",
    store="Café Sol",
    zone="Europe/Madrid",
    price=450,
    regular=900,
    currency="EUR",
    stock=12,
    closes_at=datetime(2026, 7, 1, 17, 0, tzinfo=UTC),
)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_language_says_everything(locale: str) -> None:
    words = notice_words(OFFER, locale, 1_234, "https://a.example/n/1", "https://a.example/u/1")
    for part in (
        "19:00",
        "12",
        "https://a.example/n/1",
        "https://a.example/u/1",
        "1.2 km" if locale == "en" else "1,2 km",
    ):
        assert part in words.text
    assert f'<html lang="{locale}">' in words.html
    assert "Crème &lt;brûlée&gt;" in words.html
    assert "<brûlée>" not in words.html
    assert len(words.short) <= 155


def test_languages() -> None:
    assert [locale_of(each) for each in ("es-AR", "pt_BR", "EN", "de", "")] == ["es", "pt", "en", "en", "en"]


def test_a_subject_is_one_line() -> None:
    offer = Offer("A\r\nBcc: x@example.org", "B\n", "UTC", 1, 2, "XXX", 1, OFFER.closes_at)
    words = notice_words(offer, "en", 1, "l", "s")
    assert "\n" not in words.subject
    assert "\r" not in words.subject


def test_a_long_short_text_keeps_its_link() -> None:
    offer = Offer("word " * 60, "Store", "UTC", 1, 2, "EUR", 1, OFFER.closes_at)
    words = notice_words(offer, "en", 1, "https://a.example/n/123", "s")
    assert words.short.endswith("… https://a.example/n/123")
    assert len(words.short) <= 155


def test_prices_keep_a_text_message_short() -> None:
    """A no-break space is not in the alphabet of text messages, which would then hold half as much."""
    assert [price_words(450, "BRL", "pt"), price_words(450, "EUR", "es")] == ["R$ 4,50", "4,50 €"]


@pytest.mark.parametrize(("metres", "text"), [(3, "10 m"), (444, "440 m"), (1_950, "1.9 km"), (2_000, "2.0 km")])
def test_distance(metres: float, text: str) -> None:
    assert distance(metres, "en") == text
