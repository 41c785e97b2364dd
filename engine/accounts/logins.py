"""Logins: the one place where a session begins, whatever somebody showed to be who they say.

Guarantees: a login ends the session that the browser came with; who has a second factor gets half a session until it
is shown; a letter tells of a login from a device or network that is new; a password that was changed meanwhile logs
nobody in. Wrong passwords make the next ones wait, for an address that has an account and one that has none, but not
in a browser that the account has been logged in from: nobody can lock another one out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol

import asyncpg

from engine.access import Guesses
from engine.accounts import login_sql as sql
from engine.accounts.known import KnownBrowsers
from engine.accounts.model import Browser, LoggedIn, NewSession, SessionShown, SessionState
from engine.accounts.passwords import Passwords
from engine.accounts.sessions import Sessions
from engine.audit import write
from engine.limits import BUYER_IDLE_S, BUYER_SESSION_S, MEMBER_IDLE_S, MEMBER_SESSION_S
from engine.messages import Letter, Letterbox
from engine.refusals import Code, Refused

TRIED = "login"  # the secret that is tried
OUTSIDE = "outside"  # a login at another provider: no proof of ours, so nothing is stepped up by it


class SecondFactors(Protocol):
    """What an account can show beside its password."""

    async def methods(self, connection: asyncpg.Connection, account: str) -> Sequence[str]:
        """By what a login can be finished: "totp", "passkey", "recovery"; nothing when nothing is owed."""

    async def forget(self, connection: asyncpg.Connection, account: str) -> None:
        """Remove all of them, in the caller's transaction: the account is being closed."""


class NoFactors:
    """Where there are none."""

    async def methods(self, _connection: asyncpg.Connection, _account: str) -> Sequence[str]:
        return ()

    async def forget(self, _connection: asyncpg.Connection, _account: str) -> None:
        return None


class Logins:
    def __init__(
        self,
        db: asyncpg.Pool,
        sessions: Sessions,
        passwords: Passwords,
        *,
        guesses: Guesses,
        known: KnownBrowsers,
        letterbox: Letterbox,
        factors: SecondFactors,
        public_url: str,
    ) -> None:
        self._db = db
        self._sessions = sessions
        self._passwords = passwords
        self._guesses = guesses
        self.known = known
        self._letterbox = letterbox
        self.factors = factors
        self._public_url = public_url

    async def by_password(
        self, email: str, password: str, browser: Browser, known: Iterable[str] = ()
    ) -> LoggedIn | Refused:
        """Log in; `known` are the accounts that this browser has been logged in to."""
        row = await self._db.fetchrow(sql.OPEN_BY_EMAIL, email)
        about = f"{email}|{row['id']}" if row is not None and row["id"] in known else email
        await self._guesses.begin(TRIED, about)
        kept = None if row is None else row["password_hash"]
        if not await self._passwords.fits(password, kept) or row is None or kept is None:
            return Refused(Code.WRONG_PASSWORD)
        await self._guesses.was_right(TRIED, about)
        account = row["id"]
        if self._passwords.is_old(kept):
            anew = await self._passwords.hashed(password)
            if await self._db.fetchval(sql.HASHED_ANEW, account, kept, anew):
                kept = anew
        async with self._db.acquire() as connection, connection.transaction():
            now = await connection.fetchrow(sql.LOCK, account)
            if now is None or now["password_hash"] != kept:
                return Refused(Code.WRONG_PASSWORD)
            return await self.finish(connection, account, "password", browser)

    async def is_own(self, account: str, password: str, about: str) -> bool:
        """Whether it is the password of this account; tries are counted for `about`."""
        await self._guesses.begin(TRIED, about)
        fits = await self.is_password(account, password)
        if fits:
            await self._guesses.was_right(TRIED, about)
        return fits

    async def is_password(self, account: str, password: str) -> bool:
        """The same, where tries are counted elsewhere; one hash is spent where there is no password."""
        row = await self._db.fetchrow(sql.OPEN_ACCOUNT, account)
        return await self._passwords.fits(password, None if row is None else row["password_hash"])

    async def finish(
        self, connection: asyncpg.Connection, account: str, how: str, browser: Browser, *, both: bool = False
    ) -> LoggedIn:
        """Begin a session, in the caller's transaction; `both`: what was shown counts as a second factor too."""
        methods = () if both else tuple(await self.factors.methods(connection, account))
        state = SessionState.HALF if methods else SessionState.IN
        return LoggedIn(await self._begin(connection, account, how, browser, state, shown=both), methods)

    async def complete(
        self, connection: asyncpg.Connection, half: SessionShown, how: str, browser: Browser
    ) -> NewSession:
        """The second factor was shown too: half a session ends, and a whole one begins."""
        return await self._begin(connection, half.account, how, browser, SessionState.IN, shown=True)

    async def _begin(
        self,
        connection: asyncpg.Connection,
        account: str,
        how: str,
        browser: Browser,
        state: SessionState,
        *,
        shown: bool,
    ) -> NewSession:
        if browser.session is not None:
            await self._sessions.end_in(connection, browser.session)
        seen = await connection.fetchrow(sql.SEEN_BEFORE, account, browser.device, browser.network)
        is_member = await connection.fetchval(sql.IS_MEMBER, account)
        new = await self._sessions.begin(
            connection,
            account,
            state=state,
            stepped_up=state is SessionState.IN and how != OUTSIDE,
            device=browser.device,
            network=browser.network,
            place=browser.place,
            second_factor=shown,
            idle_s=MEMBER_IDLE_S if is_member else BUYER_IDLE_S,
            session_s=MEMBER_SESSION_S if is_member else BUYER_SESSION_S,
        )
        if state is SessionState.IN:
            detail = {"session": new.id, "how": how, "device": browser.device}
            await write(connection, browser.actor(account), "session.begin", account, detail=detail)
            if seen["any"] and not seen["same"]:
                await self._tell(connection, account, new, browser, "/office/account" if is_member else "/account")
        return new

    async def _tell(
        self, connection: asyncpg.Connection, account: str, new: NewSession, browser: Browser, page: str
    ) -> None:
        row = await connection.fetchrow(sql.OPEN_ACCOUNT, account)
        if row is None:
            return
        data = {
            "name": row["name"],
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "device": browser.device,
            "network": browser.network or "",
            "place": browser.place,
            "link": self._public_url + page,
        }
        letter = Letter(f"new_login:{new.id}", "new_login", row["email"], row["locale"], data)
        await self._letterbox.write(connection, letter)
