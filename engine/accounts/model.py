"""The words of accounts. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class SessionState(Enum):
    HALF = "half"  # the second factor is still owed: good for nothing else
    IN = "in"


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as its owner sees it. Its address was shown to be the owner's before it was made."""

    id: str
    email: str
    name: str
    locale: str
    has_password: bool
    operator: bool  # has the installation role
    created_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionShown:
    """A live session, as whoever carries its token is known by."""

    id: str
    account: str
    state: SessionState
    created_at: datetime
    seen_at: datetime
    until_at: datetime  # whatever happens
    stepped_up_at: datetime | None  # when a second factor was last shown in it
    device: str
    network: str | None
    place: str


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session with its token: the only time anybody sees it."""

    id: str
    account: str
    token: str = field(repr=False)
    until_at: datetime
    state: SessionState


@dataclass(frozen=True, slots=True)
class Membership:
    """An organizer that an account works for."""

    organizer: str
    name: str
    joined_at: datetime
