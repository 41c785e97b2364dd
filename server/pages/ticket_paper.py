"""Tickets as letters carry them: the page of tickets.typ, drawn directly, in a twentieth of the time.

Pure. Answers None where our own fonts lack a character: then Typst draws, which has more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.pages import qr
from server.pages.paper import MM, Colour, Sheet, pdf
from server.pages.typefaces import Typeface, typeface

INK: Colour = (0.078, 0.09, 0.102)
QUIET: Colour = (0.373, 0.4, 0.424)
RULE: Colour = (0.835, 0.847, 0.824)
STOCK: Colour = (1.0, 0.776, 0.161)
WHITE: Colour = (1.0, 1.0, 1.0)
WIDTH, HEIGHT, SIDE = 148 * MM, 210 * MM, 14 * MM
CODE, NOTCH, GAP = 60 * MM, 4 * MM, 6 * MM
TITLE_SIZES, TITLE_LINES_MAX = (30.0, 24.0, 18.0), 3
SIZE_MIN = 6.0
WHEN_SIZE, DAY_SIZE, WHEN_LINES_MAX = 11.0, 8.5, 4  # of a ticket for many days, so that its code stays large
FOOT = 18 * MM  # kept free below


def tickets_pdf(data: Mapping[str, Any]) -> bytes | None:
    """`data` as for tickets.typ, with the payload of each ticket."""
    try:
        sheets = [sheet_of(data, ticket) for ticket in data["tickets"]]
        return pdf(sheets, data["title"], data["language"])
    except ValueError:
        return None


def sheet_of(data: Mapping[str, Any], ticket: Mapping[str, Any]) -> Sheet:
    sheet = Sheet(WIDTH, HEIGHT)
    y = facts_of(sheet, data, ticket, stub(sheet, data, ticket))
    regular, bold, words = typeface("Archivo-Regular"), typeface("Archivo-Bold"), data["words"]
    top = y + max(GAP, (HEIGHT - FOOT - y - CODE - 5 * MM) / 2)
    size = min(CODE, HEIGHT - FOOT - top - 5 * MM)
    sheet.box((WIDTH - size) / 2, top, size, size, WHITE)
    rows = qr.rows(ticket["payload"])
    quiet = size * qr.QUIET_MODULES / (len(rows) + 2 * qr.QUIET_MODULES)
    sheet.code((WIDTH - size) / 2 + quiet, top + quiet, size - 2 * quiet, rows, INK)
    show, show_size = fitted(words["show"], regular, 8, WIDTH - 2 * SIDE)
    sheet.text(
        (WIDTH - regular.width(show, show_size)) / 2, top + size + 3 * MM, show, regular, show_size, colour=QUIET
    )
    foot = HEIGHT - 10 * MM
    sheet.dashes(SIDE, foot - 5 * MM, WIDTH - 2 * SIDE, RULE)
    label = words["code"].upper()
    sheet.text(SIDE, foot, label, regular, 7.5, colour=QUIET)
    sheet.text(SIDE + regular.width(label, 7.5) + 2 * MM, foot, data["code"], bold, 9, colour=INK)
    sheet.text(WIDTH - SIDE - regular.width(ticket["id"], 7.5), foot, ticket["id"], regular, 7.5, colour=QUIET)
    return sheet


def stub(sheet: Sheet, data: Mapping[str, Any], ticket: Mapping[str, Any]) -> float:
    """What all tickets of an order have in common, and when this one admits; answers where it ends."""
    narrow, regular, bold = typeface("ArchivoNarrow-Bold"), typeface("Archivo-Regular"), typeface("Archivo-Bold")
    room = WIDTH - 2 * SIDE
    titles = [(wrapped(data["event"], narrow, size, room), size) for size in TITLE_SIZES]
    title, title_size = next((each for each in titles if len(each[0]) <= TITLE_LINES_MAX), titles[-1])
    small = DAY_SIZE if len(ticket["when"]) > WHEN_LINES_MAX else WHEN_SIZE
    when = [line for each in ticket["when"] for line in wrapped(each, bold, small, room)]
    where, count = wrapped(data["venue"], regular, 11, room)[:2], ticket["count"]
    lines = [(line, narrow, title_size, 1.0) for line in title[:TITLE_LINES_MAX]]
    lines += [(line, bold, small, 1.7 if nth == 0 else 1.35) for nth, line in enumerate(when)]
    lines += [(line, regular, 11.0, 1.35) for line in where]
    end = 12 * MM + 13 + 7 * MM + sum(size * leading for _, _, size, leading in lines) + 9 * MM
    sheet.box(0, 0, WIDTH, end, STOCK)
    for x in (0.0, WIDTH):
        sheet.circle(x, end, NOTCH, WHITE)
    y = 12 * MM + 10
    sheet.text(SIDE, y, "AFORO", narrow, 13, colour=INK)
    sheet.text(WIDTH - SIDE - regular.width(count, 9), y, count, regular, 9, colour=INK)
    y += 7 * MM
    for line, face, size, leading in lines:
        y += size * leading
        sheet.text(SIDE, y, line, face, size, colour=INK)
    return end


def facts_of(sheet: Sheet, data: Mapping[str, Any], ticket: Mapping[str, Any], y: float) -> float:
    """Where the ticket lets in, of which type it is, and for how much; answers where that ends."""
    place, words = ticket["place"], data["words"]
    shares = (2, 1, 1) if len(place) == 3 else (1,) * len(place)
    big = 22.0 if len(place) > 1 else 18.0
    y = fact_row(sheet, [(part["name"], part["value"], big) for part in place], shares, y + 11 * MM)
    rest = [(words["type"], ticket["type"], 12.0)] if ticket["type"] else []
    return fact_row(sheet, [*rest, (words["price"], ticket["price"], 12.0)], (1, 1), y + 8 * MM)


def fact_row(sheet: Sheet, facts: Sequence[tuple[str, str, float]], shares: Sequence[int], y: float) -> float:
    regular, bold = typeface("Archivo-Regular"), typeface("Archivo-Bold")
    room = WIDTH - 2 * SIDE - GAP * (len(shares) - 1)
    x, base = SIDE, y + max(size for _, _, size in facts) + 1.5 * MM
    for (name, value, size), share in zip(facts, shares, strict=False):
        width = room * share / sum(shares)
        label, label_size = fitted(name.upper(), regular, 7.5, width)
        sheet.text(x, y, label, regular, label_size, colour=QUIET)
        shown, shown_size = fitted(value, bold, size, width)
        sheet.text(x, base, shown, bold, shown_size, colour=INK)
        x += width + GAP
    return base


def fitted(text: str, face: Typeface, size: float, room: float) -> tuple[str, float]:
    """The text on one line: smaller, and where that is not enough, cut."""
    width = face.width(text, size)
    size = max(SIZE_MIN, size * min(1.0, room / width if width else 1.0))
    while text and face.width(text, size) > room:
        text = text[:-2] + "…"
    return text, size


def wrapped(text: str, face: Typeface, size: float, room: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and face.width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(fitted(word, face, size, room)[0])
    return lines
