"""Letters in every language: complete, honest about time, and nothing smuggled in by what strangers call themselves."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest

from engine.messages import LOCALES, Letter, Message, Template, Words
from engine.messages.email import Email
from engine.messages.letters import SELL, letter_words
from engine.messages.letters.letter import FIELDS
from engine.messages.letters.rendering import LANGUAGES, time_words

NOW = datetime(2026, 11, 27, 14, 5, tzinfo=UTC)
LINK = "https://a.example/x?token=abc&v=1"
FULL = {
    "link": LINK,
    "name": "Ana",
    "organizer": "Teatro Sol",
    "at": "2026-11-27T15:04:00+01:00",
    "device": "Firefox on Linux",
    "place": "Madrid",
    "network": "192.0.2.7",
    "email": "a…@example.org",
    "what": "passkey_added",
    "inviter": "Luis",
    "roles": "editor,gate",
    "label": "Box office till",
    "act": "sale.close",
    "subject": "Concierto",
    "asked_by": "Eva",
    "event": "Noche de coplas",
    "starts": "Mon 1 March 2027, 20:30 (Europe/Madrid)",
    "venue": "Teatro Sol, C. Mayor 1",
    "product": "Croissant",
    "store": "Panadería Luz",
    "offered_until": "Mon 1 March 2027, 20:30 (Europe/Madrid)",
    "refund_rule": "Until two days before.",
}
ORDER = {"code": "K7QF-2M9X-TDRP", "sale": "coplas", "order": "ord_1"}
FULL |= ORDER
WAYS = {"stop": "https://a.example/u/1", "choose": "https://a.example/preferences/1"}
OFFER = {
    "price": "4,50 €",
    "regular": "9,00 €",
    "ends": "19:00",
    "distance": "1.2 km",
    "stock": "12",
    "day": "2026-11-27",
    "number": "7",
}
FULL |= OFFER
PROOF = {"proof": "prf_1"}
FULL |= PROOF | {"proof_code": "123456", "code_minutes": "10"}
HOSTILE = "<script>alert(1)</script>\r\nBcc: eve@evil.example\u202e {link} http://evil.example/x & www.evil.example"
ALL = [(template, locale) for template in Template for locale in LOCALES]


def words(template: Template, locale: str, data: dict[str, str], until: datetime | None = None) -> Words:
    if template in SELL:
        data = {**OFFER, "product": "Croissant", "store": "Panadería Luz", "stop": WAYS["stop"], **data}
    letter = Letter("k", template, "ana@example.org", locale, data)
    return letter_words(template, letter.locale, letter.data, "a.example", until=until, now=NOW)


class Links(HTMLParser):
    """What a mail program would open or fetch."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "img", "iframe", "link", "form", "object"), tag
        self.found += [(tag, name, value) for name, value in attrs if name in ("href", "src", "action", "background")]
        assert not [name for name, _ in attrs if name.startswith("on")]


@pytest.mark.parametrize(("template", "locale"), ALL)
def test_every_letter_in_every_language(template: Template, locale: str) -> None:
    said = words(template, locale, FULL, NOW + timedelta(hours=24))
    assert "{" not in said.subject + said.text + said.short
    assert said.subject in said.text or said.subject
    for sentence in LANGUAGES[locale].letters[template].sentences:
        first = re.split(r"[{|]", sentence)[0]
        assert first in said.text, "no sentence is left out when all fields are there"
    assert LINK in said.text
    assert said.short.endswith(LINK)
    stop = [WAYS["stop"]] if template in SELL else []
    assert [link for *_, link in Links(said.html).found] == [LINK, LINK, *stop]
    ways = words(template, locale, FULL | WAYS)
    assert [link for _, _, link in Links(ways.html).found] == [LINK, LINK, *WAYS.values()]
    assert all(link in ways.text for link in WAYS.values())
    assert f'<html lang="{locale}">' in said.html
    assert ({"en": "24 hours", "es": "24 horas", "pt": "24 horas"}[locale] in said.text) == (template not in SELL)
    # Without any field that is not needed it still says what happened and what to do.
    bare = words(template, locale, {"link": LINK, "organizer": "Teatro Sol", **ORDER, **PROOF})
    assert len(bare.text) > 200
    assert "{" not in bare.text


@pytest.mark.parametrize(("template", "locale"), ALL)
def test_fields_are_words_and_nothing_else(template: Template, locale: str) -> None:
    said = words(template, locale, {**dict.fromkeys(FIELDS, HOSTILE), "link": LINK, **WAYS})
    assert [link for *_, link in Links(said.html).found] == [LINK, LINK, *WAYS.values()]
    assert "\u202e" not in said.text + said.html + said.subject
    wire = Email("smtp://127.0.0.1:1", "Aforo <no-reply@a.example>").letter(
        Message("msg_1", "ana@example.org", locale, said, LINK, ""), "ana@example.org"
    )
    letter = message_from_bytes(wire, policy=policy.default)
    assert letter["To"] == "ana@example.org"
    assert letter["Bcc"] is None
    assert letter["Message-ID"] == "<msg_1@a.example>"


def test_a_table_of_what_was_bought_is_words_and_nothing_else() -> None:
    lines = [(HOSTILE, "10 €"), ("Stalls · Row 3", "<b>12 €</b>")]
    said = letter_words(
        Template.ORDER_CONFIRMED, "en", {**ORDER, "link": LINK}, "a.example", until=None, now=NOW, lines=lines
    )
    assert Links(said.html).found == [("a", "href", LINK), ("a", "href", LINK)]
    assert "&lt;b&gt;12 €" in said.html
    assert "\nStalls · Row 3: <b>12 €</b>\n" in said.text
    assert "\r" not in said.text


@pytest.mark.parametrize("field", ["name", "organizer", "inviter", "label", "subject", "asked_by"])
def test_a_stranger_cannot_have_us_send_an_address(field: str) -> None:
    letter = Letter("k", "approval_wanted", "ana@example.org", "en", {"link": LINK, field: HOSTILE})
    shown = letter.data[field]
    assert "evil.example" not in shown
    assert "://" not in shown
    assert "@" not in shown
    assert len(shown) <= 80
    tidy = Letter("k", "approval_wanted", "ana@example.org", "en", {field: "  Café   del Sol, S.\u200bL. \n"})
    long = Letter("k", "new_login", "ana@example.org", "en", {"device": "x" * 9_000, "place": "y" * 9_000})
    assert {len(value) for value in long.data.values()} == {200}, "a stranger's length refuses nobody's letter"
    assert tidy.data[field] == "Café del Sol, S. L."


def test_a_letter_to_an_address_that_is_not_proven_greets_nobody() -> None:
    unproven = (Template.VERIFY, Template.REGISTERED_ALREADY, Template.EMAIL_CHANGE, Template.ORDER_CONFIRMED)
    for template in (*unproven, Template.ORDER_KEY_RESET, Template.ORDER_KEY_CHANGED):
        assert "Ana" not in words(template, "en", FULL).text


@pytest.mark.parametrize(
    ("seconds", "en", "es"),
    [
        (59, "1 minute", "1 minuto"),
        (899.7, "15 minutes", "15 minutos"),
        (3_599.5, "1 hour", "1 hora"),
        (86_399.9, "24 hours", "24 horas"),
        (172_800, "48 hours", "48 horas"),
        (7 * 86_400 - 0.1, "7 days", "7 días"),
        (-5, "1 minute", "1 minuto"),
    ],
)
def test_how_long_a_link_works(seconds: float, en: str, es: str) -> None:
    assert time_words(seconds, LANGUAGES["en"]) == en
    assert time_words(seconds, LANGUAGES["es"]) == es


def test_instants_and_words_of_ours_are_in_the_readers_language() -> None:
    said = words(Template.NEW_LOGIN, "es", FULL)
    assert "27 de noviembre de 2026, 14:04 UTC" in said.text
    assert "portaria" in words(Template.INVITATION, "pt", FULL).text
    assert "Se añadió una llave de acceso." in words(Template.SECOND_FACTOR_CHANGED, "es", FULL).text
    assert words(Template.KEY_EXPIRES, "es", FULL).subject == "Una clave de API caduca pronto: Box office till"
    assert words(Template.KEY_EXPIRES, "es", {}).subject == "Una clave de API caduca pronto"
