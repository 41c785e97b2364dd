"""Tickets: what an order says on paper, in the buyer's language; and what receipts and letters say alike.

Pure: makes the data of the templates from an order and its sale, and QR codes: dark modules on white, with the quiet
zone that scanners need. Needs an order that was paid. A code is the signed ticket itself; nothing here keeps it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import segno

from engine.catalog import Day
from engine.catalog.model import EventStatus, Tax, percent_of
from engine.money import money
from engine.orders import OrderLine, OrderView, TaxSum, TicketView
from server.buying.about import About
from server.pages.changed import NOTHING_THEN, when_words
from server.pages.facts import Names
from server.pages.language import moment, say

QUIET_MODULES = 4
PIXELS_PER_MODULE = 8
WORDS = ("ticket", "type", "price", "total", "code", "receipt", "show")


def tickets_data(order: OrderView, about: About, names: Names, language: str) -> dict[str, Any]:
    """For tickets.typ."""
    data = paper_data(order, about, names, language)
    return data | {"tickets": [each | {"qr": qr_svg(each["payload"]).decode()} for each in data["tickets"]]}


def paper_data(order: OrderView, about: About, names: Names, language: str) -> dict[str, Any]:
    """The same without drawings of codes."""
    pairs = ticket_lines(order)
    return {
        **heading(order, about, language),
        "tickets": [
            _ticket(ticket, line, order.currency, about, names=names, language=language)
            | {"count": say(language, "of", n=number, total=len(pairs))}
            for number, (ticket, line) in enumerate(pairs, 1)
        ],
    }


def ticket_lines(order: OrderView) -> list[tuple[TicketView, OrderLine]]:
    """Each ticket with its line: tickets and lines are in the same order, but not every line need have a ticket."""
    lines = iter(order.lines)
    return [(ticket, next(line for line in lines if line.line.item == ticket.item)) for ticket in order.tickets]


def owed_rows(order: OrderView, language: str) -> list[tuple[str, str]]:
    """What stands between the prices of an order and its total; nothing where nothing does."""
    discount = sum(line.line.list_price - line.line.price for line in order.lines)
    rows = [(say(language, "discount"), money(-discount, order.currency, language))] if discount else []
    return rows + dues_rows(order, language)


def dues_rows(order: OrderView, language: str) -> list[tuple[str, str]]:
    """Fees, and taxes that are added."""
    added = [each for each in order.taxes if not each.tax.included and each.amount]
    rows = [(fee.name, fee.price) for fee in order.fees]
    rows += [(tax_words(each, language), each.amount) for each in added]
    return [(name, money(amount, order.currency, language)) for name, amount in rows]


def tax_words(each: TaxSum, language: str) -> str:
    return f"{each.tax.name} {percent_words(each.tax, language)}"


def percent_words(tax: Tax, language: str) -> str:
    rate = percent_of(tax.ppm)
    return f"{rate if language == 'en' else rate.replace('.', ',')} %"


def line_words(line: OrderLine, about: About, names: Names, language: str) -> str:
    """One line of an order, as a letter names it: Section Stalls · Row 3 · Seat 4 · Reduced."""
    if about.promo:
        return about.name
    parts = _place(line, names, language)
    words = [f"{part['name']} {part['value']}" for part in parts] if len(parts) > 1 else [parts[0]["value"]]
    return " · ".join(filter(None, (*words, type_words(line, about, names))))


def heading(order: OrderView, about: About, language: str) -> dict[str, Any]:
    words = {word: say(language, word) for word in WORDS}
    if about.promo:
        words["show"] = say(language, "show_store")
    return {
        "language": language,
        "title": f"{say(language, 'tickets')}: {about.name}",
        "event": about.name,
        "when": _when(about, language),
        "venue": about.where,
        "code": order.code,
        "words": words,
    }


def _when(about: About, language: str) -> str:
    if about.starts_at is not None:
        when = when_words(about, about.starts_at, language)
        return when if about.status in NOTHING_THEN else say(language, "doors", when=when)
    if about.offered_until is not None:
        return say(language, "offered_until", when=moment(about.offered_until, about.zone, language))
    return ""


def _ticket(
    ticket: TicketView, line: OrderLine, currency: str, about: About, *, names: Names, language: str
) -> dict[str, Any]:
    collect = [{"name": say(language, "collect_at"), "value": about.place}]
    return {
        "id": ticket.id,
        "place": collect if about.promo else _place(line, names, language),
        "type": type_words(line, about, names),
        "price": money(line.line.price, currency, language),
        "payload": ticket.payload,
        "when": day_lines(ticket.days, about, language) or [_when(about, language)],
    }


def day_lines(days: Sequence[Day], about: About, language: str) -> list[str]:
    """When these days are, a line for each; where the event has no date, what became of it and what they are called."""
    if not days or about.starts_at is None:
        return []
    if about.status in NOTHING_THEN:
        return [_when(about, language), ", ".join(day.name for day in days)]
    lines = [f"{day.name}: {moment(day.starts_at, about.zone, language)}" for day in days]
    return lines if about.status is EventStatus.SCHEDULED else [*lines, when_words(about, about.starts_at, language)]


def type_words(line: OrderLine, about: About, names: Names) -> str:
    """The ticket type by its name; a product, and what a promo sells, has none worth a word."""
    return "" if about.promo or not line.line.admits else names.types.get(line.line.type, line.line.type)


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


def place_words(line: OrderLine, names: Names, language: str) -> str:
    return " · ".join(part["value"] for part in _place(line, names, language))


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
