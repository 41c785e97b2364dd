"""Passkeys: added, named, shown, removed.

Owns: the table passkey. Guarantees: a challenge counts for the browser or session it was made for, once; a passkey that
shows a count that is not higher than the last one was copied, and is refused; every refusal is counted in the audit
trail, with its reason, and told as the same one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg

from engine.accounts import authenticators
from engine.accounts import factors_sql as sql
from engine.accounts.authenticators import Mistaken
from engine.accounts.ceremonies import Ceremonies, spend, until_of
from engine.accounts.factor_model import Ceremony, Own, PasskeyView
from engine.accounts.model import AccountView
from engine.audit import Actor, RefusalKind, Tally, write
from engine.ids import new_id
from engine.limits import PASSKEYS_MAX
from engine.refusals import Code, Refused

Credential = Mapping[str, Any]
WRONG = Refused(Code.WRONG_FACTOR)


class Passkeys:
    def __init__(self, db: asyncpg.Pool, ceremonies: Ceremonies, tally: Tally) -> None:
        self._db = db
        self._ceremonies = ceremonies
        self._tally = tally

    async def list(self, account: str) -> list[PasskeyView]:
        return [
            PasskeyView(row["id"], row["label"], row["backed_up"], row["created_at"], row["last_used_at"])
            for row in await self._db.fetch(sql.PASSKEYS, account)
        ]

    async def to_create(self, account: AccountView, ceremony: Ceremony) -> Any:
        """The options of a new passkey."""
        known = [row["credential_id"] for row in await self._db.fetch(sql.PASSKEYS, account.id)]
        challenge = self._ceremonies.challenge(f"create:{ceremony.of}")
        return authenticators.to_create(ceremony.rp, challenge, account, known)

    async def to_show(self, ceremony: Ceremony, account: str | None = None) -> Any:
        """The options to show a passkey: one of the account's, or any that names its account itself."""
        rows = [] if account is None else await self._db.fetch(sql.PASSKEYS, account)
        challenge = self._ceremonies.challenge(f"show:{ceremony.of}")
        return authenticators.to_show(ceremony.rp, challenge, [row["credential_id"] for row in rows])

    async def add(
        self,
        connection: asyncpg.Connection,
        own: Own,
        ceremony: Ceremony,
        credential: Credential,
        *,
        label: str,
    ) -> str | Refused:
        """A passkey that was made in this ceremony; its id."""
        by, account = own.by, own.account.id
        try:
            challenge = authenticators.challenge_in(credential)
            if not self._ceremonies.holds(challenge, f"create:{ceremony.of}"):
                raise Mistaken("challenge")
            new = authenticators.created(credential, ceremony.rp, challenge)
        except Mistaken as why:
            return self._refused(by, why)
        passkey = new_id("psk")
        if not await connection.fetchval(sql.LOCK_ACCOUNT, account):
            return Refused(Code.UNAUTHORIZED)
        if len(await connection.fetch(sql.PASSKEYS, account)) >= PASSKEYS_MAX:
            return Refused(Code.CONFLICT, {"reason": "passkeys_max"})
        if not await spend(connection, challenge, until_of(challenge)):
            return self._refused(by, Mistaken("repeated"))
        values = (new.credential_id, new.public_key, new.sign_count, label, list(new.transports), new.backed_up)
        if not await connection.fetchval(sql.INSERT_PASSKEY, passkey, account, *values):
            return self._refused(by, Mistaken("known_already"))
        after = {"passkey": passkey, "label": label, "backed_up": new.backed_up}
        await write(connection, by, "passkey.add", account, after=after)
        return passkey

    async def show(
        self,
        connection: asyncpg.Connection,
        by: Actor,
        ceremony: Ceremony,
        credential: Credential,
        account: str | None,
    ) -> str | Refused:
        """Whose passkey was shown, in the caller's transaction; of `account`, where one is given."""
        try:
            challenge = authenticators.challenge_in(credential)
            if not self._ceremonies.holds(challenge, f"show:{ceremony.of}"):
                raise Mistaken("challenge")
            row = await connection.fetchrow(sql.BY_CREDENTIAL, authenticators.credential_id_in(credential))
            if row is None or account not in (None, row["account_id"]):
                raise Mistaken("unknown")
            used = authenticators.shown(credential, ceremony.rp, challenge, row["public_key"], row["account_id"])
            if not await spend(connection, challenge, until_of(challenge)):
                raise Mistaken("repeated")
            if not await connection.fetchval(sql.USE_PASSKEY, row["id"], used.sign_count, used.backed_up):
                # Whoever comes here holds the private key: the passkey was copied, and its owner should know.
                detail = {"passkey": row["id"], "reason": "count", "shown": used.sign_count, "last": row["sign_count"]}
                await write(connection, by, "passkey.refused", row["account_id"], detail=detail)
                raise Mistaken("count")
        except Mistaken as why:
            return self._refused(by, why)
        owner: str = row["account_id"]
        return owner

    async def label(self, account: str, passkey: str, label: str) -> bool:
        """False when the account has no such passkey."""
        return await self._db.fetchval(sql.LABEL_PASSKEY, passkey, account, label) is not None

    async def remove(self, connection: asyncpg.Connection, own: Own, passkey: str) -> bool:
        account = own.account.id
        label = await connection.fetchval(sql.REMOVE_PASSKEY, passkey, account)
        if label is None:
            return False
        await write(connection, own.by, "passkey.remove", account, before={"passkey": passkey, "label": label})
        return True

    def _refused(self, by: Actor, why: Mistaken) -> Refused:
        self._tally.note(RefusalKind.FACTOR, by.network, f"passkey: {why}")
        return WRONG
