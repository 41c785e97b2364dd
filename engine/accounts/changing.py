"""Changing: what people change about their own account - its password, address and name - and closing it.

Guarantees: a new password ends every other session and every link that was sent before; the old address is told of a
new one; who asks for a link learns nothing of whether there is an account. An organizer keeps an owner: the last one
can't close.
"""

from __future__ import annotations

import asyncpg

from engine.accounts import login_sql as sql
from engine.accounts.grants import lock_members
from engine.accounts.logins import Logins
from engine.accounts.model import Browser, LoggedIn, SessionShown
from engine.accounts.passwords import Passwords, weak
from engine.accounts.proofs import Proofs, Purpose, Wanted
from engine.accounts.sessions import Sessions
from engine.audit import Actor, write
from engine.limits import EMAIL_LINK_S, RESET_LINK_S
from engine.messages import Letter, Letterbox, hinted
from engine.refusals import Code, Refused


class Changing:
    def __init__(
        self,
        db: asyncpg.Pool,
        passwords: Passwords,
        proofs: Proofs,
        logins: Logins,
        sessions: Sessions,
        *,
        letterbox: Letterbox,
        public_url: str,
    ) -> None:
        self._db = db
        self._passwords = passwords
        self._proofs = proofs
        self._logins = logins
        self._sessions = sessions
        self._letterbox = letterbox
        self._public_url = public_url

    # ── passwords ──

    async def forgot(self, email: str) -> None:
        """Send a link to choose a new password, if there is an account; it costs the same if there is none."""
        await self._passwords.spend()
        async with self._db.acquire() as connection, connection.transaction():
            if not await self._proofs.may_write(connection, email):
                return
            row = await connection.fetchrow(sql.OPEN_BY_EMAIL, email)
            account = None if row is None else row["id"]
            proof = await self._proofs.add(connection, Purpose.RESET, Wanted(email, account), RESET_LINK_S)
            if row is None:
                return
            data = {"name": row["name"], "link": await self._page(connection, row["id"], f"reset#token={proof.token}")}
            letter = Letter(f"reset:{proof.id}", "reset", row["email"], row["locale"], data, until=proof.until_at)
            await self._letterbox.write(connection, letter)

    async def reset(self, token: str, password: str, browser: Browser) -> LoggedIn | Refused:
        """Choose a new password with the link that was sent; every session ends but the one that begins."""
        asked = await self._proofs.look(Purpose.RESET, token)
        if asked is None or asked.account is None:
            return Refused(Code.WRONG_CODE)
        if refused := weak(password, (asked.email,)):
            return refused
        hashed = await self._passwords.hashed(password)
        async with self._db.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(sql.LOCK, asked.account)
            if row is None or await self._proofs.take(connection, Purpose.RESET, token) is None:
                return Refused(Code.WRONG_CODE)
            await self._set(connection, row, hashed, browser)
            return await self._logins.finish(connection, asked.account, "reset", browser)

    async def password(
        self, session: SessionShown, password: str, browser: Browser, *, seen: str | None
    ) -> Refused | None:
        """Choose a new password while logged in. `seen` is the hash that the present one was compared with."""
        async with self._db.acquire() as connection:
            row = await connection.fetchrow(sql.OPEN_ACCOUNT, session.account)
        if row is None:
            return Refused(Code.UNAUTHORIZED)
        if refused := weak(password, (row["email"], row["name"])):
            return refused
        hashed = await self._passwords.hashed(password)
        async with self._db.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(sql.LOCK, session.account)
            if row is None or row["password_hash"] != seen:
                return Refused(Code.CONFLICT)
            await self._set(connection, row, hashed, browser, but=session.id)
            await self._sessions.renew(connection, session.account)
        return None

    async def demo_password(self, connection: asyncpg.Connection, email: str, hashed: str) -> None:
        """Give the account of a demo another password, in the caller's transaction."""
        row = await connection.fetchrow(sql.OPEN_BY_EMAIL, email)
        if row is not None:
            await connection.execute(sql.SET_HASH, row["id"], hashed)

    async def kept(self, account: str) -> str | None:
        """What is kept of the password of an account."""
        row = await self._db.fetchrow(sql.OPEN_ACCOUNT, account)
        return None if row is None else row["password_hash"]

    async def _set(
        self, connection: asyncpg.Connection, row: asyncpg.Record, hashed: str, browser: Browser, but: str = ""
    ) -> None:
        account = row["id"]
        await connection.execute(sql.SET_HASH, account, hashed)
        await self._proofs.void(connection, account)
        ended = await self._sessions.end_others(connection, account, but)
        await write(connection, browser.actor(account), "account.password", account, detail={"sessions_ended": ended})
        data = {"name": row["name"], "link": await self._page(connection, account, "account")}
        key = f"password_changed:{account}:{browser.request}"
        await self._letterbox.write(connection, Letter(key, "password_changed", row["email"], row["locale"], data))

    # ── name and address ──

    async def names(self, account: str, name: str, locale: str) -> bool:
        """What letters and members call somebody, and in which language."""
        return await self._db.fetchval(sql.SET_NAMES, account, name, locale) is not None

    async def ask_email(self, account: str, email: str) -> Refused | None:
        """Send a link to a new address; whose address it is already, if anybody's, is not told."""
        async with self._db.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(sql.OPEN_ACCOUNT, account)
            if row is None:
                return Refused(Code.UNAUTHORIZED)
            if not await self._proofs.may_write(connection, email):
                return None
            wanted = Wanted(email, account)
            proof = await self._proofs.add(connection, Purpose.EMAIL, wanted, EMAIL_LINK_S)
            link = await self._page(connection, account, f"email#token={proof.token}")
            letter = Letter(
                f"email_change:{proof.id}", "email_change", email, row["locale"], {"link": link}, until=proof.until_at
            )
            await self._letterbox.write(connection, letter)
        return None

    async def confirm_email(self, token: str, browser: Browser) -> Refused | None:
        """The new address is its owner's: it takes the place of the old one, which is told so."""
        async with self._db.acquire() as connection:
            try:
                async with connection.transaction():
                    return await self._change_email(connection, token, browser)
            except asyncpg.UniqueViolationError:
                return Refused(Code.ADDRESS_TAKEN)

    async def _change_email(self, connection: asyncpg.Connection, token: str, browser: Browser) -> Refused | None:
        asked = await self._proofs.take(connection, Purpose.EMAIL, token)
        row = None if asked is None else await connection.fetchrow(sql.LOCK, asked.account)
        if asked is None or row is None:
            return Refused(Code.WRONG_CODE)
        account = row["id"]
        await connection.execute(sql.SET_EMAIL, account, asked.email)
        await self._proofs.void(connection, account)
        await self._sessions.renew(connection, account)
        await write(connection, browser.actor(account), "account.email", account)
        link = await self._page(connection, account, "account")
        data = {"name": row["name"], "email": hinted(asked.email), "link": link}
        key = f"email_changed:{account}:{browser.request}"
        await self._letterbox.write(connection, Letter(key, "email_changed", row["email"], row["locale"], data))
        return None

    # ── closing ──

    async def close(self, account: str, by: Actor) -> Refused | None:
        """Close an account for good: its address is free again, nobody can log in, its buyers are unlinked."""
        async with self._db.acquire() as connection, connection.transaction():
            owned = [each["organizer_id"] for each in await connection.fetch(sql.OWNED, account)]
            for organizer in owned:
                await lock_members(connection, organizer)
            row = await connection.fetchrow(sql.LOCK, account)
            if row is None:
                return Refused(Code.NOT_FOUND)
            for organizer in owned:
                if not await connection.fetchval(sql.OTHER_OWNERS, organizer, account):
                    return Refused(Code.LAST_OWNER, {"organizer": organizer})
            page = f"{self._public_url}/"
            await self._sessions.end_others(connection, account)
            await self._proofs.void(connection, account)
            await self._logins.factors.forget(connection, account)
            await connection.execute(sql.UNLINK_ALL, account)
            await connection.execute(sql.REVOKE_ALL, account)
            for left in await connection.fetch(sql.LEAVE_ALL, account):
                await write(connection, by.of(left["organizer_id"]), "member.leave", account)
            await connection.execute(sql.CLOSE, account)
            await write(connection, by, "account.close", account)
            letter = Letter(f"account_closed:{account}", "account_closed", row["email"], row["locale"], {"link": page})
            await self._letterbox.write(connection, letter)
        return None

    async def _page(self, connection: asyncpg.Connection, account: str, page: str) -> str:
        """A page of the office for who works there, else of people's accounts."""
        is_member = await connection.fetchval(sql.IS_MEMBER, account)
        if is_member:
            return f"{self._public_url}/office/{page}"
        return f"{self._public_url}/account" + ("" if page == "account" else f"/{page}")
