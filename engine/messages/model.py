"""What is sent, and what became of it. Pure.

A message carries its own id into every channel, so that a receiver can tell a repeat: as Message-ID, as push topic,
as the gateway's idempotency key.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
class Attachment:
    name: str  # of the file, in ASCII
    kind: str  # as in Content-Type
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class File:
    """An attachment that is drawn when it is needed."""

    name: str
    kind: str
    draw: Callable[[], Awaitable[bytes]] = field(repr=False)

    async def drawn(self) -> Attachment:
        return Attachment(self.name, self.kind, await self.draw())


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a letter shows of the thing it is about, as that stands when the letter is sent."""

    data: Mapping[str, str]
    lines: Sequence[tuple[str, str]] = ()  # of a table: what, and for how much; the last is the total
    files: Sequence[File] = ()
    is_over: bool = False  # it is not sent any more; what was sent is still shown


# Of the letter's own fields, in the reader's language; None: the letter is of no use any more.
Draw = Callable[[Mapping[str, str], str], Awaitable[Drawn | None]]


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    to: str  # address, number, or the push subscription as JSON
    locale: str
    words: Words
    link: str
    unsubscribe: str  # address that takes one POST, RFC 8058; empty where there is nothing to unsubscribe from
    attachments: Sequence[Attachment] = ()


class Outcome(Enum):
    """What a channel said; the word is what Postgres keeps."""

    SENT = "sent"
    LATER = "later"  # may work in a while
    REFUSED = "refused"  # not this message
    BOUNCED = "bounced"  # not this address, ever again
    LAPSED = "lapsed"  # what it is about has changed, and it would be wrong now


@dataclass(frozen=True, slots=True)
class Sent:
    outcome: Outcome
    detail: str = ""  # the channel's own words, without the address
    in_doubt: bool = False  # later, but it may have been taken all the same
