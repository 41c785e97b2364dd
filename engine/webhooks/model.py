"""The words of webhooks. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

from engine.limits import WEBHOOK_RETRIES_S

TEST_TOPIC = "webhook.test"
BUSY = (429, 503)  # answers whose Retry-After is respected
DIGITS_MAX = 9


class Paused(Enum):
    """Why an endpoint gets nothing."""

    BY_HAND = "by_hand"
    FAILING = "failing"  # nothing but failures for days
    GONE = "gone"  # it answered 410
    UNREADABLE = "unreadable"  # the key that its secret is sealed by was retired


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """The only time anybody sees the secret."""

    id: str
    secret: str


@dataclass(frozen=True, slots=True)
class WebhookView:
    id: str
    url: str
    label: str
    topics: tuple[str, ...]
    sequence: int
    due: int  # deliveries that wait
    paused: Paused | None
    paused_at: datetime | None
    failing_since: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryView:
    id: str
    sequence: int
    topic: str
    version: int
    subject: str
    state: str
    tries: int
    due_at: datetime | None  # of the next try
    created_at: datetime
    done_at: datetime | None
    status: int | None  # of the last try
    fault: str


@dataclass(frozen=True, slots=True)
class TryView:
    number: int
    at: datetime
    took_ms: int
    status: int | None
    fault: str
    answer: str


@dataclass(frozen=True, slots=True)
class DeliveryDetail:
    delivery: DeliveryView
    body: Mapping[str, Any]
    tries: tuple[TryView, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    count: int
    next: int | None  # the sequence to go on from, when there may be more


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one request."""

    took_ms: int
    status: int | None
    fault: str = ""
    answer: str = ""
    wait_s: float = 0.0  # how long it asked us to wait

    @property
    def is_well(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def retry_after_s(tries: int) -> int | None:
    """How long to wait after so many tries failed; None when that was the last one."""
    return WEBHOOK_RETRIES_S[tries - 1] if tries <= len(WEBHOOK_RETRIES_S) else None


def asked_to_wait_s(status: int, retry_after: str, now: datetime) -> float:
    """How long an answer asks us to wait, up to our own longest wait. Pure."""
    if status not in BUSY:
        return 0.0
    try:
        wait_s = float(int(retry_after[:DIGITS_MAX])) if retry_after.isdecimal() else seconds_to(retry_after, now)
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return min(max(0.0, wait_s), float(WEBHOOK_RETRIES_S[-1]))


def seconds_to(date: str, now: datetime) -> float:
    """Until a date as HTTP writes it."""
    at = parsedate_to_datetime(date)
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
