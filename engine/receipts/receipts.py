"""Receipts: what was issued, for who bought and for who sold. Calls Postgres only, and fails as it does."""

from __future__ import annotations

from typing import Any

import asyncpg

from engine.receipts import sql
from engine.receipts.identity import LegalIdentities, identity_of, in_force
from engine.receipts.issuing import Issuing
from engine.receipts.model import ListedReceipt, MonthOfReceipts, Receipt, Sum
from engine.receipts.numbering import month_of, number_text
from engine.stores.office import Office

BEFORE_ALL = (0, 0)


class Receipts:
    def __init__(self, db: asyncpg.Pool, office: Office) -> None:
        self._db = db
        self._office = office
        self.issuing = Issuing(db)
        self.identities = LegalIdentities(office)

    async def of_order(self, sale: str, order: str) -> Receipt | None:
        """The receipt of an order; None while it has no number, or never gets one."""
        row = await self._db.fetchrow(sql.OF_ORDER, sale, order)
        return None if row is None else _receipt(row)

    async def month(
        self, organizer: str, month: str, limit: int, after: tuple[int, int] = BEFORE_ALL
    ) -> MonthOfReceipts | None:
        """What was issued in a month, as in 2026-11, by number; None when there is no such month or organizer."""
        async with self._office.reading(organizer) as connection:
            found = await in_force(connection, organizer)
            within = None if found is None else month_of(month, found[1].zone)
            if found is None or within is None:
                return None
            runs = await connection.fetch(sql.RUNS, organizer, *within)
            sums = await connection.fetch(sql.SUMS, organizer, *within)
            rows = await connection.fetch(sql.LIST, organizer, *within, *after, limit)
        return MonthOfReceipts(
            found[1].zone,
            tuple(Sum(**row) for row in sums),
            gapless=all(row["receipts"] == row["last"] - row["first"] + 1 for row in runs),
            items=tuple(_listed(row) for row in rows),
        )


def _listed(row: Any) -> ListedReceipt:
    return ListedReceipt(
        number_text(row["prefix"], row["year"], row["number"]),
        row["issued_at"],
        row["sale_id"],
        row["order_id"],
        row["code"],
        row["currency"],
        row["total"],
        row["tax"],
        (row["year"], row["number"]),
    )


def _receipt(row: Any) -> Receipt:
    seller = identity_of(row)
    number = number_text(seller.prefix, row["year"], row["number"])
    return Receipt(number, row["issued_at"], row["currency"], row["total"], row["tax"], seller)
