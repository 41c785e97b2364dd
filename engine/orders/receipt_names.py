"""Receipt names: whom the receipts of orders are made out to, sealed for whoever bought.

Owns order_tax_identity. Guarantees: none can be read in another's place, nor once the person is erased, which the row
goes on saying; who writes one holds the person and then the order, so that an erasure, and whoever numbers the receipt,
come before or after it. Whether it may still be written is for receipts to say. Fails as Postgres does.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from engine.context import Erasure, Section, Told, Violation
from engine.limits import KNOWN_ROWS_MAX
from engine.orders.model import OrderState, Sealed
from engine.orders.tax_identity import UNNAMED, TaxIdentity, packed, unpacked
from engine.vault import Locked, Vault, locked

log = logging.getLogger(__name__)

INVARIANT = 16  # everybody in the vault can be read, and so can whom their receipts name
PLACE = """
INSERT INTO order_tax_identity (sale_id, order_id, person_id, identity)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::bytea[])
"""
READ_ALL = """
SELECT i.order_id, i.person_id, i.identity, p.ring_key, p.data_key, p.sealed
FROM order_tax_identity i LEFT JOIN LATERAL (
    SELECT * FROM sealed_person WHERE sealed_person.id = i.person_id
) AS p ON true
WHERE i.sale_id = $1
"""
READ = f"{READ_ALL} AND i.order_id = $2"
WHO_BOUGHT = "SELECT buyer_id, person_id FROM orders WHERE sale_id = $1 AND id = $2"
# Whoever gives the receipt its number holds the order too.
HOLD = "SELECT state, total FROM orders WHERE sale_id = $1 AND id = $2 FOR UPDATE"
HOLD_TO_NUMBER = """
SELECT FROM unnest($1::text[], $2::text[]) AS a (sale_id, id)
JOIN orders o ON o.sale_id = a.sale_id AND o.id = a.id ORDER BY o.sale_id, o.id FOR KEY SHARE OF o
"""
WRITE = """
INSERT INTO order_tax_identity (sale_id, order_id, person_id, identity) VALUES ($1, $2, $3, $4)
ON CONFLICT (sale_id, order_id) DO UPDATE SET person_id = excluded.person_id, identity = excluded.identity
"""
REMOVE = "DELETE FROM order_tax_identity WHERE sale_id = $1 AND order_id = $2"
# Of some people ($1), found by the buyers ($2) who typed them.
FORGET = """
UPDATE order_tax_identity i SET person_id = NULL, identity = NULL FROM orders o
WHERE o.buyer_id = ANY ($2::text[]) AND i.sale_id = o.sale_id AND i.order_id = o.id
    AND (o.person_id = ANY ($1::text[]) OR i.person_id = ANY ($1::text[]))
"""
KNOWN = """
SELECT i.sale_id, i.order_id, o.code FROM orders o
JOIN order_tax_identity i ON i.sale_id = o.sale_id AND i.order_id = o.id
JOIN sale_terms s ON s.id = o.sale_id
WHERE o.buyer_id = ANY ($2::text[]) AND (o.person_id = ANY ($1::text[]) OR i.person_id = ANY ($1::text[]))
  AND ($3::text IS NULL OR s.organizer_id = $3)
ORDER BY o.placed_at, o.id LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class ReceiptName:
    """Whom the receipt of an order is made out to, besides its buyer."""

    identity: TaxIdentity = UNNAMED
    erased: bool = False  # there was one, and its person is gone


@dataclass(frozen=True, slots=True)
class HeldOrder:
    state: OrderState
    total: int


def place_of(sale: str, order: str) -> str:
    return f"tax identity of order {sale} {order}"


def seal_identity(vault: Vault, person: Locked, sale: str, order: str, identity: TaxIdentity) -> Sealed | None:
    """Sealed for whoever buys; None of one that is empty."""
    value = vault.sealer.seal(person, place_of(sale, order), packed(identity)) if identity else None
    return None if value is None else Sealed(person.person, value)


async def place_identities(
    connection: asyncpg.Connection, sale: str, placed: Iterable[tuple[str, Sealed | None]]
) -> None:
    """Write whom the receipts of these orders are made out to, where anybody is named."""
    named = [(order, identity) for order, identity in placed if identity is not None]
    if named:
        await connection.execute(
            PLACE,
            sale,
            [order for order, _ in named],
            [identity.person for _, identity in named],
            [identity.value for _, identity in named],
        )


async def receipt_name(db: asyncpg.Pool | asyncpg.Connection, vault: Vault, sale: str, order: str) -> ReceiptName:
    row = await db.fetchrow(READ, sale, order)
    if row is None:
        return ReceiptName()
    if row["identity"] is None:
        return ReceiptName(erased=True)
    text = _opened(vault, sale, row)
    if text is None:
        log.error("whom the receipt of order %s is made out to can't be read", order)
    return ReceiptName() if text is None else ReceiptName(unpacked(text))


def _opened(vault: Vault, sale: str, row: Any) -> str | None:
    if row["sealed"] is None:
        return None
    return vault.sealer.open(locked(row, "person_id"), place_of(sale, row["order_id"]), row["identity"])


# ── writing it later ──


async def hold_order(
    connection: asyncpg.Connection, vault: Vault, organizer: str, sale: str, order: str
) -> tuple[HeldOrder, Locked] | None:
    """The order, and for whom to seal what is written of it; None when there is none, or its buyer was erased.

    Until the transaction ends nobody gives its receipt a number, and nobody erases the person.
    """
    who = await connection.fetchrow(WHO_BOUGHT, sale, order)
    if who is None:
        return None
    if who["person_id"] is None:  # of a release before the vault
        filed = vault.nameless(organizer, who["buyer_id"])
        await vault.add(connection, [filed])
        people = [filed.row]
    else:
        people = await vault.lock(connection, [who["person_id"]])
    held = await connection.fetchrow(HOLD, sale, order)
    return (HeldOrder(OrderState(held["state"]), held["total"]), people[0]) if people else None


async def hold_to_number(connection: asyncpg.Connection, sales: Sequence[str], orders: Sequence[str]) -> None:
    """Until the transaction ends nobody writes whom the receipts of these orders are made out to."""
    await connection.execute(HOLD_TO_NUMBER, list(sales), list(orders))


async def write_identity(connection: asyncpg.Connection, sale: str, order: str, identity: Sealed | None) -> None:
    """Write it, or take out what was there; the caller holds the order."""
    if identity is None:
        await connection.execute(REMOVE, sale, order)
    else:
        await connection.execute(WRITE, sale, order, identity.person, identity.value)


# ── of whoever is erased, or asks what is known ──


async def forget_identities(connection: asyncpg.Connection, erasure: Erasure) -> None:
    """Whom receipts of people who are erased were made out to; that somebody was named stays."""
    await connection.execute(FORGET, list(erasure.people), list(erasure.buyers))


async def known_identities(connection: asyncpg.Connection, vault: Vault, told: Told) -> Section:
    rows = await connection.fetch(KNOWN, list(told.people), list(told.buyers), told.organizer_id, KNOWN_ROWS_MAX)
    said = []
    for row in rows:
        name = await receipt_name(connection, vault, row["sale_id"], row["order_id"])
        if name.identity:
            said.append({"sale": row["sale_id"], "code": row["code"], **name.identity.wire()})
    return Section("tax identities", ("sale", "code", *UNNAMED.wire()), said)


async def identity_violations(connection: asyncpg.Connection, vault: Vault, sale: str) -> list[Violation]:
    """Those that can't be read though nobody was erased: they were changed or moved, or their person is gone."""
    return [
        Violation(INVARIANT, f"order {row['order_id']}", "whom its receipt is made out to can't be read")
        for row in await connection.fetch(READ_ALL, sale)
        if row["identity"] is not None and _opened(vault, sale, row) is None
    ]
