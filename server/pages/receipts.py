"""Receipts on paper: who sold what to whom, for how much, and what of it is tax, in the buyer's language.

Pure: makes the data of receipt.typ from an order, its sale and its receipt. Without a number it is a summary of the
order, which says that it is no receipt. Needs an order that was paid.
"""

from __future__ import annotations

from typing import Any

from engine.money import money
from engine.orders import TENDERS_BY_HAND, OrderLine, OrderView, ReceiptName, TaxIdentity
from engine.receipts import LegalIdentity, Receipt
from server.buying.about import About
from server.pages.changed import NOTHING_THEN
from server.pages.facts import Names
from server.pages.language import moment, say
from server.pages.tickets import dues_rows, heading, percent_words, place_words, tax_words, type_words

NOBODY_ELSE = ReceiptName()
WORDS = ("seller", "buyer", "list_price", "discount", "tax", "amount", "net")


def receipt_data(
    order: OrderView,
    about: About,
    names: Names,
    language: str,
    receipt: Receipt | None = None,
    *,
    name: ReceiptName = NOBODY_ELSE,
) -> dict[str, Any]:
    """For receipt.typ."""
    head = heading(order, about, language)
    title = say(language, "summary" if receipt is None else "receipt")
    return {
        **head,
        "title": title if receipt is None else f"{title} {receipt.number}",
        "words": head["words"] | {word: say(language, word) for word in WORDS} | {"receipt": title},
        "number": "" if receipt is None else receipt.number,
        "note": say(language, "no_receipt") if receipt is None else receipt.seller.note,
        "seller": [] if receipt is None else party_lines(receipt.seller, language),
        "buyer": buyer_lines(order, name, language),
        "owed": [{"name": name, "value": value} for name, value in dues_rows(order, language)],
        "total": money(order.total, order.currency, language),
        "taxes": [
            {
                "name": tax_words(each, language),
                "net": money(each.net, order.currency, language),
                "amount": money(each.amount, order.currency, language),
            }
            for each in order.taxes
        ],
        "rows": [{"name": name, "value": value} for name, value in facts(order, about, language, receipt).items()],
        "lines": [line_data(line, order, about, names, language) for line in order.lines],
    }


def facts(order: OrderView, about: About, language: str, receipt: Receipt | None) -> dict[str, str]:
    """What stands above and below the lines: dates, how it was paid, and the code."""
    rows = {}
    if receipt is not None:
        rows[say(language, "receipt_number")] = receipt.number
        rows[say(language, "issued_at")] = moment(receipt.issued_at, receipt.seller.zone, language)
    supplied = None if about.status in NOTHING_THEN else about.starts_at or order.paid_at
    if supplied is not None:
        rows[say(language, "supplied_at")] = moment(supplied, about.zone, language)
    if order.paid_at is not None:
        rows[say(language, "paid_at")] = moment(order.paid_at, about.zone, language)
    if paid := paid_with(order, language):
        rows[say(language, "paid_with")] = ", ".join(paid)
    return rows | {say(language, "code"): order.code}


def paid_with(order: OrderView, language: str) -> list[str]:
    paid = [
        say(
            language,
            f"paid_by_{each.kind}",
            end=each.code_end,
            amount=money(each.amount, order.currency, language),
        )
        for each in order.credits
    ]
    if order.card_last4:
        paid.append(say(language, "card", last4=order.card_last4))
    elif order.making.tender in TENDERS_BY_HAND:
        paid.append(say(language, order.making.tender.value))
    return paid


def line_data(line: OrderLine, order: OrderView, about: About, names: Names, language: str) -> dict[str, str]:
    it, tax = line.line, ""
    if line.taxed is not None:
        tax = f"{percent_words(line.taxed, language)} · {money(it.tax, order.currency, language)}"
    return {
        "name": about.name if about.promo else place_words(line, names, language),
        "type": type_words(line, about, names),
        "list_price": money(it.list_price, order.currency, language),
        "discount": money(it.price - it.list_price, order.currency, language) if it.price != it.list_price else "",
        "tax": tax,
        "price": money(it.price, order.currency, language),
    }


def party_lines(party: LegalIdentity | TaxIdentity, language: str) -> list[str]:
    """Who issues it, or whom it is made out to, as an address is written."""
    town = f"{party.postal_code} {party.city}".strip()
    tax_id = say(language, "tax_id", id=party.tax_id) if party.tax_id else ""
    return [each for each in (party.name, tax_id, *party.address.splitlines(), town, party.country) if each]


def buyer_lines(order: OrderView, name: ReceiptName, language: str) -> list[str]:
    """Whom it is made out to; else who bought. After an erasure it says that somebody was named."""
    if name.erased:
        return [say(language, "buyer_removed")]
    if name.identity:
        return party_lines(name.identity, language)
    return [order.contact.name] if order.contact.name else []
