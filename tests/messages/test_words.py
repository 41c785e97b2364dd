"""Words of notices: every language, prices and distances as people write them, nothing smuggled in."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from engine.messages import LOCALES, Offer, locale_of, notice_words, site_name
from engine.messages.words import distance, price_words, until_words

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

NOON = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_language_says_everything(locale: str) -> None:
    words = notice_words(OFFER, locale, 1_234, "https://a.example/n/1", "https://a.example/u/1", now=NOON)
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
    words = notice_words(offer, "en", 1, "l", "s", now=NOON)
    assert "\n" not in words.subject
    assert "\r" not in words.subject


def test_a_long_short_text_keeps_its_link() -> None:
    offer = Offer("word " * 60, "Store", "UTC", 1, 2, "EUR", 1, OFFER.closes_at)
    words = notice_words(offer, "en", 1, "https://a.example/n/123", "s", now=NOON)
    assert words.short.endswith("… https://a.example/n/123")
    assert len(words.short) <= 155


def test_prices_keep_a_text_message_short() -> None:
    """A no-break space is not in the alphabet of text messages, which would then hold half as much."""
    assert [price_words(450, "BRL", "pt"), price_words(450, "EUR", "es")] == ["R$ 4,50", "4,50 €"]


@pytest.mark.parametrize(("metres", "text"), [(3, "10 m"), (444, "440 m"), (1_950, "1.9 km"), (2_000, "2.0 km")])
def test_distance(metres: float, text: str) -> None:
    assert distance(metres, "en") == text


@pytest.mark.parametrize(
    ("closes", "now", "locale", "text"),
    [
        ("2026-07-01T17:00Z", "2026-07-01T10:00Z", "en", "19:00"),
        ("2026-07-08T17:00Z", "2026-07-01T10:00Z", "en", "19:00 on 8 July"),
        ("2026-07-08T17:00Z", "2026-07-01T10:00Z", "es", "19:00 del 8 de julio"),
        ("2026-07-08T17:00Z", "2026-07-01T10:00Z", "pt", "19:00 de 8 de julho"),
        ("2026-07-01T22:30Z", "2026-07-01T10:00Z", "en", "00:30 on 2 July"),  # tomorrow by the store's clock
        ("2026-07-01T21:30Z", "2026-06-30T22:30Z", "en", "23:30"),  # today there, on two days of UTC
        ("2027-01-01T00:30Z", "2026-12-31T10:00Z", "en", "01:30 on 1 January 2027"),
        ("2027-01-01T00:30Z", "2026-12-31T23:30Z", "en", "01:30"),  # the year has begun there
        ("2027-01-01T00:30Z", "2026-12-31T10:00Z", "es", "01:30 del 1 de enero de 2027"),
        ("2026-10-25T01:30Z", "2026-10-24T23:30Z", "pt", "02:30"),  # after the clocks went back
    ],
)
def test_until_when(closes: str, now: str, locale: str, text: str) -> None:
    at, sent = datetime.fromisoformat(closes), datetime.fromisoformat(now)
    assert until_words(at, ZoneInfo("Europe/Madrid"), sent, locale) == text


def test_a_site_is_known_by_its_name() -> None:
    urls = ("https://tickets.example", "http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080")
    assert [site_name(url) for url in urls] == ["tickets.example", "Aforo", "Aforo", "Aforo"]
