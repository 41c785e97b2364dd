"""Sessions: opaque tokens of 256 bits, of which only the SHA-256 is kept.

Owns: the table session. Guarantees: a session that was ended, idled out or reached its end is none; who holds the
database can't use the sessions in it; an account has a bounded number of them. When what somebody may do has changed,
their sessions get other tokens with their next requests. When a session was last used is noted once a minute.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

import asyncpg

from engine.accounts import login_sql, sql
from engine.accounts.model import NewSession, SessionShown, SessionState
from engine.audit import Actor, ActorKind, write
from engine.ids import fingerprint, new_id
from engine.limits import MEMBER_IDLE_S, MEMBER_SESSION_S, SESSION_RENEWED_S, SESSIONS_PER_ACCOUNT_MAX

TOKEN = re.compile(r"as_[A-Za-z0-9_-]{43}")
TOKEN_BYTES = 32


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
        session, token = new_id("ses"), new_token()
        until_at = await connection.fetchval(
            sql.INSERT_SESSION,
            *(session, fingerprint(token), account, state.value, idle_s, float(session_s)),
            *(stepped_up, device, network, place, second_factor),
        )
        await connection.execute(login_sql.END_OLDEST, account, SESSIONS_PER_ACCOUNT_MAX)
        return NewSession(session, account, token, until_at, state)

    async def find(self, token: str) -> SessionShown | None:
        """The live session with this token."""
        if TOKEN.fullmatch(token) is None:
            return None
        row = await self._db.fetchrow(sql.FIND_SESSION, fingerprint(token), SESSION_RENEWED_S)
        if row is None:
            return None
        if row["stale"]:
            await self._db.execute(sql.SEEN, row["id"])
        return session_of(row)

    async def again(self, session: str) -> SessionShown | None:
        """A session that was found before, as it is now."""
        row = await self._db.fetchrow(sql.SESSION_BY_ID, session)
        return None if row is None else session_of(row)

    async def end(self, account: str, session: str, by: Actor | None = None) -> bool:
        """False when the account has no such live session; by its owner, unless another is named."""
        async with self._db.acquire() as connection, connection.transaction():
            if await connection.fetchval(sql.END_SESSION, session, account) is None:
                return False
            actor = by or Actor(account, ActorKind.ACCOUNT)
            await write(connection, actor, "session.end", account, detail={"session": session})
        return True

    async def end_in(self, connection: asyncpg.Connection, session: str) -> None:
        """End one in the caller's transaction, whoever's it is."""
        await connection.execute(login_sql.END, session)

    async def end_others(self, connection: asyncpg.Connection, account: str, but: str = "") -> int:
        """End all of an account, but for one."""
        return len(await connection.fetch(login_sql.END_ALL, account, but))

    async def list(self, account: str) -> list[SessionShown]:
        """The live ones, the last used first."""
        return [session_of(row) for row in await self._db.fetch(sql.LIST_SESSIONS, account)]

    async def renew(self, connection: asyncpg.Connection, account: str) -> None:
        """What the account may do has changed: its sessions get other tokens, and last no longer than a member's."""
        await connection.execute(login_sql.RENEW, account, MEMBER_IDLE_S, float(MEMBER_SESSION_S))

    async def renewed(self, session: str, token: str) -> NewSession | None:
        """The other token of a session that is to get one; None when another request was given it."""
        new = new_token()
        row = await self._db.fetchrow(login_sql.RENEWED, session, fingerprint(token), fingerprint(new))
        if row is None:
            return None
        return NewSession(session, row["account_id"], new, row["until_at"], SessionState(row["state"]))


def new_token() -> str:
    return f"as_{secrets.token_urlsafe(TOKEN_BYTES)}"


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
        row["renew"],
    )
