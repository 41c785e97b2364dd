"""Tickets and receipts: what an order says on paper, in the buyer's language.

Pure: makes the data of the templates from an order and its sale. Needs an order that was paid.
"""

from __future__ import annotations

from typing import Any

from engine.money import money
from engine.orders import OrderLine, OrderView, TicketView
from server.pages.facts import Names, SaleFacts
from server.pages.formats import moment
from server.pages.language import say
from server.pages.qr import qr_svg

WORDS = ("ticket", "type", "price", "total", "code", "receipt", "show")


def tickets_data(order: OrderView, sale: SaleFacts, names: Names, language: str) -> dict[str, Any]:
    """For tickets.typ."""
    pairs = ticket_lines(order)
    return {
        **_heading(order, sale, language),
        "tickets": [
            _ticket(ticket, line, order.currency, names, language)
            | {"count": say(language, "of", n=number, total=len(pairs))}
            for number, (ticket, line) in enumerate(pairs, 1)
        ],
    }


def ticket_lines(order: OrderView) -> list[tuple[TicketView, OrderLine]]:
    """Each ticket with its line: tickets and lines are in the same order, but not every line need have a ticket."""
    lines = iter(order.lines)
    return [(ticket, next(line for line in lines if line.line.item == ticket.item)) for ticket in order.tickets]


def receipt_data(order: OrderView, sale: SaleFacts, names: Names, language: str) -> dict[str, Any]:
    """For receipt.typ."""
    rows = {say(language, "code"): order.code}
    if order.paid_at is not None:
        rows[say(language, "paid_at")] = moment(order.paid_at, sale.zone, language)
    if order.card_last4:
        rows[say(language, "paid_with")] = say(language, "card", last4=order.card_last4)
    if order.contact.name:
        rows[say(language, "buyer")] = order.contact.name
    return {
        **_heading(order, sale, language),
        "total": money(order.total, order.currency, language),
        "rows": [{"name": name, "value": value} for name, value in rows.items()],
        "tickets": [
            {
                "name": " · ".join(part["value"] for part in _place(line, names, language)),
                "type": names.types.get(line.line.type, line.line.type),
                "price": money(line.line.price, order.currency, language),
            }
            for line in order.lines
        ],
    }


def _heading(order: OrderView, sale: SaleFacts, language: str) -> dict[str, Any]:
    return {
        "language": language,
        "title": f"{say(language, 'tickets')}: {sale.name}",
        "event": sale.name,
        "when": say(language, "doors", when=moment(sale.starts_at, sale.zone, language)),
        "venue": ", ".join(part for part in (sale.venue, sale.address) if part),
        "code": order.code,
        "words": {word: say(language, word) for word in WORDS},
    }


def _ticket(ticket: TicketView, line: OrderLine, currency: str, names: Names, language: str) -> dict[str, Any]:
    return {
        "id": ticket.id,
        "place": _place(line, names, language),
        "type": names.types.get(line.line.type, line.line.type),
        "price": money(line.line.price, currency, language),
        "qr": qr_svg(ticket.payload).decode(),
    }


def _place(line: OrderLine, names: Names, language: str) -> list[dict[str, str]]:
    """Where the ticket lets its holder in: section, row and seat, or the pool."""
    seat, pool = line.line.seat, line.line.pool
    spot = None if seat is None else names.spots.get(seat)
    if spot is not None:
        parts = {"section": spot.section, "row": spot.row, "seat": spot.seat}
        return [{"name": say(language, word), "value": value} for word, value in parts.items() if value]
    if pool is not None:
        return [{"name": say(language, "pool"), "value": names.pools.get(pool, pool)}]
    return [{"name": say(language, "seat"), "value": str(seat)}]
