"""Webhooks, their deliveries and tries, as their organizer sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from engine.limits import NAME_CHARS_MAX, PAGE_ITEMS_MAX, WEBHOOK_TOPICS_MAX, WEBHOOK_URL_CHARS_MAX
from engine.text import Written
from server.contract.asks import Ask
from server.contract.routes import Query

SEQUENCE_MAX = 2**53


class WebhookBody(Ask):
    url: Annotated[str, Written(WEBHOOK_URL_CHARS_MAX)]
    topics: Annotated[list[Annotated[str, Written(NAME_CHARS_MAX)]], Field(max_length=WEBHOOK_TOPICS_MAX)]
    label: Annotated[str, Written(NAME_CHARS_MAX, chars_min=0)] = ""


class ReplayBody(Ask):
    from_sequence: int = Field(ge=1, le=SEQUENCE_MAX)


class DeliveriesQuery(Query):
    state: Literal["due", "sent", "failed"] | None = None
    before: int | None = Field(default=None, ge=1, le=SEQUENCE_MAX, description="`next` of the page before.")
    limit: int = Field(default=50, ge=1, le=PAGE_ITEMS_MAX)


class MadeWebhook(TypedDict):
    id: str
    secret: str


class WebhookShape(TypedDict):
    id: str
    url: str
    label: str
    topics: list[str]
    sequence: int
    due: int
    paused: Literal["by_hand", "failing", "gone", "unreadable"] | None
    paused_at: datetime | None
    failing_since: datetime | None
    created_at: datetime


class WebhooksShape(TypedDict):
    items: list[WebhookShape]


class DeliveryShape(TypedDict):
    id: str
    sequence: int
    topic: str
    version: int
    subject: str
    state: Literal["due", "sent", "failed"]
    tries: int
    due_at: datetime | None
    created_at: datetime
    done_at: datetime | None
    status: int | None
    fault: str


class DeliveriesShape(TypedDict):
    items: list[DeliveryShape]
    next: int | None


class TryShape(TypedDict):
    number: int
    at: datetime
    took_ms: int
    status: int | None
    fault: str
    answer: str


class DeliveryDetailShape(TypedDict):
    delivery: DeliveryShape
    body: dict[str, Any]
    tries: list[TryShape]


class TestShape(TypedDict):
    delivery: str


class ReplayedShape(TypedDict):
    count: int
    next: int | None
