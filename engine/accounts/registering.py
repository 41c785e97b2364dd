"""Registering: an account is made when its address was shown to be its owner's, and not before.

Guarantees: known and unknown addresses get the same answer at the same cost; a password that somebody else chose for
an address opens nothing: whoever confirms it in another browser types the password again. Of two who register
the same address and confirm it at the same moment one gets the account.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime

import asyncpg

from engine.access import ApiKeys, Guesses, Role
from engine.accounts import login_sql as sql
from engine.accounts import sql as accounts_sql
from engine.accounts.grants import Grants
from engine.accounts.logins import TRIED, Logins
from engine.accounts.model import Browser, LoggedIn, Registration
from engine.accounts.passwords import Passwords, weak
from engine.accounts.proofs import Proofs, Purpose, Wanted
from engine.audit import Actor, write
from engine.ids import fingerprint, new_id
from engine.limits import ACCOUNT_NAME_CHARS_MAX, OPERATORS_LINK_S, REGISTRATION_LINK_S
from engine.messages import Letter, Letterbox
from engine.refusals import Code, Refused

CREATE = "account.create"


class Registering:
    def __init__(
        self,
        db: asyncpg.Pool,
        passwords: Passwords,
        proofs: Proofs,
        logins: Logins,
        grants: Grants,
        *,
        guesses: Guesses,
        letterbox: Letterbox,
        public_url: str,
    ) -> None:
        self._db = db
        self._passwords = passwords
        self._proofs = proofs
        self._logins = logins
        self._grants = grants
        self._guesses = guesses
        self._letterbox = letterbox
        self._public_url = public_url

    async def ask(self, wanted: Registration, browser: str) -> Refused | None:
        """Write to the address; `browser` is a secret that the browser keeps, by which it is known again."""
        if refused := weak(wanted.password, (wanted.email, wanted.name, wanted.organizer)):
            return refused
        hashed = await self._passwords.hashed(wanted.password)
        page = "/office" if wanted.organizer else "/account"
        async with self._db.acquire() as connection, connection.transaction():
            if not await self._proofs.may_write(connection, wanted.email):
                return None
            known = await connection.fetchrow(sql.OPEN_BY_EMAIL, wanted.email)
            if known is not None:
                void = Wanted(wanted.email, known["id"])
                await self._proofs.add(connection, Purpose.REGISTER, void, 0)
                key = f"registered_already:{known['id']}:{datetime.now(UTC):%Y-%m-%d}"
                data = {"link": f"{self._public_url}{page}/sign-in"}
                letter = Letter(key, "registered_already", wanted.email, known["locale"], data)
            else:
                asked = Wanted(
                    wanted.email,
                    None,
                    wanted.name,
                    wanted.locale,
                    wanted.organizer,
                    hashed,
                    fingerprint(browser),
                )
                proof = await self._proofs.add(connection, Purpose.REGISTER, asked, REGISTRATION_LINK_S)
                data = {"link": f"{self._public_url}{page}/verify#token={proof.token}"}
                letter = Letter(f"verify:{proof.id}", "verify", wanted.email, wanted.locale, data, until=proof.until_at)
            await self._letterbox.write(connection, letter)
        return None

    async def verify(
        self, token: str, browser: Browser, *, carried: str | None, password: str | None
    ) -> LoggedIn | Refused:
        """Make the account that a link is for; in another browser than the one that registered, with its password."""
        asked = await self._proofs.look(Purpose.REGISTER, token)
        if asked is None or asked.account is not None or asked.password_hash is None:
            return Refused(Code.WRONG_CODE)
        if not _same(asked.browser, carried):
            if password is None:
                return Refused(Code.PASSWORD_NEEDED)
            about = f"registration|{fingerprint(token).hex()}"
            await self._guesses.begin(TRIED, about)
            if not await self._passwords.fits(password, asked.password_hash):
                return Refused(Code.WRONG_PASSWORD)
            await self._guesses.was_right(TRIED, about)
        async with self._db.acquire() as connection, connection.transaction():
            if await self._proofs.take(connection, Purpose.REGISTER, token) is None:
                return Refused(Code.WRONG_CODE)
            account = await self.make(
                connection, asked.email, name=asked.name, locale=asked.locale, hashed=asked.password_hash
            )
            if account is None:
                return Refused(Code.ADDRESS_TAKEN)
            await write(connection, browser.actor(account), CREATE, account, detail={"how": "registration"})
            if asked.organizer:
                await self.found(connection, account, asked.organizer, browser.actor(account))
            return await self._logins.finish(connection, account, "registration", browser)

    async def make(
        self, connection: asyncpg.Connection, email: str, *, name: str, locale: str, hashed: str | None
    ) -> str | None:
        account: str | None = await connection.fetchval(
            accounts_sql.INSERT_ACCOUNT, new_id("acc"), email, name[:ACCOUNT_NAME_CHARS_MAX], locale, hashed
        )
        return account

    async def found(self, connection: asyncpg.Connection, account: str, name: str, by: Actor) -> str:
        """A new organizer that an account owns."""
        organizer = await ApiKeys(self._db).add_organizer(connection, name, by)
        await self._grants.add(connection, by.of(organizer), account, Role.OWNER)
        return organizer

    async def create(self, wanted: Registration, by: Actor, *, operator: bool = False) -> str | Refused:
        """Make an account at an operator's word; answers a link, good once, by which its owner chooses a password."""
        async with self._db.acquire() as connection, connection.transaction():
            account = await self.make(connection, wanted.email, name=wanted.name, locale=wanted.locale, hashed=None)
            if account is None:
                return Refused(Code.ADDRESS_TAKEN)
            if operator:
                await connection.execute(sql.SET_OPERATOR, account, True)
            await write(connection, by, CREATE, account, detail={"how": "operator", "operator": operator})
            if wanted.organizer:
                await self.found(connection, account, wanted.organizer, by)
            return await self._link(connection, wanted.email, account)

    async def link(self, account: str, by: Actor) -> str | Refused:
        """A link by which an account chooses a new password, for an operator to hand over."""
        async with self._db.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(sql.LOCK, account)
            if row is None:
                return Refused(Code.NOT_FOUND)
            await write(connection, by, "account.reset", account)
            return await self._link(connection, row["email"], account)

    async def _link(self, connection: asyncpg.Connection, email: str, account: str) -> str:
        proof = await self._proofs.add(connection, Purpose.RESET, Wanted(email, account), OPERATORS_LINK_S)
        page = "/office" if await connection.fetchval(sql.IS_MEMBER, account) else "/account"
        return f"{self._public_url}{page}/reset#token={proof.token}"


def _same(kept: bytes | None, carried: str | None) -> bool:
    return kept is not None and carried is not None and hmac.compare_digest(kept, fingerprint(carried))
