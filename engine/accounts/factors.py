"""Second factors: which ones an account has, changing them, and showing one to finish a login or to step up.

Owns: what happens around passkeys, authenticator apps and recovery codes. Guarantees: a factor that was shown is spent
in the transaction that it changes a session in; a session is finished once, and gets another token; every change is
audited, and told to the account by letter. Codes that can be guessed are counted before they are looked at.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import asyncpg

from engine.access import Guesses
from engine.accounts import factors_sql as sql
from engine.accounts import recovery
from engine.accounts.ceremonies import Ceremonies
from engine.accounts.factor_model import Ceremony, Held, Method, Own, RelyingParty, Shown, TotpSecret
from engine.accounts.model import AccountView, LoggedIn, NewSession
from engine.accounts.passkeys import WRONG, Credential, Passkeys
from engine.accounts.totp import Totp
from engine.audit import Actor, RefusalKind, Tally, write
from engine.ids import new_id
from engine.keyring import Keyring
from engine.messages import Letter, Letterbox
from engine.refusals import Code, Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GUESSED = {Method.TOTP: "totp", Method.RECOVERY: "recovery", Method.PASSWORD: "step up"}
# Whether this is the password of an account that has one.
IsPassword = Callable[[str, str], Awaitable[bool]]
# How a session begins once something was shown, in the transaction that it was shown in: half a one is completed by a
# method, and one begins for an account.
Complete = Callable[[asyncpg.Connection, str], Awaitable[NewSession]]
Begin = Callable[[asyncpg.Connection, str], Awaitable[LoggedIn]]


class Factors:
    def __init__(
        self,
        db: asyncpg.Pool,
        keyring: Keyring,
        *,
        guesses: Guesses,
        tally: Tally,
        letterbox: Letterbox,
    ) -> None:
        ceremonies = Ceremonies(keyring)
        self._db = db
        self._guesses = guesses
        self._tally = tally
        self._letterbox = letterbox
        self.totp = Totp(keyring)
        self.passkeys = Passkeys(db, ceremonies, tally)

    # ── what there is ──

    async def held(self, account: str) -> Held:
        return held_of(await self._db.fetchrow(sql.HELD, account))

    async def methods(self, connection: asyncpg.Connection, account: str) -> tuple[str, ...]:
        """By what a login with one factor is finished; nothing where no other one is owed."""
        return tuple(method.value for method in held_of(await connection.fetchrow(sql.HELD, account)).methods)

    # ── changing them ──

    async def begin_totp(self, account: AccountView) -> TotpSecret | Refused:
        """A secret for an authenticator app, which counts once it is confirmed."""
        async with self._transaction() as connection:
            made = await self.totp.begin(connection, account.id, account.email)
        return made or Refused(Code.CONFLICT, {"reason": "totp"})

    async def confirm_totp(self, own: Own, code: str) -> list[str] | Refused:
        """Let the app count; new recovery codes, which are shown once. The session has shown its second factor then."""
        await self._guesses.begin(GUESSED[Method.TOTP], own.account.id)
        async with self._transaction() as connection:
            await connection.execute(sql.LOCK_ACCOUNT, own.account.id)
            if not await self.totp.confirm(connection, own.account.id, code):
                return self._refused(own.by, Method.TOTP)
            codes = await recovery.make(connection, own.account.id)
            await connection.execute(sql.STEP_UP, own.session.id, True)
            await write(connection, own.by, "totp.add", own.account.id)
            await self.tell(connection, own, "totp_added")
        await self._guesses.was_right(GUESSED[Method.TOTP], own.account.id)
        return codes

    async def remove_totp(self, own: Own) -> bool:
        async with self._transaction() as connection:
            if await connection.fetchval(sql.REMOVE_TOTP, own.account.id) is None:
                return False
            await write(connection, own.by, "totp.remove", own.account.id)
            await self._void_codes(connection, own.account.id)
            await self.tell(connection, own, "totp_removed")
        return True

    async def new_recovery(self, own: Own) -> list[str] | Refused:
        """Other recovery codes; the ones before open nothing any more. They stand in for another factor only."""
        async with self._transaction() as connection:
            await connection.execute(sql.LOCK_ACCOUNT, own.account.id)
            if not held_of(await connection.fetchrow(sql.HELD, own.account.id)).any:
                return Refused(Code.CONFLICT, {"reason": "no_factor"})
            codes = await recovery.make(connection, own.account.id)
            await write(connection, own.by, "recovery.make", own.account.id)
            await self.tell(connection, own, "recovery_made")
        return codes

    async def add_passkey(self, own: Own, credential: Credential, rp: RelyingParty, *, label: str) -> str | Refused:
        async with self._transaction() as connection:
            passkey = await self.passkeys.add(connection, own, own.ceremony(rp), credential, label=label)
            if isinstance(passkey, Refused):
                return passkey
            await connection.execute(sql.STEP_UP, own.session.id, True)
            await self.tell(connection, own, "passkey_added")
        return passkey

    async def remove_passkey(self, own: Own, passkey: str) -> bool:
        async with self._transaction() as connection:
            if not await self.passkeys.remove(connection, own, passkey):
                return False
            await self._void_codes(connection, own.account.id)
            await self.tell(connection, own, "passkey_removed")
        return True

    async def forget(self, connection: asyncpg.Connection, account: str) -> None:
        """Remove all of an account that is closed, in the caller's transaction."""
        for statement in (sql.FORGET_PASSKEYS, sql.FORGET_TOTP, sql.FORGET_CODES, sql.FORGET_IDENTITIES):
            await connection.execute(statement, account)

    # ── showing one ──

    async def finish(self, own: Own, shown: Shown, rp: RelyingParty, complete: Complete) -> NewSession | Refused:
        """Finish a login that owed its second factor: `complete` begins another session in the place of the half."""
        if shown.method in (None, Method.PASSWORD):
            return WRONG
        await self._count(own.account.id, shown)
        async with self._transaction() as connection:
            if await connection.fetchval(sql.LOCK_HALF, own.session.id) is None:
                return Refused(Code.UNAUTHORIZED)
            if not await self._fits(connection, own, shown, rp):
                return WRONG
            assert shown.method is not None, "one thing is shown"
            begun = await complete(connection, shown.method.value)
        await self._was_right(own.account.id, shown)
        return begun

    async def log_in(self, by: Actor, ceremony: Ceremony, credential: Credential, begin: Begin) -> LoggedIn | Refused:
        """A session for whoever shows a passkey, which is two factors in one: `begin` begins it."""
        async with self._transaction() as connection:
            account = await self.passkeys.show(connection, by, ceremony, credential, None)
            return account if isinstance(account, Refused) else await begin(connection, account)

    async def step_up(self, own: Own, shown: Shown, rp: RelyingParty, is_password: IsPassword) -> datetime | Refused:
        """Show in a session once more that it is you; when that was. A password counts where there is nothing else."""
        if shown.method is None:
            return WRONG
        if shown.method is Method.PASSWORD and (await self.held(own.account.id)).any:
            return self._refused(own.by, Method.PASSWORD)
        await self._count(own.account.id, shown)
        if shown.password is not None and not await is_password(own.account.id, shown.password):
            return self._refused(own.by, Method.PASSWORD)
        async with self._transaction() as connection:
            if not await self._fits(connection, own, shown, rp):
                return WRONG
            at: datetime | None = await connection.fetchval(
                sql.STEP_UP, own.session.id, shown.method is not Method.PASSWORD
            )
            if at is None:
                return Refused(Code.UNAUTHORIZED)
            await write(connection, own.by, "session.step_up", own.account.id, detail={"how": shown.method})
        await self._was_right(own.account.id, shown)
        return at

    async def _fits(
        self,
        connection: asyncpg.Connection,
        own: Own,
        shown: Shown,
        rp: RelyingParty,
    ) -> bool:
        """Whether what is shown is the account's; what counts once is spent, in the caller's transaction."""
        if shown.passkey is not None:  # the one that counts its own refusals
            owner = await self.passkeys.show(connection, own.by, own.ceremony(rp), shown.passkey, own.account.id)
            return owner == own.account.id
        if shown.totp is not None:
            fits = await self.totp.spend(connection, own.account.id, shown.totp)
        elif shown.recovery is not None:
            fits = await recovery.spend(connection, own.account.id, shown.recovery)
            if fits:
                await write(connection, own.by, "recovery.use", own.account.id)
                await self.tell(connection, own, "recovery_used")
        else:
            fits = shown.password is not None  # which was compared before the transaction began
        if not fits:
            assert shown.method is not None, "one thing is shown"
            self._refused(own.by, shown.method)
        return fits

    async def _count(self, account: str, shown: Shown) -> None:
        assert shown.method is not None, "one thing is shown"
        if shown.method in GUESSED:
            await self._guesses.begin(GUESSED[shown.method], account)

    async def _was_right(self, account: str, shown: Shown) -> None:
        assert shown.method is not None, "one thing is shown"
        if shown.method in GUESSED:
            await self._guesses.was_right(GUESSED[shown.method], account)

    def _refused(self, by: Actor, method: Method) -> Refused:
        self._tally.note(RefusalKind.FACTOR, by.network, method.value)
        return WRONG

    async def _void_codes(self, connection: asyncpg.Connection, account: str) -> None:
        """Recovery codes stand in for another factor: with the last one they go, and so does what sessions showed."""
        if not held_of(await connection.fetchrow(sql.HELD, account)).any:
            await connection.execute(sql.FORGET_CODES, account)
            await connection.execute(sql.WITHOUT_FACTOR, account)

    async def tell(self, connection: asyncpg.Connection, own: Own, what: str) -> None:
        """Tell the account by letter what changed, where and when."""
        account, session = own.account, own.session
        data = {"what": what, "name": account.name, "at": datetime.now(UTC).isoformat()}
        data |= {"device": session.device, "place": session.place}
        letter = Letter(
            key=f"factor:{new_id('chg')}",
            template="second_factor_changed",
            to=account.email,
            locale=account.locale,
            data=data,
        )
        await self._letterbox.write(connection, letter)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[asyncpg.Connection]:
        async with self._db.acquire() as connection, connection.transaction():
            yield connection


def held_of(row: Any) -> Held:
    return Held(row["totp_at"], row["recovery_left"], row["passkeys"])
