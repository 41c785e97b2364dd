"""Buyers of accounts: whose orders somebody sees who is logged in.

Owns: the table account_buyer. Guarantees: a buyer belongs to one account at most, and its id is never rewritten: what
it bought stays its own, and unlinking takes it out of the account's sight. Whoever links one has shown its token, or
the inbox that it confirmed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import asyncpg

from engine.accounts import login_sql as sql
from engine.accounts.model import Browser, BuyersAccount, LinkedBuyer
from engine.audit import write
from engine.limits import ACCOUNT_BUYERS_MAX
from engine.refusals import Code, Refused


class Buyers:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db

    async def link(self, account: str, buyer: str, browser: Browser) -> Refused | None:
        """Link the buyer whose token was shown; linking again changes nothing."""
        async with self._db.acquire() as connection, connection.transaction():
            linked = await connection.fetchval(sql.LINK, account, [buyer], "browser", ACCOUNT_BUYERS_MAX)
            if linked is not None:
                await write(connection, browser.actor(account), "buyer.link", account, detail={"how": "browser"})
                return None
            if await connection.fetchval(sql.WHOSE, buyer) == account:
                return None
        return Refused(Code.CONFLICT)

    async def link_confirmed(self, account: str, buyers: Sequence[str], browser: Browser) -> int:
        """Link buyers that confirmed the account's inbox; those of other accounts stay theirs."""
        if not buyers:
            return 0
        async with self._db.acquire() as connection, connection.transaction():
            linked = await connection.fetch(
                sql.LINK, account, list(buyers[:ACCOUNT_BUYERS_MAX]), "email", ACCOUNT_BUYERS_MAX
            )
            if linked:
                detail = {"how": "email", "buyers": len(linked)}
                await write(connection, browser.actor(account), "buyer.link", account, detail=detail)
        return len(linked)

    async def unlink(self, account: str, buyer: str, browser: Browser) -> bool:
        """False when the account has no such buyer."""
        async with self._db.acquire() as connection, connection.transaction():
            if await connection.fetchval(sql.UNLINK, account, buyer) is None:
                return False
            await write(connection, browser.actor(account), "buyer.unlink", account)
        return True

    async def accounts_of(self, buyers: Collection[str]) -> dict[str, BuyersAccount]:
        """Whose buyers these are; without those that are nobody's."""
        rows = await self._db.fetch(sql.ACCOUNTS_OF, list(buyers))
        return {row["buyer_id"]: BuyersAccount(row["id"], row["email"], frozenset(row["buyers"])) for row in rows}

    async def of(self, account: str, connection: asyncpg.Connection | None = None) -> list[LinkedBuyer]:
        """With a connection, as the caller's transaction sees them."""
        rows = await (connection or self._db).fetch(sql.BUYERS, account)
        return [LinkedBuyer(row["buyer_id"], row["how"], row["linked_at"]) for row in rows]
