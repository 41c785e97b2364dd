"""The words of rights: whom a search found, who was chosen of them, and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.context import Section
from engine.vault import Contact


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody who was found, as far as it takes to tell them apart."""

    person: str
    organizer_id: str | None
    contact: Contact
    orders: int  # paid ones


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who is to be erased: people in the vault, and accounts."""

    people: Sequence[str]
    accounts: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Export:
    """Everything that is known of somebody, as it was at one moment."""

    made_at: datetime
    sections: Sequence[Section]


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did."""

    id: str
    people: int  # whose data keys were still there
    kept: int  # of whom tax law keeps a name


def masked(contact: Contact) -> str:
    """Somebody in a line, as much of them as may be shown."""
    return " · ".join(filter(None, contact.masked.wire().values())) or "nobody"
