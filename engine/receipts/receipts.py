"""Receipts: what was issued, for who bought and for who sold. Calls Postgres only, and fails as it does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from engine.limits import RECEIPTS_EXPORTED_PER_PAGE
from engine.orders import PriceBooks
from engine.receipts import sql
from engine.receipts.identity import LegalIdentities, identity_of, in_force
from engine.receipts.issuing import RECEIPT, Issuing
from engine.receipts.model import ListedReceipt, MonthOfReceipts, Receipt, Sum
from engine.receipts.naming import Naming
from engine.receipts.numbering import month_now, month_of, number_text
from engine.stores.office import Office
from engine.tables import table_row
from engine.vault import Vault

BEFORE_ALL = (0, 0)
COLUMNS = ("number", "issued_at", "order_code", "sale", "currency", "total", "tax", "kind")


class Receipts:
    def __init__(self, db: asyncpg.Pool, office: Office, vault: Vault, price_books: PriceBooks) -> None:
        self._db = db
        self._office = office
        self.issuing = Issuing(db)
        self.naming = Naming(db, vault, price_books)
        self.identities = LegalIdentities(office)

    async def of_order(self, sale: str, order: str) -> Receipt | None:
        """The receipt of an order; None while it has no number, or never gets one."""
        return next((each for each in await self.all_of_order(sale, order) if each.kind == RECEIPT), None)

    async def all_of_order(self, sale: str, order: str) -> list[Receipt]:
        """Its receipt, and after it the credit notes that take back some of it."""
        return [_receipt(row) for row in await self._db.fetch(sql.OF_ORDER, sale, order)]

    async def month(
        self, organizer: str, month: str | None, limit: int, after: tuple[int, int] = BEFORE_ALL
    ) -> MonthOfReceipts | None:
        """What was issued in a month, as in 2026-11, or in this one, by number; None when there is no such month."""
        async with self._office.reading(organizer) as connection:
            found = await in_force(connection, organizer)
            if found is None:
                return None
            month = month or month_now(found[1].zone)
            within = month_of(month, found[1].zone)
            if within is None:
                return None
            runs = await connection.fetch(sql.RUNS, organizer, *within)
            sums = await connection.fetch(sql.SUMS, organizer, *within)
            rows = await connection.fetch(sql.LIST, organizer, *within, *after, limit)
        return MonthOfReceipts(
            month,
            found[1].zone,
            tuple(Sum(**row) for row in sums),
            gapless=all(row["receipts"] == row["last"] - row["first"] + 1 for row in runs),
            items=tuple(_listed(row) for row in rows),
        )

    async def table(self, organizer: str, month: str | None) -> AsyncIterator[str]:
        """A month as CSV, some receipts at a time. Amounts are in the minor units of their currency."""
        yield table_row(COLUMNS)
        after = BEFORE_ALL
        while (
            some := await self.month(organizer, month, RECEIPTS_EXPORTED_PER_PAGE, after)
        ) is not None and some.items:
            yield "".join(table_row(_cells(each, some.zone)) for each in some.items)
            after = some.items[-1].at


def _cells(each: ListedReceipt, zone: str) -> list[object]:
    at = each.issued_at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
    return [each.number, at, each.code, each.sale, each.currency, each.total, each.tax, each.kind]


def _listed(row: Any) -> ListedReceipt:
    sign = 1 if row["kind"] == RECEIPT else -1
    return ListedReceipt(
        number_text(row["prefix"], row["year"], row["number"]),
        row["kind"],
        row["issued_at"],
        row["sale_id"],
        row["order_id"],
        row["code"],
        row["currency"],
        row["total"] * sign,
        row["tax"] * sign,
        (row["year"], row["number"]),
    )


def _receipt(row: Any) -> Receipt:
    seller = identity_of(row)
    number = number_text(seller.prefix, row["year"], row["number"])
    return Receipt(
        number, row["kind"], row["movement"], row["issued_at"], row["currency"], row["total"], row["tax"], seller
    )
