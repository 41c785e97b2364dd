"""Logins at outside providers, and the accounts that belong to them.

Owns: the table outside_identity. Guarantees: a way there and back counts in the browser that went, once; nobody gets
into an account by an address alone: an identity is linked to an account that exists only from within it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import asyncpg
import orjson

from engine.access import Sealer
from engine.accounts import factors_sql as sql
from engine.accounts.accounts import Accounts
from engine.accounts.ceremonies import spend
from engine.accounts.factor_model import Own
from engine.accounts.factors import Factors
from engine.accounts.logins import OUTSIDE
from engine.accounts.model import Browser, LoggedIn
from engine.accounts.providers import Identity, Journey, Provider, Unbelieved, new_journey
from engine.audit import Actor, RefusalKind, Tally, write
from engine.keyring import CEREMONIES, Keyring
from engine.limits import CEREMONY_S
from engine.messages import email_address
from engine.outgoing import Outgoing
from engine.settings import OutsideProvider

BELONGS_TO = "outside login"


@dataclass(frozen=True, slots=True)
class WayThere:
    url: str
    carried: str  # by the browser: sealed


@dataclass(frozen=True, slots=True)
class LinkedView:
    provider: str
    name: str
    linked_at: datetime
    last_used_at: datetime | None


class Outside:
    def __init__(
        self,
        db: asyncpg.Pool,
        keyring: Keyring,
        providers: Sequence[OutsideProvider],
        outgoing: Outgoing,
        *,
        accounts: Accounts,
        factors: Factors,
        tally: Tally,
    ) -> None:
        self._db = db
        self._sealer = Sealer(keyring, b"outside login", CEREMONIES)
        self._outgoing = outgoing
        self._accounts = accounts
        self._factors = factors
        self._tally = tally
        self.providers = {each.id: Provider(each, outgoing) for each in providers}

    async def close(self) -> None:
        await self._outgoing.close()

    async def linked(self, account: str) -> list[LinkedView]:
        """The logins elsewhere of an account, at providers that there are."""
        by_issuer = {each.issuer: each for each in self.providers.values()}
        return [
            LinkedView(
                by_issuer[row["issuer"]].id, by_issuer[row["issuer"]].name, row["linked_at"], row["last_used_at"]
            )
            for row in await self._db.fetch(sql.IDENTITIES, account)
            if row["issuer"] in by_issuer
        ]

    async def way_there(self, by: Actor, provider: Provider, back: str, *, then: str, session: str) -> WayThere | None:
        """Where to send a browser, and what it carries; None while the provider can't be reached or believed."""
        journey = new_journey(provider.id, int(time.time()) + CEREMONY_S, then, session)
        try:
            url = await provider.way_there(journey, back)
        except Unbelieved as why:
            self._refused(by, provider, why)
            return None
        return WayThere(url, self._sealer.seal(orjson.dumps(asdict(journey)).decode(), BELONGS_TO))

    def journey(self, carried: str) -> Journey | None:
        """What a browser that comes back carries."""
        plain = self._sealer.unseal(carried, BELONGS_TO)
        return None if plain is None else Journey(**orjson.loads(plain))

    async def who_came(
        self, by: Actor, provider: Provider, journey: Journey | None, answer: Mapping[str, str], back: str
    ) -> Identity | None:
        """Whom the provider names; None when anything about it is wrong. The journey is spent."""
        try:
            if journey is None:
                raise Unbelieved("state")
            if journey.provider != provider.id:
                raise Unbelieved("mixed_up")
            if journey.until_s < time.time():
                raise Unbelieved("late")
            async with self._db.acquire() as connection, connection.transaction():
                if not await spend(connection, journey.state.encode(), journey.until_s):
                    raise Unbelieved("repeated")
            return await provider.who_came(journey, answer, back)
        except Unbelieved as why:
            self._refused(by, provider, why)
            return None

    async def log_in(self, identity: Identity, browser: Browser) -> LoggedIn | str:
        """A session for whoever came, or why there is none: "no_email", "link_first"."""
        async with self._db.acquire() as connection, connection.transaction():
            account = await connection.fetchval(sql.IDENTITY, identity.issuer, identity.subject)
            if account is None:
                email = address_of(identity)
                if email is None:
                    return "no_email"
                account = await self._accounts.make(connection, email, name=identity.name)
                if account is None or not await self._link(connection, account, identity):
                    return "link_first"
            await connection.execute(sql.USE_IDENTITY, identity.issuer, identity.subject)
            return await self._begin(connection, account, browser)

    async def link(self, own: Own, identity: Identity) -> bool:
        """Let somebody who is logged in log in there too; False when that identity has an account already."""
        async with self._db.acquire() as connection, connection.transaction():
            if not await self._link(connection, own.account.id, identity):
                return False
            await write(connection, own.by, "outside.link", own.account.id, after={"issuer": identity.issuer})
            await self._factors.tell(connection, own, "outside_added")
        return True

    async def unlink(self, own: Own, provider: Provider) -> bool | None:
        """False when it was not linked; None when it is the only way in."""
        async with self._db.acquire() as connection, connection.transaction():
            await connection.fetchval(sql.LOCK_ACCOUNT, own.account.id)
            others = len(await connection.fetch(sql.IDENTITIES, own.account.id)) > 1
            if not (others or own.account.has_password or await connection.fetch(sql.PASSKEYS, own.account.id)):
                return None
            if not await connection.fetch(sql.UNLINK_IDENTITY, own.account.id, provider.issuer):
                return False
            await write(connection, own.by, "outside.unlink", own.account.id, before={"issuer": provider.issuer})
            await self._factors.tell(connection, own, "outside_removed")
        return True

    async def _link(self, connection: asyncpg.Connection, account: str, identity: Identity) -> bool:
        values = (identity.issuer, identity.subject, account)
        return await connection.fetchval(sql.LINK_IDENTITY, *values) is not None

    async def _begin(self, connection: asyncpg.Connection, account: str, browser: Browser) -> LoggedIn:
        """A provider is one factor. Where there is neither another one nor a password, it is all that can be shown."""
        found = await self._accounts.logins.finish(connection, account, OUTSIDE, browser)
        if not found.methods and not (await self._accounts.view_in(connection, account)).has_password:
            await connection.execute(sql.STEP_UP, found.session.id, False)
        return found

    def _refused(self, by: Actor, provider: Provider, why: Unbelieved) -> None:
        self._tally.note(RefusalKind.OUTSIDE, by.network, f"{provider.id}: {why}")


def address_of(identity: Identity) -> str | None:
    """The address in the form that addresses are kept in."""
    try:
        return email_address(identity.email)
    except ValueError:
        return None
