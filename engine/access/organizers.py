"""Organizers: who they are to buyers, what buyers agree to with them, and when a buyer chooses the key of an order.

Owns: the tables organizer and organizer_terms. Guarantees: a version of terms never changes; what is written is whole,
and an act is noted with it. Fails with `BadText` when a name is not readable text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from engine.audit import Act, write
from engine.refusals import Code, Refused
from engine.stores.office import Office

READ = "SELECT * FROM public_organizer WHERE id = $1"
LOCK = "SELECT FROM organizer WHERE id = $1 FOR UPDATE"
UPDATE = "UPDATE organizer SET name = $2, order_key = $3 WHERE id = $1"
NEWEST = """
SELECT version, text, url, refund_rule, written_at FROM organizer_terms
WHERE organizer_id = $1 AND (version = $2 OR $2 IS NULL) ORDER BY version DESC LIMIT 1
"""
ADD_VERSION = """
INSERT INTO organizer_terms (organizer_id, version, text, url, refund_rule) VALUES ($1, $2, $3, $4, $5)
"""


class KeyRule(Enum):
    """When a buyer chooses the key of an order; the word is also what rows and wire say."""

    REQUIRED = "required"  # at checkout
    BEFORE_DOWNLOAD = "before_download"  # before the first download of its tickets, by the browser that bought


@dataclass(frozen=True, slots=True)
class Terms:
    """What a buyer accepts to buy: a text, an address where it stands, or both."""

    version: int
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class OrganizerView:
    """An organizer as buyers see it."""

    id: str
    name: str
    terms: Terms | None
    refund_rule: str
    order_key: KeyRule


@dataclass(frozen=True, slots=True)
class OrganizerChange:
    """All that an organizer says of itself, written whole."""

    name: str
    terms_text: str = ""
    terms_url: str = ""
    refund_rule: str = ""
    order_key: KeyRule = KeyRule.REQUIRED


@dataclass(frozen=True, slots=True)
class TermsWritten:
    """A version of terms, with the refund rule that stood beside it."""

    version: int
    text: str
    url: str
    refund_rule: str
    written_at: datetime


class Organizers:
    def __init__(self, office: Office) -> None:
        self._office = office

    async def view(self, organizer: str) -> OrganizerView | None:
        """An organizer as buyers see it; None when there is none."""
        row = await self._office.fetchrow(organizer, READ, organizer)
        return None if row is None else organizer_of(row)

    async def terms(self, organizer: str, version: int) -> TermsWritten | None:
        """A version of an organizer's terms, in force or not: orders name the one that was accepted."""
        row = await self._office.fetchrow(organizer, NEWEST, organizer, version)
        return None if row is None else TermsWritten(**dict(row))

    async def change(self, by: Act, change: OrganizerChange) -> OrganizerView | Refused:
        """Write what an organizer says of itself. Terms or a refund rule that differ are a new version."""
        async with self._office.transaction(by) as connection:
            await connection.execute(LOCK, by.organizer_id)
            row = await connection.fetchrow(READ, by.organizer_id)
            if row is None:
                return Refused(Code.NOT_FOUND)
            before = organizer_of(row)
            await connection.execute(UPDATE, by.organizer_id, change.name, change.order_key.value)
            newest = await connection.fetchrow(NEWEST, by.organizer_id, None)
            said = (change.terms_text, change.terms_url, change.refund_rule)
            stands = ("", "", "") if newest is None else (newest["text"], newest["url"], newest["refund_rule"])
            if said != stands:
                version = 1 if newest is None else newest["version"] + 1
                await connection.execute(ADD_VERSION, by.organizer_id, version, *said)
            after = organizer_of(await connection.fetchrow(READ, by.organizer_id))
            if after != before:
                was, now = _changed(_facts(before), _facts(after))
                await write(connection, by, "organizer.change", by.organizer_id, before=was, after=now)
        return after


def organizer_of(row: Any) -> OrganizerView:
    """A row of public_organizer, which other contexts read too."""
    terms = None
    if row["terms_version"] is not None:
        terms = Terms(row["terms_version"], row["terms_text"], row["terms_url"])
    return OrganizerView(row["id"], row["name"], terms, row["refund_rule"], KeyRule(row["order_key"]))


def _facts(view: OrganizerView) -> dict[str, Any]:
    """What an act says of it: of terms their version, whose text stays."""
    return {
        "name": view.name,
        "terms": view.terms and view.terms.version,
        "refund_rule": view.refund_rule,
        "order_key": view.order_key,
    }


def _changed(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    fields = [name for name in after if before[name] != after[name]]
    return {name: before[name] for name in fields}, {name: after[name] for name in fields}
