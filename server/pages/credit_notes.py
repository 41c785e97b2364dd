"""Credit notes on paper: what of a receipt is taken back, line by line, with the tax of each.

Pure: makes the data of receipt.typ from a refund, its parts, and the receipt that it corrects.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.money import money
from engine.orders import OrderView, ReceiptName
from engine.pricing import Part
from engine.receipts import Receipt
from server.buying.about import About
from server.pages.facts import Names
from server.pages.language import moment, say
from server.pages.receipts import NOBODY_ELSE, WORDS, buyer_lines, party_lines
from server.pages.tickets import heading, place_words, type_words


def credit_note_data(
    order: OrderView,
    about: About,
    names: Names,
    language: str,
    note: Receipt,
    *,
    corrects: Receipt,
    parts: Sequence[Part],
    name: ReceiptName = NOBODY_ELSE,
) -> dict[str, Any]:
    """For receipt.typ."""
    head, title, zone = heading(order, about, language), say(language, "credit_note"), note.seller.zone
    rows = {
        "receipt_number": note.number,
        "issued_at": moment(note.issued_at, zone, language),
        "corrects": f"{corrects.number} ({moment(corrects.issued_at, zone, language)})",
        "code": order.code,
    }
    return {
        **head,
        "title": f"{title} {note.number}",
        "words": head["words"] | {word: say(language, word) for word in WORDS} | {"receipt": title},
        "number": note.number,
        "note": note.seller.note,
        "seller": party_lines(note.seller, language),
        "buyer": buyer_lines(order, name, language),
        "owed": [],
        "total": money(-note.total, order.currency, language),
        "taxes": [],
        "rows": [{"name": say(language, word), "value": value} for word, value in rows.items()],
        "lines": [_line(part, order, about, names, language) for part in parts],
    }


def _line(part: Part, order: OrderView, about: About, names: Names, language: str) -> dict[str, str]:
    named, kind = "", ""
    if part.line is not None:
        line = order.lines[part.line]
        named = about.name if about.promo else place_words(line, names, language)
        kind = type_words(line, about, names)
    if part.fee is not None:
        fee = next((each.name for each in order.fees if each.fee == part.fee), part.fee)
        named, kind = (f"{fee} · {named}", "") if named else (fee, "")
    tax = money(-part.tax, order.currency, language) if part.tax else ""
    price = money(-part.owed, order.currency, language)
    return {"name": named, "type": kind, "list_price": "", "discount": "", "tax": tax, "price": price}
