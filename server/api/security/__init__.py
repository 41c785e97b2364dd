"""Who may do what: accounts, sessions, members, keys, the audit trail."""

from server.api.security import invitations, keys, members, policies

__all__ = ["invitations", "keys", "members", "policies"]
