"""Which language a page is written in, and the few sentences that the server itself writes into one.

The language is never guessed: when the request names none, pages are in English. The sentences are in words.yaml, each
in every language; a test holds them together.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

WORDS = Path(__file__).with_name("words.yaml")
LANGUAGES = ("en", "es", "pt")
LANGUAGE_COOKIE = "aforo_lang"
OPEN_GRAPH_LOCALES = {"en": "en_GB", "es": "es_ES", "pt": "pt_PT"}


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


@cache
def _words() -> dict[str, dict[str, Any]]:
    words: dict[str, dict[str, Any]] = yaml.safe_load(WORDS.read_text("utf-8"))
    return words


def say(language: str, word: str, **values: object) -> str:
    """The sentence `word` in `language`, with its values in place."""
    return str(_words()[word][language]).format(**values)


def name_of(language: str, word: str, number: int) -> str:
    """A weekday (0 is Monday) or a month (0 is January)."""
    return str(_words()[word][language][number])
