"""Members, invitations, guest links, policies, approvals: as they are asked for and shown."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, Self

from pydantic import Field, model_validator
from typing_extensions import TypedDict

from engine.access import ROLES, Grant, Role, Scope
from engine.accounts import ApprovalState, ApprovalView, GrantDraft, GuestLinkView, InvitationView, MemberView, Policy
from engine.ids import MadeId, SaleId, Token
from engine.limits import AMOUNT_MAX, COMPLIMENTARY_MAX_MAX, GRANTS_PER_MEMBER_MAX, NAME_CHARS_MAX
from engine.messages import EmailAddress
from engine.text import Written
from server.contract.asks import Ask
from server.contract.security.keys import InstantMs, PermissionWord, Things
from server.contract.stamps import in_ms, in_ms_if_any, moment_of

RoleWord = Literal[
    "owner",
    "manager",
    "editor",
    "publisher",
    "venue_manager",
    "box_office",
    "marketing",
    "finance",
    "gate",
    "analyst",
    "auditor",
]
ACTS = ("sale.close", "order.refund")  # what an organizer may ask two persons for


class GrantBody(Ask):
    role: RoleWord
    events: Things = Field(default=[], description="Only in these; with neither these nor venues, in all.")
    venues: Things = Field(default=[])
    until_at_ms: InstantMs | None = Field(default=None, description="It ends by itself then.")

    def draft(self) -> GrantDraft:
        scope = Scope(frozenset(self.events), frozenset(self.venues))
        return GrantDraft(Role(self.role), scope, moment_of(self.until_at_ms))


Grants = Annotated[list[GrantBody], Field(min_length=1, max_length=GRANTS_PER_MEMBER_MAX)]


class GrantsBody(Ask):
    grants: Grants


class InvitationBody(Ask):
    email: EmailAddress
    grants: Grants


class TokenBody(Ask):
    token: Token = Field(repr=False)


class Subject(Ask):
    account: MadeId | None = None
    key: MadeId | None = None
    guest: MadeId | None = None

    @model_validator(mode="after")
    def one(self) -> Self:
        if (self.account is None) + (self.key is None) + (self.guest is None) != 2:
            raise ValueError("exactly one of account, key and guest is needed")
        return self


class AboutBody(Ask):
    event: MadeId | None = None
    sale: SaleId | None = None
    venue: MadeId | None = None


class AuthorizeBody(Ask):
    subject: Subject
    permission: PermissionWord
    about: AboutBody = Field(default=AboutBody(), description="Nothing named: the organizer as a whole.")


class GuestLinkBody(Ask):
    label: Annotated[str, Written(NAME_CHARS_MAX)]
    permission: Literal["event:read", "sale:read", "order:read"]
    about: AboutBody
    until_at_ms: InstantMs


class TwoPersons(Ask):
    acts: list[Literal["sale.close", "order.refund"]] = Field(max_length=len(ACTS))


class PolicyBody(Ask):
    second_factor: bool
    two_persons: TwoPersons
    complimentary_max: int | None = Field(
        default=None,
        ge=0,
        le=COMPLIMENTARY_MAX_MAX,
        description="Tickets that each member may give away in a sale; absent: as before.",
    )
    refund_alone_max: int | None = Field(
        default=None,
        ge=0,
        le=AMOUNT_MAX,
        description="Where refunds need two: minor units that one gives back of an order alone; absent: as before.",
    )


class OwnershipBody(Ask):
    account: MadeId


# ── answers ──


class RoleShape(TypedDict):
    role: RoleWord
    permissions: list[str]


class RolesShape(TypedDict):
    items: list[RoleShape]


class GrantShape(TypedDict):
    id: NotRequired[str]
    role: str
    events: list[str]
    venues: list[str]
    until_at_ms: int | None


class MemberShape(TypedDict):
    account: str
    email: str
    name: str
    grants: list[GrantShape]
    owner: bool
    joined_at_ms: int
    seen_at_ms: int | None
    etag: str


class MembersShape(TypedDict):
    items: list[MemberShape]


class InvitationShape(TypedDict):
    id: str
    email: str
    grants: list[GrantShape]
    until_at_ms: int
    invited_by: str
    created_at_ms: int


class InvitationsShape(TypedDict):
    items: list[InvitationShape]


class InvitedShape(TypedDict):
    id: str
    until_at_ms: int


class LookedAtShape(TypedDict):
    organizer: str
    organizer_name: str
    grants: list[GrantShape]
    email: str  # as much of it as may be shown
    until_at_ms: int


class JoinedShape(TypedDict):
    organizer: str
    organizer_name: str


Ground = Literal["grant", "key", "guest"]


class BecauseShape(TypedDict):
    kind: Ground
    id: str
    role: str | None
    events: list[str]
    venues: list[str]
    until_at_ms: int | None


Why = Literal[
    "granted", "no_member", "no_such_key", "no_such_link", "no_grant", "elsewhere", "second_factor_owed", "not_yours"
]


class AuthorizedShape(TypedDict):
    allowed: bool
    because: BecauseShape | None
    reason: Why
    why: str


class GuestLinkShape(TypedDict):
    id: str
    label: str
    permission: str
    event: str
    until_at_ms: int
    created_by: str
    created_at_ms: int
    revoked_at_ms: int | None
    last_used_at_ms: int | None


class GuestLinksShape(TypedDict):
    items: list[GuestLinkShape]


class MadeGuestLink(TypedDict):
    id: str
    link: str


class TwoPersonsShape(TypedDict):
    acts: list[str]
    possible: list[str]


class PolicyShape(TypedDict):
    second_factor: bool
    two_persons: TwoPersonsShape
    complimentary_max: int
    refund_alone_max: int


class ApprovalShape(TypedDict):
    id: str
    act: str
    about: dict[str, str]
    asked_by: str
    asked_at_ms: int
    until_at_ms: int
    decided_by: str | None
    state: ApprovalState


class ApprovalsShape(TypedDict):
    items: list[ApprovalShape]


def roles_shape() -> RolesShape:
    return {
        "items": [
            {"role": role.value, "permissions": sorted(each.value for each in permissions)}
            for role, permissions in ROLES.items()
        ]
    }


def grant_shape(grant: Grant) -> GrantShape:
    return {"id": grant.id, **drafted_shape(GrantDraft.like(grant))}


def drafted_shape(draft: GrantDraft) -> GrantShape:
    return {
        "role": draft.role.value,
        "events": sorted(draft.scope.events),
        "venues": sorted(draft.scope.venues),
        "until_at_ms": in_ms_if_any(draft.until),
    }


def member_shape(member: MemberView) -> MemberShape:
    return {
        "account": member.account,
        "email": member.email,
        "name": member.name,
        "grants": [grant_shape(each) for each in member.grants],
        "owner": member.is_owner,
        "joined_at_ms": in_ms(member.joined_at),
        "seen_at_ms": in_ms_if_any(member.seen_at),
        "etag": f'"{member.version}"',
    }


def invitation_shape(view: InvitationView) -> InvitationShape:
    return {
        "id": view.id,
        "email": view.email,
        "grants": [drafted_shape(each) for each in view.grants],
        "until_at_ms": in_ms(view.until_at),
        "invited_by": view.invited_by,
        "created_at_ms": in_ms(view.created_at),
    }


def guest_link_shape(view: GuestLinkView) -> GuestLinkShape:
    return {
        "id": view.id,
        "label": view.label,
        "permission": view.permission.value,
        "event": view.event,
        "until_at_ms": in_ms(view.until_at),
        "created_by": view.created_by,
        "created_at_ms": in_ms(view.created_at),
        "revoked_at_ms": in_ms_if_any(view.revoked_at),
        "last_used_at_ms": in_ms_if_any(view.last_used_at),
    }


def policy_shape(policy: Policy) -> PolicyShape:
    return {
        "second_factor": policy.second_factor,
        "two_persons": {"acts": [each for each in ACTS if each in policy.two_persons], "possible": list(ACTS)},
        "complimentary_max": policy.complimentary_max,
        "refund_alone_max": policy.refund_alone_max,
    }


def approval_shape(view: ApprovalView) -> ApprovalShape:
    return {
        "id": view.id,
        "act": view.act,
        "about": dict(view.parts),
        "asked_by": view.asked_by,
        "asked_at_ms": in_ms(view.asked_at),
        "until_at_ms": in_ms(view.until_at),
        "decided_by": view.decided_by,
        "state": view.state,
    }


def about_of(grant: Grant, kind: Ground) -> BecauseShape:
    return {
        "kind": kind,
        "id": grant.id,
        "role": None if grant.role is None else grant.role.value,
        "events": sorted(grant.scope.events),
        "venues": sorted(grant.scope.venues),
        "until_at_ms": in_ms_if_any(grant.until),
    }
