"""How accounts describe themselves."""

from __future__ import annotations

from engine.context import Context, Floor

CONTEXT = Context(
    name="accounts",
    floor=Floor.WHO,
    owns="people who log in, their sessions; members of organizers, and what they may do",
    source="Postgres",
    tables=("account", "session", "member", "role_grant"),
)
