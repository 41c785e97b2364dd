"""KeyResets: whoever forgot the key of an order chooses another, by a link that goes to the order's own address.

Guarantees: asking takes the same time and has the same answer whether there is such an order or not, since what is done
about it is done afterwards; a link is good for an hour and once, however many there are; from then on neither the old
key nor what was opened with it opens anything, and the address hears of it. What is asked while a process ends is lost.
Fails as busy beyond a bounded number at once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from engine.access import Signer
from engine.limits import (
    ORDER_KEY_LETTERS_PER_DAY,
    ORDER_KEY_LETTERS_WAITING_MAX,
    ORDER_KEY_LINK_S,
)
from engine.messages import Letter, Letterbox, Template
from engine.orders import sql
from engine.orders.codes import read_code
from engine.orders.confirming import data_of, still_there
from engine.orders.order_keys import OrderKeys
from engine.orders.reading import contact_of
from engine.refusals import Code, RefusalError, Refused
from engine.vault import Vault

log = logging.getLogger(__name__)

FRAGMENT = "#key="  # of the link: what comes after it is sent to no server, and so is in no log


class KeyResets:
    def __init__(
        self,
        db: asyncpg.Pool,
        signer: Signer,
        vault: Vault,
        letterbox: Letterbox,
        order_keys: OrderKeys,
        *,
        public_url: str,
    ) -> None:
        self._db = db
        self._signer = signer
        self._vault = vault
        self._letterbox = letterbox
        self._order_keys = order_keys
        self._public_url = public_url
        self._asked: set[asyncio.Task[None]] = set()

    def ask(self, code: str) -> None:
        """If there is such an order, its address gets a link."""
        if len(self._asked) >= ORDER_KEY_LETTERS_WAITING_MAX:
            raise RefusalError(Code.BUSY)
        task = asyncio.get_running_loop().create_task(self._write(code), name="order key asked for")
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def settle(self) -> None:
        """Wait until what was asked for is written."""
        while self._asked:
            await asyncio.wait(self._asked)

    async def choose(self, code: str, token: str, key: str) -> Refused | None:
        """Choose the key anew by the link of a letter."""
        known = read_code(code)
        changes = None if known is None else self._signer.key_changes_of(token, known, int(time.time()))
        if changes is None:
            return Refused(Code.WRONG_LINK)
        async with self._db.acquire() as connection, connection.transaction():
            row = await self._forgotten(connection, known)
            if row is None:
                return Refused(Code.WRONG_LINK)
            sealed = self._order_keys.seal(row["sale_id"], row["cart_id"], key)
            if not await connection.fetchval(sql.CHANGE_KEY, row["sale_id"], row["id"], sealed, changes):
                return Refused(Code.WRONG_LINK)  # it was used
            letter = self._letter(row, Template.ORDER_KEY_CHANGED, f"order:{row['id']}:key_changed:{changes + 1}")
            if letter is not None:
                await self._letterbox.write(connection, letter)
        return None

    async def _write(self, code: str) -> None:
        try:
            known = read_code(code)
            async with self._db.acquire() as connection, connection.transaction():
                row = await self._forgotten(connection, known)
                if row is not None:
                    await self._write_link(connection, row)
        except Exception:  # nobody waits for the answer; whoever gets no letter asks again
            log.exception("the letter about a forgotten order key could not be written")

    async def _forgotten(self, connection: asyncpg.Connection, code: str | None) -> Any:
        """The order, unless whoever bought it was erased or is being erased."""
        row = await connection.fetchrow(sql.READ_FORGOTTEN, code)
        rows = [] if row is None else await still_there(connection, [row], self._vault)
        return rows[0] if rows else None

    async def _write_link(self, connection: asyncpg.Connection, row: Any) -> None:
        now = datetime.now(UTC)
        until = now + timedelta(seconds=ORDER_KEY_LINK_S)
        token = self._signer.key_link(row["code"], int(until.timestamp()), row["key_changes"])
        for nth in range(ORDER_KEY_LETTERS_PER_DAY):
            key = f"order:{row['id']}:key_reset:{now:%Y%m%d}:{nth}"
            letter = self._letter(row, Template.ORDER_KEY_RESET, key, FRAGMENT + token, until)
            if letter is None or await self._letterbox.write(connection, letter):
                return

    def _letter(
        self, row: Any, template: Template, key: str, fragment: str = "", until: datetime | None = None
    ) -> Letter | None:
        """None where the order has no address that can be written to."""
        data = data_of(row, self._public_url)
        try:
            return Letter(
                key=key,
                template=template,
                to=contact_of(row, self._vault).email,
                locale=row["locale"],
                data={**data, "link": data["link"] + fragment},
                organizer=row["organizer_id"],
                until=until,
            )
        except ValueError:
            return None
