"""An organizer's people, as they are taken in and listed, and what is reported of their addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from engine.limits import EMAIL_CHARS_MAX, PEOPLE_PER_ASK_MAX
from engine.text import Written
from server.contract.asks import Ask


class PeopleBody(Ask):
    people: list[dict[str, Any]] = Field(
        max_length=PEOPLE_PER_ASK_MAX, description="Each as a line of `aforo people import`: docs/flash-promos.md."
    )


class RejectedShape(TypedDict):
    line: int
    reasons: list[str]


class TakenShape(TypedDict):
    lines: int
    added: int
    changed: int
    rejected: list[RejectedShape]


class RelationShape(TypedDict):
    id: str
    reference: str | None
    basis: Literal["contract", "interest"] | None
    consent: bool | None
    consent_wording: str | None
    consent_source: str | None
    consent_at: datetime | None
    since: datetime
    orders: int
    last_order_at: datetime | None


class RelationsPage(TypedDict):
    items: list[RelationShape]
    next: str | None


class BounceBody(Ask):
    channel: Literal["email", "sms"]
    address: Annotated[str, Written(EMAIL_CHARS_MAX, chars_min=3)]
    reason: Literal["bounced", "complained"] = "bounced"
