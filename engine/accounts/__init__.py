"""Accounts: people who log in, their sessions, and what they may do for which organizer."""

from engine.accounts.accounts import Accounts
from engine.accounts.context import CONTEXT
from engine.accounts.factor_model import (
    Ceremony,
    Held,
    Method,
    Own,
    PasskeyView,
    RelyingParty,
    Shown,
    TotpSecret,
)
from engine.accounts.factors import Factors
from engine.accounts.grants import Grants
from engine.accounts.guests import GuestLinkDraft, GuestLinks, NewGuestLink
from engine.accounts.invitations import Invitations, Inviting, NewInvitation
from engine.accounts.members import Members
from engine.accounts.model import (
    AccountView,
    ApprovalState,
    ApprovalView,
    GrantDraft,
    GuestLinkView,
    InvitationView,
    Membership,
    MemberView,
    NewSession,
    Policy,
    SessionShown,
    SessionState,
    Standing,
)
from engine.accounts.policies import Asked, Policies
from engine.accounts.sessions import Sessions

__all__ = [
    "CONTEXT",
    "AccountView",
    "Accounts",
    "ApprovalState",
    "ApprovalView",
    "Asked",
    "Ceremony",
    "Factors",
    "GrantDraft",
    "Grants",
    "GuestLinkDraft",
    "GuestLinkView",
    "GuestLinks",
    "Held",
    "InvitationView",
    "Invitations",
    "Inviting",
    "MemberView",
    "Members",
    "Membership",
    "Method",
    "NewGuestLink",
    "NewInvitation",
    "NewSession",
    "Own",
    "PasskeyView",
    "Policies",
    "Policy",
    "RelyingParty",
    "SessionShown",
    "SessionState",
    "Sessions",
    "Shown",
    "Standing",
    "TotpSecret",
]
