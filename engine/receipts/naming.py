"""Naming: whom the receipt of an order is made out to, written on the order's page until the receipt has its number.

Guarantees: the number and the change are decided under one lock, that of the order. A change that comes after the
number is refused, and a number that comes after a change is that of a receipt which says it. So a
receipt goes on saying what it was issued with. Fails with refusals, as values.
"""

from __future__ import annotations

import asyncpg

from engine.orders import (
    OrderState,
    OrderView,
    PriceBooks,
    ReceiptName,
    TaxIdentity,
    hold_order,
    mistakes_of,
    receipt_name,
    seal_identity,
    write_identity,
)
from engine.receipts import sql
from engine.refusals import Code, Refused
from engine.vault import Vault

OPEN = (OrderState.PAYING, OrderState.AWAITING, OrderState.PAID)  # states of an order that will have a receipt


class Naming:
    def __init__(self, db: asyncpg.Pool, vault: Vault, price_books: PriceBooks) -> None:
        self._db = db
        self._vault = vault
        self._price_books = price_books

    async def of(self, sale: str, order: str) -> ReceiptName:
        return await receipt_name(self._db, self._vault, sale, order)

    async def is_open(self, order: OrderView) -> bool:
        """Whether it may be written, while there is no number; what costs nothing has no receipt."""
        book = await self._price_books.of(order.sale)
        return book is not None and book.goods.tax_identity and order.total > 0 and order.state in OPEN

    async def change(self, sale: str, order: str, identity: TaxIdentity) -> TaxIdentity | Refused:
        """Make the receipt out to somebody, or with an empty identity to the buyer alone."""
        book = await self._price_books.of(sale)
        if book is None:
            return Refused(Code.UNKNOWN_SALE)
        wrong = mistakes_of(identity, taken=book.goods.tax_identity)
        if wrong:
            return Refused(Code.INVALID, {"fields": wrong})
        async with self._db.acquire() as connection, connection.transaction():
            held = await hold_order(connection, self._vault, book.goods.organizer_id, sale, order)
            if held is None:
                return Refused(Code.NOT_FOUND)
            found, person = held
            if found.state not in OPEN or found.total == 0:
                return Refused(Code.NOT_FOUND)
            if await connection.fetchval(sql.HAS_NUMBER, sale, order):
                return Refused(Code.RECEIPT_IS_NUMBERED)
            await write_identity(connection, sale, order, seal_identity(self._vault, person, sale, order, identity))
        return identity
