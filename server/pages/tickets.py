"""Tickets and receipts: what an order says on paper, in the buyer's language.

Pure: makes the data of the templates from an order and its sale, and QR codes: dark modules on white, with the quiet
zone that scanners need. Needs an order that was paid. A code is the signed ticket itself; nothing here keeps it.
"""

from __future__ import annotations

import io
from typing import Any

import segno

from engine.money import money
from engine.orders import OrderLine, OrderView, TicketView
from server.pages.facts import Names, SaleFacts
from server.pages.formats import moment
from server.pages.language import say

QUIET_MODULES = 4
PIXELS_PER_MODULE = 8
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


# ── QR codes ──


def qr_svg(text: str) -> bytes:
    """A drawing that scales; it names no size, so that a page can."""
    made = io.BytesIO()
    _code(text).save(made, kind="svg", border=QUIET_MODULES, light="#fff", xmldecl=False, omitsize=True)
    return made.getvalue()


def qr_png(text: str) -> bytes:
    made = io.BytesIO()
    _code(text).save(made, kind="png", border=QUIET_MODULES, scale=PIXELS_PER_MODULE)
    return made.getvalue()


def _code(text: str) -> segno.QRCode:
    """Correction M: a worn printout still opens the gate."""
    return segno.make_qr(text, error="m", boost_error=False)
