"""Suppression: addresses nothing is sent to, whoever imports them next.

Owns their writing. Everybody's messages stop when the channel says that an address is dead or its owner says no to all;
what one organizer reports stops that organizer's only. An address is kept as the mark of its inbox. Guarantees:
reporting an address tells nothing about it.
"""

from __future__ import annotations

from collections.abc import Collection

import asyncpg
import orjson

from engine.audit import Act, write
from engine.limits import MOVED_PER_STEP_MAX, MOVED_PER_WRITE
from engine.people import sql
from engine.stores.office import Office
from engine.vault import Vault

Address = tuple[str, str]  # channel, address


class Suppression:
    def __init__(self, db: asyncpg.Pool, office: Office, vault: Vault) -> None:
        self._db = db
        self._office = office
        self._vault = vault

    async def silence(
        self,
        channel: str,
        address: str,
        reason: str,
        *,
        organizer_id: str | None = None,
        connection: asyncpg.Connection | None = None,
    ) -> None:
        """Nothing more is sent there by this organizer; None: by anybody. Saying it twice changes nothing."""
        # Before the vault is in use the release before looks for the address itself.
        mark = self._vault.marks.inbox(channel, address) if self._vault.in_use else None
        said = (channel, address if mark is None else None, mark, organizer_id, reason)
        await (connection or self._db).execute(sql.SUPPRESS, *said)

    async def bounced(self, channel: str, address: str) -> None:
        """The channel itself said that an address is dead: nobody's messages are sent there again."""
        if channel == "push":
            await self._db.execute(sql.FORGET_PUSH, orjson.loads(address)["endpoint"])
        else:
            await self.silence(channel, address, "bounced")

    async def silenced(self, addresses: Collection[Address], organizer_id: str) -> frozenset[Address]:
        """Those to which this organizer sends nothing."""
        if not addresses:
            return frozenset()
        rows = await self._db.fetch(
            sql.SILENCED,
            [channel for channel, _ in addresses],
            [address for _, address in addresses],
            [self._vault.marks.inbox(*each) for each in addresses],
            organizer_id,
        )
        return frozenset((row["channel"], row["address"]) for row in rows)

    async def move(self) -> int:
        """Make marks of addresses from before the vault; answers how many were there."""
        count = 0
        while self._vault.in_use and count < MOVED_PER_STEP_MAX:
            async with self._db.acquire() as connection, connection.transaction():
                rows = await connection.fetch(sql.READ_PLAIN_SUPPRESSED, MOVED_PER_WRITE)
                if not rows:
                    break
                channels, addresses = [row["channel"] for row in rows], [row["address"] for row in rows]
                marks = [self._vault.marks.inbox(*each) for each in zip(channels, addresses, strict=True)]
                await connection.execute(sql.SUPPRESS_MARKS, channels, addresses, marks)
                count += len(rows)
        return count

    async def due_s(self) -> float | None:
        """None when no address is left that is to be a mark, or may be yet."""
        return 0.0 if self._vault.in_use and await self._db.fetchval(sql.IS_PLAIN_SUPPRESSED) else None

    async def reported(self, by: Act, channel: str, address: str, reason: str) -> None:
        """An organizer reports an address as dead, or its owner as complaining: that organizer's messages stop.

        Nothing is answered, and nothing is looked up, so that nobody learns whether the address is known.
        """
        subject = self._vault.marks.inbox(channel, address).hex()
        async with self._office.transaction(by) as connection:
            await self.silence(channel, address, reason, organizer_id=by.organizer_id, connection=connection)
            await write(connection, by, "address.suppress", subject, after={"channel": channel, "reason": reason})
