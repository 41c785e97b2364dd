"""An organizer's people, as they are taken in and listed, and what is reported of their addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from engine.ids import MadeId
from engine.limits import (
    EMAIL_CHARS_MAX,
    NAME_CHARS_MAX,
    NOTE_CHARS_MAX,
    PEOPLE_PER_ASK_MAX,
    PHONE_CHARS_MAX,
    STAND_INS_PER_ASK_MAX,
)
from engine.messages import EmailAddress, PhoneNumber
from engine.text import Form, Written
from engine.vault import Contact
from server.contract.asks import Ask
from server.contract.security.audit import KindWord
from server.contract.shapes import ContactShape


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
    basis: Literal["contract", "interest", "consent"] | None
    consent: bool | None
    consent_wording: str | None
    consent_source: str | None
    consent_origin: str | None  # where an imported yes comes from, in the organizer's own words
    consent_at: datetime | None
    email_confirmed_at: datetime | None  # by whom said yes, with the letter that asks whether the address is theirs
    phone_confirmed_at: datetime | None
    since: datetime
    orders: int
    last_order_at: datetime | None


class RelationsPage(TypedDict):
    items: list[RelationShape]
    next: str | None


class FindBody(Ask):
    """What somebody is called; all that is given must fit."""

    name: Annotated[str, Written(NAME_CHARS_MAX, chars_min=0)] = Field(
        default="", description="Words of it, each whole."
    )
    email: Annotated[str, Written(EMAIL_CHARS_MAX, chars_min=0)] = ""
    phone: Annotated[str, Written(PHONE_CHARS_MAX, chars_min=0)] = ""


class FoundShape(TypedDict):
    person: str
    contact: ContactShape  # masked
    orders: int  # paid ones


class FoundPeople(TypedDict):
    items: list[FoundShape]


class PersonShape(TypedDict):
    person: str
    contact: ContactShape


class ReadPersonShape(PersonShape):
    relation: RelationShape | None


def contact_shape(contact: Contact) -> ContactShape:
    return {"name": contact.name, "email": contact.email, "phone": contact.phone}


class CorrectBody(Ask):
    name: Annotated[str, Written(NAME_CHARS_MAX, chars_min=0)] = ""
    email: EmailAddress | None = None
    phone: PhoneNumber | None = None


class CorrectOwnBody(Ask):
    name: Annotated[str, Written(NAME_CHARS_MAX)]
    phone: PhoneNumber | Literal[""] | None = Field(default=None, description="As it was, where it is left out.")


Purpose = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$"),
    Field(description="What the stand-ins are for, such as a partner's name: those of two purposes can't be compared."),
]


class StandInsBody(Ask):
    purpose: Purpose
    people: list[MadeId] = Field(min_length=1, max_length=STAND_INS_PER_ASK_MAX)


class StandInShape(TypedDict):
    person: str
    stand_in: str


class StandInsShape(TypedDict):
    """Who is not yours, or no longer there, is left out."""

    items: list[StandInShape]


class TakeBackBody(Ask):
    purpose: Purpose
    stand_ins: list[MadeId] = Field(min_length=1, max_length=STAND_INS_PER_ASK_MAX)


class TakenBackShape(TypedDict):
    stand_in: str
    person: str
    contact: ContactShape


class TakenBackItems(TypedDict):
    """What is nobody's is left out."""

    items: list[TakenBackShape]


class NoteBody(Ask):
    text: Annotated[str, Written(NOTE_CHARS_MAX, Form.PARAGRAPH)]


class AddedNoteShape(TypedDict):
    id: str


class NoteShape(TypedDict):
    id: str
    text: str
    author: str
    author_kind: KindWord
    author_name: str | None  # of a member, for who may see the members
    written_at: datetime


class NoteItems(TypedDict):
    """Newest first."""

    items: list[NoteShape]


class ErasedShape(TypedDict):
    id: str
    people: int
    kept: int  # of whom tax law keeps the name


class BounceBody(Ask):
    channel: Literal["email", "sms"]
    address: Annotated[str, Written(EMAIL_CHARS_MAX, chars_min=3)]
    reason: Literal["bounced", "complained"] = "bounced"
