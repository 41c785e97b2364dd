"""Disputes: a buyer's bank takes the money of an order back, and perhaps returns it.

Owns dispute and dispute_policy. Guarantees: whatever is told, how often, in which order and how late: a dispute is
opened once and ends once; it is won only once its money is back, and lost in one movement; the order's tickets open
nothing while its organizer wants that, and open again when it is won. Each change is one transaction, with its
movements. A provider is believed about orders that were paid there, and no others. Fails as Postgres does.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import asyncpg

from engine.audit import Act, write
from engine.limits import DISPUTE_SEEN_TO_DAYS, DISPUTES_LISTED_MAX
from engine.orders import block_tickets, note_disputed, note_disputed_no_more, unblock_tickets
from engine.outbox import tell
from engine.payments import BookEntry, BookKind, DisputeSaid, DisputeState
from engine.reconciliation import sql
from engine.reconciliation.booking import book
from engine.reconciliation.model import Dispute
from engine.reconciliation.topics import DISPUTE_ENDED, DISPUTE_OPENED, DisputeTold
from engine.refusals import Code, Refused
from engine.stores.office import Office
from engine.stores.turns import take_turn

log = logging.getLogger(__name__)


class Disputes:
    def __init__(self, db: asyncpg.Pool, office: Office) -> None:
        self._db = db
        self._office = office

    async def take(self, provider: str, organizer: str, said: DisputeSaid) -> None:
        """Bring a dispute to how its provider says that it stands."""
        async with self._db.acquire() as connection, connection.transaction():
            await take_turn(connection, f"dispute {provider}/{said.id}")
            await book(connection, provider, organizer, said.entries)
            kind = await self._open(connection, provider, organizer, said)
            row = await connection.fetchrow(sql.LOCK_DISPUTE, provider, said.id, organizer)
            if row is None or row["state"] != DisputeState.OPEN.value or said.state is DisputeState.OPEN:
                return
            left = await connection.fetchval(sql.LEFT_OF_DISPUTE, provider, said.id)
            if said.state is DisputeState.WON and left != 0:
                log.info("dispute %s is won, and its money is not back yet", said.id)
                return
            if left < 0:
                lost = BookEntry(
                    *(f"{said.id}:lost", BookKind.DISPUTE_LOST, left, said.currency, datetime.now(UTC)),
                    *(0, said.sale, said.order, said.id),
                )
                await book(connection, provider, organizer, [lost])
            await connection.execute(sql.END_DISPUTE, provider, said.id, said.state.value)
            if row["order_id"] is not None:
                await self._free(connection, row["sale_id"], row["order_id"])
                told = _told(row["sale_id"], row["order_id"], said, said.state)
                await tell(
                    connection, DISPUTE_ENDED, subject=told["order"], organizer=organizer, body=told, sale_kind=kind
                )

    async def all_of(self, organizer: str, state: DisputeState | None = None) -> list[Dispute]:
        """The newest first."""
        word = None if state is None else state.value
        rows = await self._office.fetch(organizer, sql.LIST_DISPUTES, organizer, None, word, DISPUTES_LISTED_MAX)
        return [Dispute.read(row) for row in rows]

    async def of_order(self, organizer: str, order: str) -> list[Dispute]:
        rows = await self._office.fetch(organizer, sql.LIST_DISPUTES, organizer, order, None, DISPUTES_LISTED_MAX)
        return [Dispute.read(row) for row in rows]

    async def answered(self, by: Act, dispute: str) -> Refused | None:
        """A member says that it was answered at the provider: it waits for nobody here any more."""
        async with self._office.transaction(by) as connection:
            row = await connection.fetchrow(sql.ANSWERED, by.organizer_id, dispute)
            if row is None:
                return Refused(Code.NOT_FOUND)
            await write(connection, by, "dispute.answer", dispute, detail={"order": row["order_id"]})
        return None

    async def blocks(self, organizer: str) -> bool:
        """Whether tickets of a disputed order open nothing meanwhile."""
        row = await self._office.fetchrow(organizer, sql.BLOCKS, organizer)
        return row is not None and row["blocks"]

    async def choose(self, by: Act, *, blocks: bool) -> None:
        """From now on; disputes that are open stay as they are."""
        async with self._office.transaction(by) as connection:
            before = await connection.fetchval(sql.BLOCKS, by.organizer_id) or False
            if before == blocks:
                return
            await connection.execute(sql.WRITE_POLICY, by.organizer_id, blocks)
            after = {"blocks": blocks}
            await write(connection, by, "dispute.policy", by.organizer_id, before={"blocks": before}, after=after)

    async def _open(
        self, connection: asyncpg.Connection, provider: str, organizer: str, said: DisputeSaid
    ) -> str | None:
        """Answers of what kind the sale of its order is; None where it is about none of ours that was paid there."""
        kind: str | None = await connection.fetchval(sql.OWN_ORDER, said.sale, said.order, provider, organizer)
        sale, order = (said.sale, said.order) if kind is not None else (None, None)
        blocks = bool(order is not None and await connection.fetchval(sql.BLOCKS, organizer))
        opened = await connection.fetchval(
            sql.OPEN_DISPUTE,
            *(provider, said.id, organizer, sale, order, said.amount, said.currency, said.reason, blocks),
            *(said.opened_at, said.due_at, DISPUTE_SEEN_TO_DAYS),
        )
        if not opened or sale is None or order is None:
            return kind
        await note_disputed(connection, provider, sale, order)
        if blocks:
            await block_tickets(connection, provider, sale, order)
        told = _told(sale, order, said, DisputeState.OPEN)
        await tell(connection, DISPUTE_OPENED, subject=order, organizer=organizer, body=told, sale_kind=kind)
        return kind

    @staticmethod
    async def _free(connection: asyncpg.Connection, sale: str, order: str) -> None:
        """Unless another dispute wants them blocked; one that is lost keeps them so, and the money too."""
        if not await connection.fetchval(sql.BLOCKED_BY_ANOTHER, sale, order):
            await unblock_tickets(connection, sale, order)
        if not await connection.fetchval(sql.DISPUTED_BY_ANOTHER, sale, order):
            await note_disputed_no_more(connection, sale, order)


def _told(sale: str, order: str, said: DisputeSaid, state: DisputeState) -> DisputeTold:
    return {
        "sale": sale,
        "order": order,
        "dispute": said.id,
        "amount": said.amount,
        "currency": said.currency,
        "state": state.value,
    }
