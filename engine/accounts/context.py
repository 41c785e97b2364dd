"""How accounts describe themselves."""

from __future__ import annotations

from engine.accounts.factors_sql import FORGET_CEREMONIES
from engine.accounts.invitations import OLD_INVITATIONS
from engine.accounts.policies import OLD_APPROVALS
from engine.context import Context, Floor, OldRows

CEREMONIES_KEPT_DAYS = 1

CONTEXT = Context(
    name="accounts",
    floor=Floor.WHO,
    owns="people who log in, their sessions; members of organizers, and what they may do",
    source="Postgres",
    tables=(
        *("account", "session", "member", "role_grant"),
        *("invitation", "guest_link", "organizer_policy", "approval"),
        *("passkey", "account_totp", "recovery_code", "outside_identity", "ceremony_spent"),
    ),
    old_rows=(OLD_INVITATIONS, OLD_APPROVALS, OldRows("spent challenge", FORGET_CEREMONIES, CEREMONIES_KEPT_DAYS)),
)
