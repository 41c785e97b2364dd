"""Words of notices: every language, prices and distances as people write them, nothing smuggled in."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from engine.messages import LOCALES, locale_of, site_name
from engine.messages.letters import Letter, Template, letter_words
from engine.messages.model import Words
from engine.messages.words import distance, price_words, until_words

NOON = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
OFFER = {
    "link": "https://a.example/n/1",
    "stop": "https://a.example/u/1",
    "choose": "https://a.example/preferences/1",
    "product": "Crème <brûlée>",
    "store": "Café Sol",
    "price": "4,50 €",
    "regular": "9,00 €",
    "ends": "19:00",
    "distance": "1.2 km",
    "stock": "12",
    "day": "2026-07-01",
    "number": "7",
}


def words_of(locale: str = "en", **change: str) -> Words:
    letter = Letter("notice:1", Template.OFFER, "ana@example.org", locale, {**OFFER, **change})
    return letter_words(Template.OFFER, locale, letter.data, "a.example", until=NOON, now=NOON)


@pytest.mark.parametrize("locale", LOCALES)
def test_an_offer_says_everything_in_every_language(locale: str) -> None:
    words = words_of(locale)
    hidden = {"day", "number", "product"}
    for part in (value for name, value in OFFER.items() if name not in hidden):
        assert part in words.text
    assert f'<html lang="{locale}">' in words.html
    assert all(OFFER[name] in words.html for name in ("link", "stop", "choose"))
    assert "Crème &lt;brûlée&gt;" in words.html
    assert "<brûlée>" not in words.html
    assert len(words.short) <= 155
    assert OFFER["distance"] not in words_of(locale, distance="").text


def test_languages() -> None:
    assert [locale_of(each) for each in ("es-AR", "pt_BR", "EN", "de", "")] == ["es", "pt", "en", "en", "en"]


def test_a_subject_is_one_line() -> None:
    words = words_of(product="A\r\nBcc: x@example.org", store="B\n")
    assert "\n" not in words.subject
    assert "\r" not in words.subject


def test_a_long_short_text_keeps_its_link() -> None:
    words = words_of(product="word " * 60)
    assert words.short.endswith(f"… {OFFER['link']}")
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
