"""Confirming: whoever paid is written to, with their tickets.

Hears `order.paid`. Guarantees: each paid order has its letter once, whatever is killed, and no purchase waits for it.
None is written for an order that was refunded meanwhile, nor to what is no address. What the letter shows is read as it
is sent; its row holds the address, the code of the order and no more. Fails with its store; each step may be repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg

from engine.access import Signer
from engine.accounts import still_stands
from engine.audit import Act, write
from engine.limits import ORDER_LETTERS_AGAIN_PER_DAY
from engine.messages import Letter, Letterbox, Template, hinted
from engine.orders import sql
from engine.orders.reading import contact_of
from engine.orders.topics import ORDER_PAID
from engine.outbox import Consumer, Heard, Hearer, Work
from engine.refusals import Code, Refused
from engine.vault import Vault

# A step of the schema begins its cursor, so that what was paid before has no letter: it bears this name, too.
CONFIRMED = Hearer("orders.confirmed", lambda topic: topic is ORDER_PAID, "writes to whoever paid for an order")


class Confirming:
    def __init__(
        self, db: asyncpg.Pool, vault: Vault, letterbox: Letterbox, signer: Signer, *, public_url: str
    ) -> None:
        self._db = db
        self._vault = vault
        self._letterbox = letterbox
        self._signer = signer
        self._public_url = public_url
        self._work = Work(db, CONFIRMED, self._write)
        self.consumer = Consumer(CONFIRMED, self._work.put)

    async def step(self) -> int:
        """Write the letters of what was heard; answers how many orders were looked at."""
        return await self._work.step()

    async def due_s(self) -> float | None:
        """Seconds until an order is to be looked at; None when none is."""
        return await self._work.due_s()

    async def again(self, sale: str, order: str, by: Act | None = None) -> str | Refused:
        """Send the letter once more, to the order's own address; answers as much of that as may be shown.

        `by`: who asks in the office, which is noted. Else whoever has the order open.
        """
        async with self._db.acquire() as connection, connection.transaction():
            if by is not None:
                await still_stands(connection, by)
                if not await connection.fetchval(sql.OWNED_SALE, sale, by.organizer_id):
                    return Refused(Code.UNKNOWN_SALE)
            rows = await connection.fetch(sql.READ_CONFIRMABLE, [sale], [order])
            rows = await still_there(connection, rows, self._vault)
            email = contact_of(rows[0], self._vault).email if rows else ""
            today = f"{datetime.now(UTC):%Y%m%d}"
            for nth in range(ORDER_LETTERS_AGAIN_PER_DAY if email else 0):
                letter = self._confirmation(rows[0], email, f"order:{order}:again:{today}:{nth}")
                if letter is not None and await self._letterbox.write(connection, letter):
                    if by is not None:
                        await write(connection, by, "order.resend", order)
                    return hinted(letter.to)
        return Refused(Code.TOO_MANY_LETTERS if email else Code.NO_LETTER)

    async def _write(self, connection: asyncpg.Connection, heard: Sequence[Heard]) -> None:
        paid = [ORDER_PAID.read(each.body) for each in heard]
        rows = await connection.fetch(
            sql.READ_CONFIRMABLE, [each["sale"] for each in paid], [each["order"] for each in paid]
        )
        rows = await still_there(connection, rows, self._vault)
        letters = [letter for row in rows if (letter := self._letter(row)) is not None]
        await self._letterbox.write_many(connection, letters)

    def _letter(self, row: Any) -> Letter | None:
        email = contact_of(row, self._vault).email
        return self._confirmation(row, email, f"order:{row['id']}:confirmed")

    def _confirmation(self, row: Any, email: str, key: str) -> Letter | None:
        """The letter of a paid order; None where nobody can be written to."""
        data = data_of(row, self._public_url)
        if row["person_id"] is not None:
            reader = self._signer.reader_token(row["organizer_id"], row["person_id"])
            data["choose"] = f"{self._public_url}/preferences/{reader}"
        try:
            return Letter(
                key=key,
                template=Template.ORDER_CONFIRMED,
                to=email,
                locale=row["locale"],
                data=data,
                organizer=row["organizer_id"],
            )
        except ValueError:
            return None


async def still_there(connection: asyncpg.Connection, rows: Sequence[Any], vault: Vault) -> list[Any]:
    """Those of some orders whose buyers are not being erased at this moment."""
    there = await vault.hold(connection, [row["person_id"] for row in rows if row["person_id"] is not None])
    return [row for row in rows if row["person_id"] is None or row["person_id"] in there]


def data_of(row: Any, public_url: str) -> dict[str, str]:
    """What every letter about an order carries."""
    return {
        "link": f"{public_url}/o/{row['code']}",
        "code": row["code"],
        "sale": row["sale_id"],
        "order": row["id"],
    }
