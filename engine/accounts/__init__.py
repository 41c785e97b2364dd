"""Accounts: people who log in, their sessions, and what they may do for which organizer."""

from engine.accounts.accounts import Accounts
from engine.accounts.context import CONTEXT
from engine.accounts.grants import Grants
from engine.accounts.model import AccountView, Membership, NewSession, SessionShown, SessionState
from engine.accounts.sessions import Sessions

__all__ = [
    "CONTEXT",
    "AccountView",
    "Accounts",
    "Grants",
    "Membership",
    "NewSession",
    "SessionShown",
    "SessionState",
    "Sessions",
]
