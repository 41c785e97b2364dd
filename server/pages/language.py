"""What the server itself writes into pages, documents and letters: a few sentences, and moments as people write them.

The sentences are in words.yaml, each in every language; a test holds them together. Pages in a browser use Intl.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

WORDS = Path(__file__).with_name("words.yaml")
OPEN_GRAPH_LOCALES = {"en": "en_GB", "es": "es_ES", "pt": "pt_PT"}


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


def moment(at: datetime, zone: str, language: str) -> str:
    """`Mon 1 March 2027, 20:30` at the clocks of `zone`."""
    local = at.astimezone(ZoneInfo(zone))
    weekday = name_of(language, "weekdays", local.weekday())
    month = name_of(language, "months", local.month - 1)
    of = " " if language == "en" else " de "
    return f"{weekday} {local.day}{of}{month}{of}{local.year}, {local:%H:%M}"
