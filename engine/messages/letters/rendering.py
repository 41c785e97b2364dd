"""A letter in its reader's language, as plain text and as HTML. Pure.

Guarantees: every language has every letter (checked at import); whatever a field holds is text in the HTML, and never
markup, an address or a header. A sentence whose field is missing is left out.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from engine.messages.letters.en import ENGLISH
from engine.messages.letters.es import SPANISH
from engine.messages.letters.frame import Framed, framed
from engine.messages.letters.letter import Template, on_one_line
from engine.messages.letters.pt import PORTUGUESE
from engine.messages.letters.said import Language
from engine.messages.model import Words
from engine.messages.words import LOCALES, locale_of, one_line, short

LANGUAGES: Mapping[str, Language] = {"en": ENGLISH, "es": SPANISH, "pt": PORTUGUESE}
MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400


def letter_words(
    template: Template,
    locale: str,
    data: Mapping[str, str],
    site: str,
    *,
    until: datetime | None,
    now: datetime,
    lines: Sequence[tuple[str, str]] = (),
) -> Words:
    """The letter as it is sent at `now`; its link works `until` then."""
    locale = locale_of(locale)
    language = LANGUAGES[locale]
    said = language.letters[template]
    fields = {**data, **_worded(data, language), "site": site}
    link = data.get("link", "")
    subject = _filled(said.subject, fields) or site
    lasts = language.link_s.format(time=time_words((until - now).total_seconds(), language)) if until and link else ""
    letter = Framed(
        locale=locale,
        brand=fields.get("organizer", site),
        subject=one_line(subject),
        hello=_filled(language.hello, fields) or language.hello_all,
        sentences=[text for text in (_filled(each, fields) for each in said.sentences) if text],
        facts=[(label, fields[name]) for name, label in language.facts.items() if name in fields],
        lines=[(on_one_line(what), on_one_line(price)) for what, price in lines],
        button=_filled(said.button, fields) if link else "",
        link=link,
        lasts=lasts,
        by_hand=language.by_hand,
        not_you=_filled(said.not_you, fields),
        foot=_filled(language.foot, fields),
    )
    brief = _filled(said.short, fields) or letter.subject
    return Words(letter.subject, _text(letter), framed(letter), short(f"{site}: {brief}. {link}".strip(), link))


def _worded(data: Mapping[str, str], language: Language) -> dict[str, str]:
    """Fields that are words of ours, in the reader's language."""
    worded = {}
    if "at" in data:
        worded["at"] = instant_words(data["at"], language)
    if "what" in data:
        worded["what"] = language.changes.get(data["what"], "")
    if "roles" in data:
        named = (each.strip() for each in data["roles"].split(","))
        worded["roles"] = ", ".join(language.roles.get(each, each) for each in named if each)
    return worded


def _filled(sentence: str, fields: Mapping[str, str]) -> str:
    """The sentence, in the first of its forms whose fields are all there; empty when there is none."""
    for form in sentence.split("|"):
        if all(fields.get(name) for _, name, _, _ in string.Formatter().parse(form) if name):
            return form.format_map(fields)
    return ""


def _text(letter: Framed) -> str:
    parts = [letter.hello, "\n".join(letter.sentences)]
    if letter.facts:
        parts.append("\n".join(f"{label}: {value}" for label, value in letter.facts))
    if letter.lines:
        parts.append("\n".join(f"{what}: {price}" for what, price in letter.lines))
    if letter.link:
        parts.append("\n".join(filter(None, (f"{letter.button}:", letter.link, letter.lasts))))
    parts += [letter.not_you, f"-- \n{letter.foot}"]
    return "\n\n".join(filter(None, parts)) + "\n"


def time_words(seconds: float, language: Language) -> str:
    """A duration in its largest sensible unit, rounded: 24 hours, 3 days, 15 minutes."""
    if seconds < 2 * HOUR_S:
        unit, several = MINUTE_S, language.minutes
        if round(seconds / MINUTE_S) == HOUR_S / MINUTE_S:
            unit, several = HOUR_S, language.hours
    elif seconds < 3 * DAY_S - HOUR_S:
        unit, several = HOUR_S, language.hours
    else:
        unit, several = DAY_S, language.days
    count = max(1, round(seconds / unit))
    return several[count != 1].format(n=count)


def instant_words(at: str, language: Language) -> str:
    """An instant of ISO 8601, whose zone is not the reader's: nobody knows that one."""
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        return at
    instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    month = language.months.split()[instant.month - 1]
    return language.instant.format(day=instant.day, month=month, year=instant.year, clock=f"{instant:%H:%M}")


for _locale, _language in LANGUAGES.items():
    for _words in ("letters", "facts", "changes", "roles"):
        assert set(getattr(_language, _words)) == set(getattr(ENGLISH, _words)), f"{_locale} lacks {_words}"
    assert set(_language.letters) == set(Template), f"{_locale} lacks letters"
assert set(LANGUAGES) == set(LOCALES)
