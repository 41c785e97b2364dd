"""Who may do what: accounts, sessions, members, keys, the audit trail."""

from server.api.security import factors, invitations, keys, members, policies, proving

__all__ = ["factors", "invitations", "keys", "members", "policies", "proving"]
