"""CartAnswers: what buyers answered, and whom their receipts name, sealed beside their carts and orders.

Owns cart_answers and order_answers. Those of a cart are sealed for somebody in the vault who has no name, so that the
buyer may answer before saying who they are; those of an order for whoever bought. Guarantees: none can be read in
another's place, nor once the person is erased; two changes at once lose neither. What can't be read counts as nothing
answered, and the log says of which cart or order. Fails with RefusalError busy or unavailable.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from engine.audit import Act, write
from engine.context import Erasure
from engine.limits import ANSWERS_BYTES_MAX, ORDERS_PER_COMMIT_MAX
from engine.orders import answers_sql as sql
from engine.orders.model import Answered, CartRef, Sealed
from engine.orders.questions import (
    AnswerChange,
    Answers,
    merged,
    packed,
    packed_for_order,
    pruned,
    unpacked,
    unpacked_of_order,
)
from engine.orders.tax_identity import UNNAMED, TaxIdentity
from engine.orders.tax_identity import packed as packed_identity
from engine.orders.tax_identity import unpacked as unpacked_identity
from engine.refusals import Code, Refused
from engine.stores.batcher import LOST, Batcher
from engine.vault import Filed, Locked, Vault, destroy, locked

log = logging.getLogger(__name__)

TOO_MUCH = f"More than {ANSWERS_BYTES_MAX // 1024} KiB of answers in one cart."


@dataclass(frozen=True, slots=True)
class Kept:
    """What was answered in a cart so far, and for whom it is sealed; None when nobody yet, or when they are erased."""

    answers: Answers = field(default_factory=dict)
    person: Locked | None = None
    tax_identity: TaxIdentity = UNNAMED


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers to be written into a cart, and all that it may have any of."""

    cart: CartRef
    organizer: str
    change: AnswerChange = field(repr=False)
    questions: frozenset[str]
    tickets: frozenset[str]
    tax_identity: TaxIdentity | None = None  # None: it stays


class CartAnswers:
    def __init__(self, db: asyncpg.Pool, vault: Vault) -> None:
        self._db = db
        self._vault = vault
        self._reads: Batcher[CartRef, Kept] = Batcher("answers read", self._read, items_max=ORDERS_PER_COMMIT_MAX)
        self._writes: Batcher[Answering, Kept | Refused] = Batcher(
            "answers written", self._write, items_max=ORDERS_PER_COMMIT_MAX
        )

    async def of(self, cart: CartRef) -> Kept:
        return await self._reads.submit(cart)

    async def write(self, answering: Answering) -> Kept | Refused:
        """Write into a cart that has a row already; answers what it has now."""
        return await self._writes.submit(answering)

    def for_order(self, sale: str, order: str, answers: Sequence[Answered], person: Locked | None) -> Sealed | None:
        """Sealed for whoever buys; None when nothing was answered."""
        if not answers or person is None:
            return None
        value = self._vault.sealer.seal(person, place_of_order(sale, order), packed_for_order(answers))
        return None if value is None else Sealed(person.person, value)

    async def _read(self, carts: list[CartRef]) -> Sequence[Kept]:
        return await cart_answers(self._db, self._vault, carts)

    async def _write(self, batch: list[Answering]) -> Sequence[Kept | Refused]:
        try:
            async with self._db.acquire() as connection, connection.transaction():
                return await self._write_in(connection, batch)
        except LOST:
            raise
        except asyncpg.PostgresError as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                return [*await self._write(batch[:middle]), *await self._write(batch[middle:])]
            log.error("answers of cart %s could not be written", batch[0].cart.cart, exc_info=error)
            return [Refused(Code.INTERNAL)]

    async def _write_in(self, connection: asyncpg.Connection, batch: list[Answering]) -> Sequence[Kept | Refused]:
        carts = list({each.cart: None for each in batch})
        ids = [each.sale for each in carts], [each.cart for each in carts]
        await connection.execute(sql.LOCK_CARTS, *ids)
        rows = {(row["sale_id"], row["cart_id"]): row for row in await connection.fetch(sql.READ_CART_ANSWERS, *ids)}
        now = {each: _kept(self._vault, each, rows.get((each.sale, each.cart))) for each in carts}
        new: list[Filed] = []
        said: list[Kept | Refused] = []
        written: dict[CartRef, tuple[bytes, bytes | None]] = {}
        for each in batch:
            kept = now[each.cart]
            answers = merged(
                pruned(kept.answers, each.questions, each.tickets), each.change, time.time_ns() // 1_000_000
            )
            answers = pruned(answers, each.questions, each.tickets)
            text = packed(answers)
            if len(text.encode()) > ANSWERS_BYTES_MAX:
                said.append(Refused(Code.INVALID, {"fields": [{"path": "answers", "message": TOO_MUCH}]}))
                continue
            person = kept.person
            if person is None:
                new.append(self._vault.nameless(each.organizer, each.cart.buyer))
                person = new[-1].row
            identity = kept.tax_identity if each.tax_identity is None else each.tax_identity
            value = self._vault.sealer.seal(person, place_of_cart(each.cart), text)
            assert value is not None, "it was opened, or made, a moment ago"
            place = identity_in_cart(each.cart)
            sealed = self._vault.sealer.seal(person, place, packed_identity(identity)) if identity else None
            written[each.cart] = value, sealed
            now[each.cart] = Kept(answers, person, identity)
            said.append(now[each.cart])
        await self._vault.add(connection, new)
        await connection.execute(
            sql.WRITE_CART_ANSWERS,
            [each.sale for each in written],
            [each.cart for each in written],
            [person.person for each in written if (person := now[each].person) is not None],
            [answers for answers, _ in written.values()],
            [identity for _, identity in written.values()],
        )
        return said


class OrderAnswers:
    """Reads what was answered with orders."""

    def __init__(self, db: asyncpg.Pool, vault: Vault) -> None:
        self._db = db
        self._vault = vault

    async def read(self, by: Act, sale: str, orders: Sequence[str]) -> dict[str, tuple[Answered, ...]]:
        """Those of a sale's orders, for whoever works for its organizer; the audit trail notes it."""
        said = await self.of([(sale, order) for order in orders])
        if said:
            async with self._db.acquire() as connection, connection.transaction():
                await write(connection, by, "order.answers", sale, after={"orders": len(said)})
        return {order: answers for (_, order), answers in said.items()}

    async def of(self, refs: Collection[tuple[str, str]]) -> dict[tuple[str, str], tuple[Answered, ...]]:
        """By sale and order; orders without any, or of people who are erased, are left out."""
        return await order_answers(self._db, self._vault, refs)


async def cart_answers(db: asyncpg.Pool | asyncpg.Connection, vault: Vault, carts: Sequence[CartRef]) -> Sequence[Kept]:
    """What was answered in each of these carts."""
    rows = await db.fetch(sql.READ_CART_ANSWERS, [each.sale for each in carts], [each.cart for each in carts])
    found = {(row["sale_id"], row["cart_id"]): row for row in rows}
    return [_kept(vault, each, found.get((each.sale, each.cart))) for each in carts]


def _kept(vault: Vault, cart: CartRef, row: Any) -> Kept:
    if row is None or row["sealed"] is None:
        return Kept()
    person = locked(row, "person_id")
    text = vault.sealer.open(person, place_of_cart(cart), row["answers"])
    if text is None:
        log.error("answers of cart %s can't be read", cart.cart)
        return Kept()
    identity = row["tax_identity"] and vault.sealer.open(person, identity_in_cart(cart), row["tax_identity"])
    return Kept(unpacked(text), person, unpacked_identity(identity) if identity else UNNAMED)


async def order_answers(
    db: asyncpg.Pool | asyncpg.Connection, vault: Vault, refs: Collection[tuple[str, str]]
) -> dict[tuple[str, str], tuple[Answered, ...]]:
    """By sale and order; orders without any, or of people who are erased, are left out."""
    rows = await db.fetch(sql.READ_ORDER_ANSWERS, [sale for sale, _ in refs], [order for _, order in refs])
    found = {}
    for row in rows:
        sale, order = row["sale_id"], row["order_id"]
        text = vault.sealer.open(locked(row, "person_id"), place_of_order(sale, order), row["answers"])
        if text is None:
            log.error("answers of order %s can't be read", order)
        else:
            found[sale, order] = unpacked_of_order(text)
    return found


def place_of_cart(cart: CartRef) -> str:
    return f"answers of cart {cart.sale} {cart.cart}"


def identity_in_cart(cart: CartRef) -> str:
    return f"tax identity of cart {cart.sale} {cart.cart}"


def place_of_order(sale: str, order: str) -> str:
    return f"answers of order {sale} {order}"


async def forget_answers(connection: asyncpg.Connection, erasure: Erasure) -> None:
    """What people who are erased answered. Whoever writes into their carts holds the carts, and is waited for."""
    who = list(erasure.people), list(erasure.buyers)
    await connection.execute(sql.LOCK_CARTS_OF, *who)
    gone = await connection.fetch(sql.FORGET_CART_ANSWERS, *who)
    await connection.execute(sql.FORGET_ORDER_ANSWERS, *who)
    await destroy(connection, [row["person_id"] for row in gone])


async def place_answers(connection: asyncpg.Connection, sale: str, placed: Iterable[tuple[str, Sealed | None]]) -> None:
    """Write what was answered with these orders, where they were asked anything."""
    answered = [(order, answers) for order, answers in placed if answers is not None]
    if answered:
        await connection.execute(
            sql.PLACE_ORDER_ANSWERS,
            sale,
            [order for order, _ in answered],
            [answers.person for _, answers in answered],
            [answers.value for _, answers in answered],
        )
