"""Which language somebody reads, as their browser says it.

Pure. It is never guessed: whoever names none is answered in English.
"""

from __future__ import annotations

from aiohttp import web

LANGUAGES = ("en", "es", "pt")
LANGUAGE_COOKIE = "aforo_lang"


def language_of(request: web.Request) -> str:
    return choose_language(
        request.query.get("lang"),
        request.cookies.get(LANGUAGE_COOKIE),
        request.headers.get("Accept-Language", ""),
    )


def choose_language(asked: str | None, kept: str | None, accept_language: str) -> str:
    """By the address first, then by the visitor's earlier choice, then by the browser's list."""
    for wish in (asked, kept):
        if wish in LANGUAGES:
            return wish
    best, best_weight = LANGUAGES[0], 0.0
    for part in accept_language.split(",")[:20]:
        tag, _, weight_text = part.strip().partition(";")
        weight = _weight(weight_text)
        language = tag.strip().lower().split("-")[0]
        if language in LANGUAGES and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
