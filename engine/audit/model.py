"""The words of the audit trail, and the canonical form of a row, from which its link is computed.

Pure. Guarantees: the same row gives the same bytes for ever, and docs/audit.md says which, so that anybody can
recompute a chain. A change here is a new form, and would need its own mark in every link.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

# The chain of what no organizer is behind; each organizer has one under its own id.
INSTALLATION = "installation"
FIRST_PREVIOUS = bytes(32)
# What is hashed of a row, under these names.
FIELDS = (
    *("chain", "number", "id", "at", "actor_kind", "actor", "act", "subject", "before", "after", "detail"),
    *("request", "network"),
)


class ActorKind(Enum):
    ACCOUNT = "account"
    KEY = "key"
    GUEST = "guest"
    OPERATOR = "operator"
    ITSELF = "itself"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Ground:
    """What an act was admitted for, so that what it writes can check it again in its own transaction."""

    permission: str
    event: str | None = None
    venue: str | None = None
    anywhere: bool = False  # to have it somewhere is enough


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something in the name of an organizer, and what is known of how; written with what was done.

    `actor` is the id of an account, a guest link or an API key, the name of an operator, or what of the installation
    acts by itself. `network` is a /24 or /48 at the narrowest: the database refuses an address.
    """

    organizer_id: str
    actor: str
    kind: ActorKind = ActorKind.OPERATOR
    request: str = ""
    network: str | None = None
    ground: Ground | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """The same where no organizer is behind it: then it goes into the chain of the installation."""

    actor: str
    kind: ActorKind = ActorKind.OPERATOR
    request: str = ""
    network: str | None = None

    def of(self, organizer: str) -> Act:
        """The same actor, in the name of an organizer."""
        return Act(organizer, self.actor, self.kind, self.request, self.network)


BY_ITSELF = Actor(INSTALLATION, ActorKind.ITSELF)


@dataclass(frozen=True, slots=True)
class Sought:
    """What acts are filtered by; None and no words ask for nothing."""

    organizer_id: str | None = None
    act: str | None = None  # as in "sale.open", or "sale" for all of that kind
    actor: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None  # before it
    words: str = ""  # all of them, anywhere in it, as whole words

    @property
    def is_narrow(self) -> bool:
        """Whether it asks for more than whose acts, and when."""
        return any((self.act, self.actor, self.subject, self.words))


@dataclass(frozen=True, slots=True)
class AuditView:
    """A row as it is shown and exported, with its place in its chain; without one while it waits to be linked."""

    said: Mapping[str, Any]  # what is hashed
    previous: bytes | None
    hash: bytes | None

    @property
    def id(self) -> int:
        found: int = self.said["id"]
        return found

    def exported(self) -> dict[str, Any]:
        """A line of an export: all that is needed to recompute the link."""
        assert self.previous is not None, "only what is linked is exported"
        assert self.hash is not None, "only what is linked is exported"
        return {**self.said, "previous": self.previous.hex(), "hash": self.hash.hex()}


def said_of(row: Any, number: int | None) -> dict[str, Any]:
    """What a row says as this link of its chain, in the fields that are hashed; its JSON comes as text."""
    chain = row["organizer_id"] or INSTALLATION
    plain = {name: row[name] for name in ("id", "actor_kind", "actor", "act", "subject", "request", "network")}
    read = {name: _read(row[name]) for name in ("before", "after", "detail")}
    return {"chain": chain, "number": number, "at": moment(row["at"]), **plain, **read}


def _read(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def moment(at: datetime) -> str:
    """UTC, to the microsecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(said: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys and no spaces, in UTF-8."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def link_hash(previous: bytes, said: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(previous + canonical(said)).digest()
