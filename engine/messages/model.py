"""What is sent, and what became of it. Pure.

A message carries its own id into every channel, so that a receiver can tell a repeat: as Message-ID, as push topic,
as the gateway's idempotency key.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

CHANNELS = ("push", "email", "sms")


@dataclass(frozen=True, slots=True)
class Words:
    """The same news in the lengths that channels want."""

    subject: str
    text: str
    html: str
    short: str


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    to: str  # address, number, or the push subscription as JSON
    locale: str
    words: Words
    link: str
    unsubscribe: str  # address that takes one POST, RFC 8058; empty where there is nothing to unsubscribe from


class Outcome(Enum):
    """What a channel said; the word is what Postgres keeps."""

    SENT = "sent"
    LATER = "later"  # may work in a while
    REFUSED = "refused"  # not this message
    BOUNCED = "bounced"  # not this address, ever again


@dataclass(frozen=True, slots=True)
class Sent:
    outcome: Outcome
    detail: str = ""  # the channel's own words, without the address
    in_doubt: bool = False  # later, but it may have been taken all the same
