"""Who may do what: accounts, sessions, members, keys, the audit trail."""

from server.api.security import keys

__all__ = ["keys"]
