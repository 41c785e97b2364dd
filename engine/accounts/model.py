"""The words of accounts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any, Literal

from engine.access import EVERYTHING, OF_EVENTS, OF_VENUES, ROLES, About, Grant, Permission, Permit, Role, Scope
from engine.audit import Actor, ActorKind, Ground
from engine.limits import STEP_UP_S


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
    second_factor: bool  # one was shown in it
    renew: bool = False  # what it may do has changed, so it is to get another token

    @property
    def stepped_up_until(self) -> datetime | None:
        """How long the second factor that was shown counts as fresh."""
        return None if self.stepped_up_at is None else self.stepped_up_at + timedelta(seconds=STEP_UP_S)

    def is_fresh(self, now: datetime) -> bool:
        return self.stepped_up_until is not None and now < self.stepped_up_until


@dataclass(frozen=True, slots=True)
class Browser:
    """Where somebody logs in from."""

    device: str = ""  # browser and system, in a few words
    network: str | None = None  # a /24 or /48
    place: str = ""
    request: str = ""
    session: str | None = None  # the one it came with, which ends

    def actor(self, account: str) -> Actor:
        return Actor(account, ActorKind.ACCOUNT, self.request, self.network)


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session with its token: the only time anybody sees it."""

    id: str
    account: str
    token: str = field(repr=False)
    until_at: datetime
    state: SessionState


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A login, and by what it can be finished where a second factor is owed."""

    session: NewSession
    methods: tuple[str, ...]  # "totp", "passkey", "recovery"


@dataclass(frozen=True, slots=True)
class Registration:
    """What somebody says who wants an account."""

    email: str
    password: str = field(repr=False)
    name: str = ""
    locale: str = "en"
    organizer: str = ""  # the name of one to be made


@dataclass(frozen=True, slots=True)
class BuyersAccount:
    """The account of a buyer: the inbox it has shown to be its own, and all its buyers."""

    id: str
    email: str
    buyers: frozenset[str]


@dataclass(frozen=True, slots=True)
class LinkedBuyer:
    """A buyer whose orders an account sees."""

    buyer: str
    how: str
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class Membership:
    """An organizer that an account works for."""

    organizer: str
    name: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class GrantDraft:
    """A role that somebody shall have."""

    role: Role
    scope: Scope = EVERYTHING
    until: datetime | None = None

    def beyond(self, maker: Permit, now: datetime) -> bool:
        """Whether it would give more than its maker may, or for longer."""
        needed = ROLES[self.role]
        if self.scope.is_everything:
            return not all(maker.covers(each, About(), now, self.until) for each in needed)
        abouts = [About(event=each) for each in self.scope.events]
        return not all(
            maker.covers(each, about, now, self.until)
            for about in (*abouts, *(About(venue=venue) for venue in self.scope.venues))
            for each in needed & (OF_EVENTS if about.venue is None else OF_VENUES)
        )

    def told(self) -> dict[str, Any]:
        """What letters, rows and the audit trail say of it."""
        return {
            "role": self.role.value,
            "events": sorted(self.scope.events),
            "venues": sorted(self.scope.venues),
            "until_at": None if self.until is None else self.until.isoformat(),
        }

    @classmethod
    def like(cls, grant: Grant) -> GrantDraft:
        """What would give the same as a member's grant."""
        assert grant.role is not None, "members have roles"
        return cls(grant.role, grant.scope, grant.until)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> GrantDraft:
        until = told["until_at"]
        scope = Scope(frozenset(told["events"]), frozenset(told["venues"]))
        return cls(Role(told["role"]), scope, None if until is None else datetime.fromisoformat(until))


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member as colleagues see them."""

    account: str
    email: str
    name: str
    joined_at: datetime
    seen_at: datetime | None
    grants: tuple[Grant, ...]

    @property
    def is_owner(self) -> bool:
        return any(each.role is Role.OWNER for each in self.grants)

    @property
    def version(self) -> str:
        """Another one whenever the grants are others."""
        return version_of(self.grants)


def version_of(grants: Iterable[Grant]) -> str:
    return sha256(" ".join(sorted(each.id for each in grants)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class InvitationView:
    id: str
    organizer: str
    organizer_name: str
    email: str
    grants: tuple[GrantDraft, ...]
    until_at: datetime
    invited_kind: ActorKind
    invited_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class GuestLinkView:
    """A link by which somebody without an account may look at one event."""

    id: str
    organizer: str
    label: str
    permission: Permission
    event: str
    until_at: datetime
    created_by: str
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Policy:
    """What an organizer asks of its members."""

    second_factor: bool = False
    two_persons: frozenset[str] = frozenset()
    version: int = 0  # of none
    complimentary_max: int = 0  # tickets that each of them may give away in a sale
    refund_alone_max: int = 0  # where refunds need two persons: minor units that one gives back of an order alone


ApprovalState = Literal["open", "running", "done", "failed", "rejected", "void", "lapsed"]


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """Something that waits for a second person."""

    id: str
    act: str
    route: str
    parts: Mapping[str, str]
    body: bytes
    ground: Ground
    asked_kind: ActorKind
    asked_by: str
    asked_at: datetime
    until_at: datetime
    decided_by: str | None
    state: ApprovalState


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody who is logged in is for one organizer."""

    organizer: str
    name: str
    permit: Permit | None
    roles: tuple[Role, ...]
    owes_second_factor: bool
