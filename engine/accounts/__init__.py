"""Accounts: people who log in, their sessions, and what they may do for which organizer."""

from engine.accounts.accounts import Accounts
from engine.accounts.context import CONTEXT
from engine.accounts.factor_model import Ceremony, Held, Method, Own, PasskeyView, RelyingParty, Shown, TotpSecret
from engine.accounts.factors import Factors
from engine.accounts.grants import Grants, still_stands
from engine.accounts.guests import GuestLinkDraft, GuestLinks, NewGuestLink
from engine.accounts.invitations import Invitations, Inviting, NewInvitation
from engine.accounts.logins import OUTSIDE, Logins, NoFactors, SecondFactors
from engine.accounts.members import Members
from engine.accounts.model import (
    AccountView,
    ApprovalState,
    ApprovalView,
    Browser,
    BuyersAccount,
    GrantDraft,
    GuestLinkView,
    InvitationView,
    LinkedBuyer,
    LoggedIn,
    Membership,
    MemberView,
    NewSession,
    Policy,
    Registration,
    SessionShown,
    SessionState,
    Standing,
)
from engine.accounts.outside import LinkedView, Outside
from engine.accounts.passwords import Passwords, Strength, strength
from engine.accounts.policies import Asked, Policies, complimentary_max
from engine.accounts.providers import Provider
from engine.accounts.sessions import Sessions

__all__ = [
    "CONTEXT",
    "OUTSIDE",
    "AccountView",
    "Accounts",
    "ApprovalState",
    "ApprovalView",
    "Asked",
    "Browser",
    "BuyersAccount",
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
    "LinkedBuyer",
    "LinkedView",
    "LoggedIn",
    "Logins",
    "MemberView",
    "Members",
    "Membership",
    "Method",
    "NewGuestLink",
    "NewInvitation",
    "NewSession",
    "NoFactors",
    "Outside",
    "Own",
    "PasskeyView",
    "Passwords",
    "Policies",
    "Policy",
    "Provider",
    "Registration",
    "RelyingParty",
    "SecondFactors",
    "SessionShown",
    "SessionState",
    "Sessions",
    "Shown",
    "Standing",
    "Strength",
    "TotpSecret",
    "complimentary_max",
    "still_stands",
    "strength",
]
