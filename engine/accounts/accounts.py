"""Accounts: who can log in, found by their id or their address.

Owns: the table account. Guarantees: one open account per address, which was shown to be its owner's before.
"""

from __future__ import annotations

from typing import Any

import asyncpg

from engine.accounts import sql
from engine.accounts.grants import Grants
from engine.accounts.guests import GuestLinks
from engine.accounts.invitations import Invitations
from engine.accounts.members import Members
from engine.accounts.model import AccountView
from engine.accounts.news import AccessNews
from engine.accounts.policies import Policies
from engine.accounts.sessions import Sessions
from engine.ids import new_id
from engine.messages import Letterbox


class Accounts:
    def __init__(self, db: asyncpg.Pool, letterbox: Letterbox, database_url: str) -> None:
        self._db = db
        self.news = AccessNews(database_url)
        self.sessions = Sessions(db)
        self.policies = Policies(db)
        self.grants = Grants(db)
        self.members = Members(db, self.grants)
        self.invitations = Invitations(db, self.grants, letterbox)
        self.guests = GuestLinks(db)

    async def view(self, account: str) -> AccountView | None:
        row = await self._db.fetchrow(sql.ACCOUNT, account)
        return None if row is None else account_of(row)

    async def by_email(self, email: str) -> AccountView | None:
        """The open account with this address, in the form addresses are kept."""
        row = await self._db.fetchrow(sql.BY_EMAIL, email)
        return None if row is None else account_of(row)

    async def is_password(self, _account: str, _password: str) -> bool:
        """Whether this is the password of the account."""
        return False

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
        account: str | None = await connection.fetchval(sql.INSERT_ACCOUNT, new_id("acc"), email, name, locale, hashed)
        return account


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
