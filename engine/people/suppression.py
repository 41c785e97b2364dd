"""Suppression: addresses nothing is sent to, whoever imports them next.

Owns their writing. Everybody's messages stop when the channel says that an address is dead or its owner says no to all;
what one organizer reports stops that organizer's only. Guarantees: reporting an address tells nothing about it.
"""

from __future__ import annotations

from collections.abc import Callable

import asyncpg

from engine.audit import Act, write
from engine.people import sql
from engine.stores.office import Office


async def suppress(
    db: asyncpg.Pool | asyncpg.Connection, channel: str, address: str, organizer_id: str | None, reason: str
) -> None:
    """Nothing more is sent there by this organizer; None: by anybody. Saying it twice changes nothing."""
    await db.execute(sql.SUPPRESS, channel, address, organizer_id, reason)


class Suppression:
    def __init__(self, office: Office, inbox: Callable[[str, str], bytes]) -> None:
        """`inbox` gives the keyed hash of the inbox that an address belongs to."""
        self._office = office
        self._inbox = inbox

    async def reported(self, by: Act, channel: str, address: str, reason: str) -> None:
        """An organizer reports an address as dead, or its owner as complaining: that organizer's messages stop.

        Nothing is answered, and nothing is looked up, so that nobody learns whether the address is known.
        """
        subject = self._inbox(channel, address).hex()
        async with self._office.transaction(by) as connection:
            await suppress(connection, channel, address, by.organizer_id, reason)
            await write(connection, by, "address.suppress", subject, after={"channel": channel, "reason": reason})
