"""What a language says in letters. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """One letter. A sentence may have several forms, divided by `|`: the first is taken whose fields are there."""

    subject: str
    sentences: tuple[str, ...]  # what happened, and what to do
    button: str  # of the link, where there is one
    not_you: str
    short: str = ""  # of a text message; without one it says the subject


@dataclass(frozen=True, slots=True)
class Language:
    hello: str
    hello_all: str
    link_s: str
    by_hand: str
    foot: str
    minutes: tuple[str, str]  # one, several
    hours: tuple[str, str]
    days: tuple[str, str]
    instant: str
    months: str
    facts: Mapping[str, str]  # names of fields that stand in a table
    changes: Mapping[str, str]
    roles: Mapping[str, str]
    letters: Mapping[str, Said]
