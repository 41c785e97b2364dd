"""The audit trail as it is searched and shown."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from engine.audit import AuditView, Format, Sought
from engine.ids import Cursor
from engine.limits import AUDIT_FILTER_CHARS_MAX, PAGE_ITEMS_MAX
from engine.refusals import Code, RefusalError
from engine.text import Written
from server.contract.routes import Query, Search
from server.contract.stamps import in_ms

ID_BYTES = 8
ActWord = Annotated[str, StringConstraints(pattern=r"^[a-z_]+(\.[a-z_]+)?$", max_length=60)]
Named = Annotated[str, Written(AUDIT_FILTER_CHARS_MAX)]
InstantMs = Annotated[int, Field(ge=0, le=253_402_300_799_000)]
KindWord = Literal["account", "key", "guest", "operator", "itself", "stranger"]


class Filters(Query):
    act: ActWord | None = Field(default=None, description="One act, as in sale.open, or all of a kind, as in sale.")
    actor: Named | None = Field(default=None, description="Id of an account, key or guest link, name of an operator.")
    subject: Named | None = Field(default=None, description="What it was done to.")
    since_ms: InstantMs | None = None
    until_ms: InstantMs | None = Field(default=None, description="Before this instant.")
    words: Search = Field(default="", description="Whole words, all of them, anywhere in an act.")

    def sought(self, organizer: str) -> Sought:
        since, until = moment(self.since_ms), moment(self.until_ms)
        return Sought(organizer, self.act, self.actor, self.subject, since, until, self.words)


class AuditQuery(Filters):
    after: Cursor | None = None
    limit: int = Field(default=50, ge=1, le=PAGE_ITEMS_MAX)


class ExportQuery(Filters):
    format: Literal["jsonl", "csv"] = Format.JSONL.value


class HistoryQuery(Query):
    subject: Named
    after: Cursor | None = None
    limit: int = Field(default=50, ge=1, le=PAGE_ITEMS_MAX)


class ActShape(TypedDict):
    id: int
    at_ms: int
    act: str
    subject: str
    actor: str
    actor_kind: KindWord
    actor_name: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    detail: dict[str, Any]
    network: str | None
    request: str
    linked: bool


class ActsPage(TypedDict):
    items: list[ActShape]
    next: str | None


class ActWords(TypedDict):
    items: list[str]


def moment(ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1_000, UTC)


def act_shape(view: AuditView, name: str | None) -> ActShape:
    said = view.said
    return ActShape(
        id=view.id,
        at_ms=in_ms(datetime.fromisoformat(said["at"])),
        act=said["act"],
        subject=said["subject"],
        actor=said["actor"],
        actor_kind=said["actor_kind"],
        actor_name=name,
        before=said["before"],
        after=said["after"],
        detail=said["detail"],
        network=said["network"],
        request=said["request"],
        linked=view.hash is not None,
    )


def cursor_of(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(ID_BYTES, "big")).decode().rstrip("=")


def number_of(cursor: str | None) -> int | None:
    """The act a cursor stands for; refused when it is none of ours."""
    if cursor is None:
        return None
    try:
        read = base64.urlsafe_b64decode(cursor + "=")
    except (binascii.Error, ValueError):
        read = b""
    number = int.from_bytes(read, "big", signed=True)
    if len(read) != ID_BYTES or number < 0:
        raise RefusalError(Code.INVALID, fields=[{"path": "after", "message": "is not `next` of a page before"}])
    return number
