"""Contacts: proves that an address belongs to whoever claims it, by a letter that only its owner can read.

Owns: contact_proof, sale_contact. Guarantees: a letter is written in the transaction of its ask, and one ask repeated
is one letter; a proof counts once, for one purpose and one buyer; letters and wrong codes are bounded. No answer tells
whether an address is known, or blocked. In a sale an inbox carries one buyer's place, whatever becomes of Redis.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import asyncpg

from engine import limits
from engine.contacts import sql
from engine.contacts.letters import ProofLetters
from engine.contacts.model import Asked, Confirmed, ProofAsk, Purpose
from engine.contacts.signing import ContactSigner
from engine.ids import new_id
from engine.messages import country_of_mobile
from engine.refusals import Code, Refused

# Called in the transaction that confirms.
WhenConfirmed = Callable[[asyncpg.Connection, Confirmed], Awaitable[None]]

LOCK_INBOX, LOCK_SMS = 4_801, 4_802  # namespaces of advisory locks


class Contacts:
    def __init__(
        self,
        db: asyncpg.Pool,
        signer: ContactSigner,
        letters: ProofLetters,
        *,
        sms_countries: frozenset[str],
        sms_proofs_per_day: int,
    ) -> None:
        self._db = db
        self._letters = letters
        self.signer = signer
        self._sms_countries = sms_countries
        self._sms_per_day = sms_proofs_per_day
        self._when_confirmed: dict[Purpose, WhenConfirmed] = {}

    def when_confirmed(self, purpose: Purpose, act: WhenConfirmed) -> None:
        """Register what else to write, in the same transaction, when an address is proven for a purpose."""
        self._when_confirmed[purpose] = act

    # ── asking ──

    def reaches(self, channel: str, address: str) -> bool:
        """Whether letters go to such an address at all."""
        return channel != "sms" or country_of_mobile(address) in self._sms_countries

    async def ask(self, ask: ProofAsk) -> Asked | Refused:
        """Send a letter to the address, if one may be sent. Asked again within a minute it is the same letter."""
        if not self.reaches(ask.channel, ask.address):
            wrong = {"path": "address", "message": "is not a mobile number of a country that text messages go to"}
            return Refused(Code.INVALID, {"fields": [wrong]})
        inbox = self.signer.inbox(ask.channel, ask.address)
        async with self._db.acquire() as connection, connection.transaction():
            await connection.execute(sql.ONE_BY_ONE, LOCK_INBOX, int.from_bytes(inbox[:4], signed=True))
            who = (ask.purpose.value, ask.channel, inbox, ask.buyer)
            before = await connection.fetchrow(sql.OPEN, *who, limits.PROOF_AGAIN_S)
            if before is not None and before["fresh"]:
                return Asked(before["code_until"], before["link_until"])
            may_send = await self._may_send(connection, ask, inbox)
            if isinstance(may_send, Refused):
                return may_send
            if before is not None and may_send:
                await connection.execute(sql.END_OPEN, before["id"])
            row = await connection.fetchrow(
                sql.ASK,
                *(proof := new_id("prf"), *who),
                *(self.signer.network(ask.came_from), ask.locale, "sent" if may_send else "withheld"),
                *(limits.PROOF_CODE_S, limits.PROOF_LINK_S),
            )
            if may_send:
                to = {"channel": ask.channel, "address": ask.address, "locale": ask.locale}
                await self._letters.write(connection, proof, ask.purpose, **to, until=row["link_until"])
            return Asked(row["code_until"], row["link_until"])

    async def _may_send(self, connection: asyncpg.Connection, ask: ProofAsk, inbox: bytes) -> bool | Refused:
        """Whether a letter may go out. Limits that depend on the address alone are never revealed: the letter is
        silently withheld.
        """
        lately = await connection.fetchrow(
            sql.ASKED_LATELY,
            *(ask.buyer, self.signer.network(ask.came_from), inbox, ask.channel, ask.address, ask.purpose.value),
        )
        if (
            lately["by_buyer"] >= limits.PROOFS_PER_BUYER_AND_DAY_MAX
            or lately["by_network"] >= limits.PROOFS_PER_NETWORK_AND_HOUR_MAX
        ):
            return Refused(Code.TOO_MANY_ASKS)
        if ask.channel == "sms":
            await connection.execute(sql.ONE_BY_ONE, LOCK_SMS, 0)
            if await connection.fetchval(sql.SMS_TODAY) >= self._sms_per_day:
                return Refused(Code.TOO_MANY_ASKS)
        too_many = (
            lately["of_day"] >= limits.PROOFS_PER_ADDRESS_AND_DAY_MAX
            or lately["of_month"] >= limits.PROOFS_PER_ADDRESS_AND_MONTH_MAX
        )
        return not too_many and not lately["silenced"]

    # ── answering ──

    async def confirm_link(self, token: str) -> Confirmed | None:
        """Whoever follows the link of a letter has read it; None for a link that is no good, or no longer."""
        proof = self.signer.proof_of(token)
        if proof is None:
            return None
        async with self._db.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(sql.FIND_LINK, proof)
            return None if row is None else await self._confirm(connection, proof, row)

    async def confirm_code(
        self, purpose: Purpose, buyer: str, channel: str, address: str, code: str
    ) -> Confirmed | Refused:
        """The same by the digits of the letter; the fifth wrong try ends the proof."""
        inbox = self.signer.inbox(channel, address)
        async with self._db.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(sql.FIND_CODE, purpose.value, channel, inbox, buyer)
            if row is None:
                return Refused(Code.WRONG_CODE)
            if not hmac.compare_digest(self.signer.code(row["id"], row["asked_at"]).encode(), code.encode()):
                if not row["confirmed"]:
                    await connection.execute(sql.WRONG, row["id"], limits.PROOF_CODE_TRIES_MAX)
                return Refused(Code.WRONG_CODE)
            return await self._confirm(connection, row["id"], row)

    async def _confirm(self, connection: asyncpg.Connection, proof: str, row: Any) -> Confirmed:
        """Once; a repeat answers the same and changes nothing."""
        purpose = Purpose(row["purpose"])
        confirmed = Confirmed(purpose, row["channel"], row["inbox_hash"], row["buyer_id"])
        if not row["confirmed"]:
            await connection.execute(sql.CONFIRM, proof)
            act = self._when_confirmed.get(purpose)
            if act is not None:
                await act(connection, confirmed)
        return confirmed

    # ── looking ──

    async def proven(self, buyer: str, channel: str, address: str) -> bool:
        """Whether this buyer has shown, for any purpose and not too long ago, that they read what comes there."""
        inbox = self.signer.inbox(channel, address)
        return bool(await self._db.fetchval(sql.PROVEN, inbox, buyer, channel, limits.PROOF_KEPT_DAYS))

    async def buyers_of(self, email: str) -> list[str]:
        """The buyers that confirmed the inbox of this address."""
        inbox = self.signer.inbox("email", email)
        rows = await self._db.fetch(sql.BUYERS_OF, inbox, "email", limits.PROOF_KEPT_DAYS, limits.ACCOUNT_BUYERS_MAX)
        return [row["buyer_id"] for row in rows]

    # ── entering ──

    async def use(self, sale: str, buyer: str) -> Refused | None:
        """Tie the buyer's place to an inbox they have proven: the one it is tied to already, else a free one."""
        inboxes = await self._db.fetch(sql.INBOXES_AT_SALE, sale, buyer, limits.PROOF_KEPT_DAYS)
        if not inboxes:
            return Refused(Code.CONTACT_NEEDED)
        if any(inbox["buyer_id"] == buyer for inbox in inboxes):
            return None
        for inbox in inboxes:
            if inbox["buyer_id"] is None and await self._db.fetchval(sql.USE, sale, inbox["inbox_hash"], buyer):
                return None
        return Refused(Code.CONTACT_USED)

    async def use_account(self, sale: str, buyer: str, account: str, people: Collection[int] = ()) -> Refused | None:
        """Tie the buyer's place to their account, and to those of its people by whom it may have one, unless another
        buyer's is tied to one of them.
        """
        stands_on = (f"account {account}", *(f"person {number}" for number in people))
        marks = [hashlib.sha256(each.encode()).digest() for each in stands_on]
        await self._db.execute(sql.USE_ALL, sale, marks, buyer)
        return Refused(Code.ACCOUNT_USED) if await self._db.fetchval(sql.USED_BY_OTHERS, sale, marks, buyer) else None
