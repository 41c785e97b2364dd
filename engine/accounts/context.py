"""How accounts describe themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from engine.accounts.factors_sql import FORGET_CEREMONIES
from engine.accounts.invariants import violations
from engine.accounts.invitations import OLD_INVITATIONS
from engine.accounts.login_sql import FORGET_PROOFS, FORGET_SESSIONS
from engine.accounts.policies import OLD_APPROVALS
from engine.accounts.sql import FORGET_ACCOUNTS, KNOWN_ACCOUNTS, KNOWN_SESSIONS
from engine.context import Context, Erasure, Floor, OldRows, Section, Violation, Whom
from engine.limits import ACCOUNT_PROOF_KEPT_DAYS, KNOWN_ROWS_MAX, SESSION_KEPT_DAYS

if TYPE_CHECKING:
    from engine.engine import Engine

CEREMONIES_KEPT_DAYS = 1


async def forget(connection: asyncpg.Connection, erasure: Erasure) -> None:
    if erasure.accounts:
        for statement in FORGET_ACCOUNTS:
            await connection.execute(statement, list(erasure.accounts))


async def invariants(engine: Engine) -> list[Violation]:
    return await violations(engine.db)


async def known(engine: Engine, whom: Whom) -> list[Section]:
    named = {"account": KNOWN_ACCOUNTS, "logins": KNOWN_SESSIONS} if whom.accounts else {}
    accounts = list(whom.accounts)
    return [Section(name, await engine.db.fetch(text, accounts, KNOWN_ROWS_MAX)) for name, text in named.items()]


CONTEXT = Context(
    name="accounts",
    floor=Floor.WHO,
    owns="people who log in, their sessions; members of organizers, and what they may do",
    source="Postgres",
    tables=(
        *("account", "session", "member", "role_grant", "account_proof", "account_buyer"),
        *("invitation", "guest_link", "organizer_policy", "approval"),
        *("passkey", "account_totp", "recovery_code", "outside_identity", "ceremony_spent"),
    ),
    old_rows=(
        OLD_INVITATIONS,
        OLD_APPROVALS,
        OldRows("link of an account", FORGET_PROOFS, ACCOUNT_PROOF_KEPT_DAYS),
        OldRows("session", FORGET_SESSIONS, SESSION_KEPT_DAYS),
        OldRows("spent challenge", FORGET_CEREMONIES, CEREMONIES_KEPT_DAYS),
    ),
    forget=forget,
    known=known,
    invariants=invariants,
)
