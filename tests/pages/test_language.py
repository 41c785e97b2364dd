"""Languages: what is asked for wins, and no sentence is missing in any of them."""

import string

import pytest
import yaml

from server.pages.language import WORDS, say
from server.who.languages import LANGUAGES, choose_language


@pytest.mark.parametrize(
    ("asked", "kept", "header", "language"),
    [
        (None, None, "", "en"),
        (None, None, "es-AR,es;q=0.9,en;q=0.8", "es"),
        (None, None, "de, pt-BR;q=0.7, en;q=0.6", "pt"),
        (None, None, "en;q=0.2, es;q=0.3", "es"),
        (None, None, "es;q=0", "en"),
        (None, None, "es;q=loud, pt;q=0.5", "pt"),
        (None, None, ";;;,,,q=1", "en"),
        (None, "pt", "es", "pt"),
        ("en", "pt", "es", "en"),
        ("xx", "<b>", "es", "es"),
    ],
)
def test_the_language_of_a_page(asked: str | None, kept: str | None, header: str, language: str) -> None:
    assert choose_language(asked, kept, header) == language


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_sentence_is_there_in_every_language_with_the_same_fields() -> None:
    words = yaml.safe_load(WORDS.read_text("utf-8"))
    for word, sentences in words.items():
        assert set(sentences) == set(LANGUAGES), word
        if isinstance(sentences["en"], str):
            assert {language: fields(text) for language, text in sentences.items()} == dict.fromkeys(
                LANGUAGES, fields(sentences["en"])
            ), word


def test_values_are_put_in_place() -> None:
    assert say("pt", "card", last4="4242") == "cartão terminado em 4242"
