"""Accounts: who can log in, and what they do about it, put together from its parts.

Owns: the table account. Guarantees: one open account per address, which was shown to be its owner's before.
"""

from __future__ import annotations

from typing import Any

import asyncpg

from engine.access import Guesses
from engine.accounts import sql
from engine.accounts.buyers import Buyers
from engine.accounts.changing import Changing
from engine.accounts.grants import Grants
from engine.accounts.guests import GuestLinks
from engine.accounts.invitations import Invitations
from engine.accounts.known import KnownBrowsers
from engine.accounts.logins import Logins, NoFactors, SecondFactors
from engine.accounts.members import Members
from engine.accounts.model import AccountView
from engine.accounts.news import AccessNews
from engine.accounts.passwords import Passwords
from engine.accounts.policies import Policies
from engine.accounts.proofs import Proofs
from engine.accounts.registering import Registering
from engine.accounts.sessions import Sessions
from engine.hashing import HASHER, Cost
from engine.keyring import Keyring
from engine.messages import Letterbox


class Accounts:
    def __init__(
        self,
        db: asyncpg.Pool,
        keyring: Keyring,
        *,
        guesses: Guesses,
        letterbox: Letterbox,
        public_url: str,
        database_url: str,
        factors: SecondFactors | None = None,
        cost: Cost = HASHER,
    ) -> None:
        self._db = db
        self.news = AccessNews(database_url)
        self.sessions = Sessions(db)
        self.policies = Policies(db)
        self.grants = Grants(db)
        self.members = Members(db, self.grants)
        self.invitations = Invitations(db, self.grants, letterbox)
        self.guests = GuestLinks(db)
        self.buyers = Buyers(db)
        self.passwords = passwords = Passwords(keyring, cost=cost)
        self.proofs = Proofs(db)
        self.logins = Logins(
            db,
            self.sessions,
            passwords,
            guesses=guesses,
            known=KnownBrowsers(keyring),
            letterbox=letterbox,
            factors=factors or NoFactors(),
            public_url=public_url,
        )
        self.registering = Registering(
            db,
            passwords,
            self.proofs,
            self.logins,
            self.grants,
            guesses=guesses,
            letterbox=letterbox,
            public_url=public_url,
        )
        self.changing = Changing(
            db, passwords, self.proofs, self.logins, self.sessions, letterbox=letterbox, public_url=public_url
        )

    async def close(self) -> None:
        await self.passwords.close()

    async def view(self, account: str, connection: asyncpg.Connection | None = None) -> AccountView | None:
        """With a connection, as the caller's transaction sees it."""
        row = await (connection or self._db).fetchrow(sql.ACCOUNT, account)
        return None if row is None else account_of(row)

    async def by_email(self, email: str) -> AccountView | None:
        """The open account with this address, in the form addresses are kept."""
        row = await self._db.fetchrow(sql.BY_EMAIL, email)
        return None if row is None else account_of(row)

    async def list(self, part: str, limit: int) -> list[AccountView]:
        """Open accounts whose address holds this text, the oldest first."""
        return [account_of(row) for row in await self._db.fetch(sql.LIST_ACCOUNTS, part, limit)]

    async def view_in(self, connection: asyncpg.Connection, account: str) -> AccountView:
        """An account that there is, as the caller's transaction sees it."""
        return account_of(await connection.fetchrow(sql.ACCOUNT, account))

    async def make(
        self,
        connection: asyncpg.Connection,
        email: str,
        *,
        name: str = "",
        locale: str = "en",
        hashed: str | None = None,
    ) -> str | None:
        """A new account, in the caller's transaction; None when the address has one."""
        return await self.registering.make(connection, email, name=name, locale=locale, hashed=hashed)


def account_of(row: Any) -> AccountView:
    return AccountView(
        row["id"],
        row["email"],
        row["name"],
        row["locale"],
        row["password_hash"] is not None,
        row["operator"],
        row["created_at"],
        row["closed_at"],
    )
