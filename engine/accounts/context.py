"""How accounts describe themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from engine.access import forget_answers
from engine.accounts.factors_sql import DUE_CEREMONIES, FORGET_CEREMONIES
from engine.accounts.invariants import violations
from engine.accounts.invitations import OLD_INVITATIONS
from engine.accounts.login_sql import DUE_PROOFS, DUE_SESSIONS, FORGET_PROOFS, FORGET_SESSIONS
from engine.accounts.policies import OLD_APPROVALS
from engine.accounts.sql import (
    ACCOUNTS_OF_BUYERS,
    FORGET_ACCOUNTS,
    FORGET_ADDRESSES,
    KNOWN_ACCOUNTS,
    KNOWN_SESSIONS,
)
from engine.context import Context, Erasure, Floor, OldRows, Section, Told, Violation
from engine.limits import ACCOUNT_PROOF_KEPT_DAYS, SESSION_KEPT_DAYS

if TYPE_CHECKING:
    from engine.engine import Engine

CEREMONIES_KEPT_DAYS = 1


async def forget(connection: asyncpg.Connection, erasure: Erasure) -> None:
    # Who is logged in asks as their account, whichever of its browsers it was.
    linked = await connection.fetch(ACCOUNTS_OF_BUYERS, list(erasure.buyers))
    await forget_answers(connection, [row["account_id"] for row in linked])
    if erasure.accounts:
        for statement in FORGET_ACCOUNTS:
            await connection.execute(statement, list(erasure.accounts))
    if erasure.emails and erasure.organizer_id is None:
        for statement in FORGET_ADDRESSES:
            await connection.execute(statement, list(erasure.emails))


async def invariants(engine: Engine) -> list[Violation]:
    return await violations(engine.db)


async def known(_: Engine, connection: asyncpg.Connection, told: Told) -> list[Section]:
    named = {"account": KNOWN_ACCOUNTS, "logins": KNOWN_SESSIONS} if told.accounts else {}
    return [await Section.read(connection, name, text, list(told.accounts)) for name, text in named.items()]


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
        OldRows(
            "link of an account",
            FORGET_PROOFS,
            ACCOUNT_PROOF_KEPT_DAYS,
            "it was sent",
            "letters of a day are counted per address",
            DUE_PROOFS,
        ),
        OldRows(
            "session",
            FORGET_SESSIONS,
            SESSION_KEPT_DAYS,
            "it ended",
            "its owner sees from where they were logged in",
            DUE_SESSIONS,
        ),
        OldRows(
            "spent challenge",
            FORGET_CEREMONIES,
            CEREMONIES_KEPT_DAYS,
            "it ran out",
            "none is good twice",
            DUE_CEREMONIES,
        ),
    ),
    forget=forget,
    known=known,
    invariants=invariants,
)
