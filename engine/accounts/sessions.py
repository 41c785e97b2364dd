"""Sessions: opaque tokens of 256 bits, of which only the SHA-256 is kept.

Owns: the table session. Guarantees: a session that was ended, idled out or reached its end is none; who holds the
database can't use the sessions in it. What a session has been used for lately is noted once in SEEN_EVERY_S.
"""

from __future__ import annotations

import re
import secrets
from hashlib import sha256
from typing import Any

import asyncpg

from engine.accounts import sql
from engine.accounts.model import NewSession, SessionShown, SessionState
from engine.ids import new_id
from engine.limits import MEMBER_IDLE_S, MEMBER_SESSION_S

TOKEN = re.compile(r"as_[A-Za-z0-9_-]{43}")
TOKEN_BYTES = 32
SEEN_EVERY_S = 60.0


class Sessions:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db

    async def begin(
        self,
        connection: asyncpg.Connection,
        account: str,
        *,
        state: SessionState = SessionState.IN,
        stepped_up: bool = False,
        second_factor: bool = False,
        device: str = "",
        network: str | None = None,
        place: str = "",
        idle_s: int = MEMBER_IDLE_S,
        session_s: int = MEMBER_SESSION_S,
    ) -> NewSession:
        """A new session of an account, in the caller's transaction."""
        session, token = new_id("ses"), f"as_{secrets.token_urlsafe(TOKEN_BYTES)}"
        until_at = await connection.fetchval(
            sql.INSERT_SESSION,
            *(session, fingerprint(token), account, state.value, idle_s, float(session_s)),
            *(stepped_up, device, network, place, second_factor),
        )
        return NewSession(session, account, token, until_at, state)

    async def find(self, token: str) -> SessionShown | None:
        """The live session with this token."""
        if TOKEN.fullmatch(token) is None:
            return None
        row = await self._db.fetchrow(sql.FIND_SESSION, fingerprint(token), SEEN_EVERY_S)
        if row is None:
            return None
        if row["stale"]:
            await self._db.execute(sql.SEEN, row["id"])
        return session_of(row)

    async def again(self, session: str) -> SessionShown | None:
        """A session that was found before, as it is now."""
        row = await self._db.fetchrow(sql.SESSION_BY_ID, session)
        return None if row is None else session_of(row)

    async def end(self, account: str, session: str) -> bool:
        """False when the account has no such live session."""
        return await self._db.fetchval(sql.END_SESSION, session, account) is not None


def fingerprint(token: str) -> bytes:
    return sha256(token.encode()).digest()


def session_of(row: Any) -> SessionShown:
    return SessionShown(
        row["id"],
        row["account_id"],
        SessionState(row["state"]),
        row["created_at"],
        row["seen_at"],
        row["until_at"],
        row["stepped_up_at"],
        row["device"],
        row["network"],
        row["place"],
        row["second_factor"],
    )
