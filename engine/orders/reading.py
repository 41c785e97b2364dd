"""OrderReader: orders as their buyers and organizers see them, read in batches.

Guarantees: only tickets of live lines of paid orders are shown, each with a payload that is signed when looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import asyncpg

from engine.access import SignedTicket, Signer
from engine.catalog import Day
from engine.catalog.model import NO_DUES
from engine.coupons import in_groups
from engine.credit import code_from
from engine.limits import ORDERS_PER_COMMIT_MAX
from engine.orders import sql
from engine.orders.fees import fees_in_hand, fees_of, taxes_of
from engine.orders.making import Channel, Making, Tender
from engine.orders.model import Line, OrderState
from engine.orders.move_model import voucher_name
from engine.orders.order_coupons import coupons_in_hand, coupons_of
from engine.orders.order_credit import credits_in_hand, credits_of
from engine.orders.order_view import OrderLine, OrderView, TicketView
from engine.orders.placing import Placement, Stamp
from engine.orders.price_books import PriceBooks
from engine.orders.pricing import PriceBook
from engine.orders.receipt_names import ReceiptName, receipt_name
from engine.orders.refund_model import Refunding
from engine.orders.refunded_credit import voucher_of
from engine.orders.settling import Issued
from engine.orders.sources import in_hand, source_of
from engine.stores.batcher import Batcher
from engine.vault import NOBODY, Contact, Plain, Vault, locked

OrderRef = tuple[str, str]  # sale, order
# What releases before the vault kept with carts and orders.
READ_PLAIN_CARTS = """
SELECT c.sale_id, c.id, c.buyer_id, sale.organizer_id, c.contact ->> 'name' AS name, c.contact ->> 'email' AS email,
       c.contact ->> 'phone' AS phone
FROM cart c JOIN sale_terms AS sale ON sale.id = c.sale_id WHERE c.contact <> '{}'
LIMIT $1 FOR UPDATE OF c SKIP LOCKED
"""
CART_TO_VAULT = """
UPDATE cart SET person_id = m.person_id, contact = '{}'
FROM unnest($1::text[], $2::text[], $3::text[]) AS m (sale_id, id, person_id)
WHERE cart.sale_id = m.sale_id AND cart.id = m.id
"""
PLAIN_CARTS = "SELECT count(*) FROM cart WHERE contact <> '{}'"
READ_PLAIN_ORDERS = """
SELECT o.sale_id, o.id, o.buyer_id, sale.organizer_id, o.contact ->> 'name' AS name, o.contact ->> 'email' AS email,
       o.contact ->> 'phone' AS phone
FROM orders o JOIN sale_terms AS sale ON sale.id = o.sale_id WHERE o.contact <> '{}'
LIMIT $1 FOR UPDATE OF o SKIP LOCKED
"""
ORDER_TO_VAULT = """
UPDATE orders SET person_id = m.person_id, contact = '{}'
FROM unnest($1::text[], $2::text[], $3::text[]) AS m (sale_id, id, person_id)
WHERE orders.sale_id = m.sale_id AND orders.id = m.id
"""
PLAIN_ORDERS = "SELECT count(*) FROM orders WHERE contact <> '{}'"
PLAIN_CONTACTS = (
    Plain("orders", ("sale_id", "id"), READ_PLAIN_ORDERS, ORDER_TO_VAULT, PLAIN_ORDERS),
    Plain("carts", ("sale_id", "id"), READ_PLAIN_CARTS, CART_TO_VAULT, PLAIN_CARTS),
)


@dataclass(frozen=True, slots=True)
class OrderRows:
    """An order as it is stored."""

    order: Any
    lines: Sequence[Any]

    @property
    def state(self) -> OrderState:
        return OrderState(self.order["state"])


class OrderReader:
    def __init__(self, db: asyncpg.Pool, price_books: PriceBooks, signer: Signer, vault: Vault) -> None:
        self._db = db
        self._price_books = price_books
        self._signer = signer
        self._vault = vault
        self._rows: Batcher[OrderRef, OrderRows | None] = Batcher(
            "orders read", self._read, items_max=ORDERS_PER_COMMIT_MAX
        )

    async def rows(self, sale: str, order: str) -> OrderRows | None:
        return await self._rows.submit((sale, order))

    async def view(self, sale: str, order: str) -> OrderView | None:
        """An order in full; None when there is none. A tombstone is none."""
        rows = await self.rows(sale, order)
        return None if rows is None else await self.view_of(rows)

    async def receipt_name(self, sale: str, order: str) -> ReceiptName:
        """Whom its receipt is made out to, besides its buyer."""
        return await receipt_name(self._db, self._vault, sale, order)

    async def email(self, sale: str, order: str) -> str:
        """Where whoever bought can be written to; "" when nobody knows."""
        rows = await self.rows(sale, order)
        return "" if rows is None else contact_of(rows.order, self._vault).email.strip()

    async def view_of(self, rows: OrderRows) -> OrderView:
        book = await self._price_books.of(rows.order["sale_id"])
        return order_view(rows, book, self._signer, contact_of(rows.order, self._vault))

    async def _read(self, refs: list[OrderRef]) -> Sequence[OrderRows | None]:
        # Two that ask for the same order must not have its lines twice.
        asked = set(refs)
        sales, orders = [sale for sale, _ in asked], [order for _, order in asked]
        found = {(row["sale_id"], row["id"]): row for row in await self._db.fetch(sql.READ_ORDERS, sales, orders)}
        lines = defaultdict(list)
        for row in await self._db.fetch(sql.READ_ORDER_LINES, sales, orders):
            lines[row["sale_id"], row["order_id"]].append(row)
        return [OrderRows(found[ref], lines[ref]) if ref in found else None for ref in refs]


def rows_in_hand(sale: str, placement: Placement, stamp: Stamp, issued: Issued) -> OrderRows:
    """A paid order as it would be read, of what was just written."""
    order = {
        "sale_id": sale,
        "id": placement.order,
        "cart_id": placement.cart,
        "buyer_id": placement.buyer,
        "state": OrderState.PAID.value,
        "total": placement.total,
        "currency": stamp.currency,
        "contact": placement.contact,
        "person_id": placement.person,
        "code": placement.code,
        "placed_at": stamp.placed_at,
        "paid_at": issued.paid_at,
        "failure": "",
        "terms_version": stamp.terms,
        "has_key": bool(placement.key_hash),
        "key_changes": 0,
        "channel": placement.making.channel.value,
        "issuer": placement.making.issuer,
        "tender": placement.making.tender.value,
        "allocation": stamp.allocation,
        "reason": None,
        "price_list": placement.list,
        "revision": 0,
        "given_back": 0,
        "refunds": None,
        "fees": fees_in_hand(placement.fees),
        "coupons": coupons_in_hand(placement.coupons),
        "credit": placement.credit,
        "credits": credits_in_hand(placement.spends),
        "card_last4": placement.last4,
        "provider": placement.provider,
        "pay_by": None,
        "pay_with": None,
        **in_hand(placement.source),
    }
    tickets = iter(issued.tickets)
    lines = [
        {
            "sale_id": sale,
            "order_id": placement.order,
            "seat": line.seat,
            "pool_id": line.pool,
            "ticket_type": line.type,
            "price": line.price,
            "full_price": line.full_price,
            "tax": line.tax or None,
            "owed": line.owed if line.added else None,
            "live": True,
            "ticket": next(tickets) if line.admits else None,
            "blocked": False,
        }
        for line in placement.lines
    ]
    return OrderRows(order, lines)


def order_view(rows: OrderRows, book: PriceBook | None, signer: Signer, contact: Contact) -> OrderView:
    order = rows.order
    dues = NO_DUES if book is None else book.list_of(order["price_list"]).dues
    lines = []
    tickets = []
    for row in rows.lines:
        line = Line.read(row)
        spot = book.spot(line.seat) if book is not None and line.seat is not None else None
        lines.append(OrderLine(line, spot, dues.taxes.get(line.type, dues.tax) if line.tax else None, row["live"]))
        if rows.state is OrderState.PAID and row["live"] and row["ticket"] is not None:
            said = SignedTicket(order["sale_id"], row["ticket"], line.item)
            days = book.days_of(line) if book is not None else ()
            tickets.append(
                TicketView(said.ticket, said.item, partial(signer.ticket_payload, said), days, row["blocked"])
            )
    fees, awaits = fees_of(order), rows.state is OrderState.AWAITING
    return OrderView(
        id=order["id"],
        sale=order["sale_id"],
        code=order["code"],
        state=rows.state,
        total=order["total"],
        currency=order["currency"],
        lines=tuple(lines),
        tickets=tuple(tickets),
        contact=contact,
        placed_at=order["placed_at"],
        paid_at=order["paid_at"],
        card_last4=order["card_last4"],
        failure=order["failure"],
        making=Making(Channel(order["channel"]), order["issuer"], Tender(order["tender"])),
        allocation=order["allocation"],
        reason=order["reason"] or "",
        full_price=None if order["reason"] is None else sum(row["full_price"] or 0 for row in rows.lines),
        terms=order["terms_version"],
        has_key=order["has_key"],
        key_changes=order["key_changes"],
        source=source_of(order),
        fees=fees,
        taxes=taxes_of([each.line for each in lines], fees, dues),
        coupons=coupons_of(order),
        given_back=order["given_back"],
        refunds=tuple(refunding_of(order, each, signer) for each in order["refunds"] or ()),
        pay_by=order["pay_by"] if awaits else None,
        pay_with=order["pay_with"] if awaits else None,
        credits=credits_of(order),
    )


def refunding_of(order: Any, row: Any, signer: Signer) -> Refunding:
    """With the codes of the voucher that it was given as, and of those that a move had paid with."""
    read = Refunding.read(row)
    told = tuple((in_groups(code_from(signer, voucher_name(move))), back) for move, back in row["to_moves"] or ())
    return replace(read, code=voucher_of(signer, order["sale_id"], order["id"], read), told=told)


def admitted(order: OrderView) -> tuple[Day, ...]:
    """The days to which the tickets of an order admit, soonest first."""
    days = {day.id: day for ticket in order.tickets for day in ticket.days}
    return tuple(sorted(days.values(), key=lambda day: day.starts_at))


def contact_of(row: Any, vault: Vault) -> Contact:
    """The contact of a cart or order: of the person in the vault, else as releases before the vault kept it."""
    stored = row["contact"]
    if isinstance(stored, Contact):
        return stored  # it is in hand
    if row["person_id"] is None:
        return Contact(stored.get("name", ""), stored.get("email", ""), stored.get("phone", ""))
    if row["sealed"] is None:
        return NOBODY  # erased
    return vault.contact(locked(row, "person_id"))
