"""Who may do what: accounts, sessions, members, keys, the audit trail."""

from server.api.security import (
    accounts,
    audit,
    factors,
    invitations,
    keys,
    members,
    outside,
    policies,
    proving,
    sessions,
    tokens,
)

__all__ = [
    "accounts",
    "audit",
    "factors",
    "invitations",
    "keys",
    "members",
    "outside",
    "policies",
    "proving",
    "sessions",
    "tokens",
]
