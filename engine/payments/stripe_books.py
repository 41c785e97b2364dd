"""Stripe's books: balance transactions of one account, and its disputes, in our words.

Owns nothing. Guarantees what `Books` asks: an entry is a balance transaction, by its id; one that can't be read is
`UNREAD`, with why. Amounts are exact, or unread. What was charged in one currency and paid into the account in another
is two entries: the charge as it was, and what came of it. Fails with NotRead, as a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.limits import STRIPE_BOOK_ENTRIES_PER_PAGE
from engine.payments.books import (
    BookEntry,
    BookKind,
    BookPage,
    DisputeSaid,
    DisputeState,
    NotRead,
    UnknownDispute,
)
from engine.payments.stripe_api import NotAnswered, NotAsked, StripeApi
from engine.payments.stripe_words import ours

NOT_THERE = 404
NUL = "\0"  # which Postgres keeps in no text
TEXT_CHARS_MAX = 300
AMOUNT_MAX = 10**15
CLOCKS_DIFFER = timedelta(days=1)
INSTANT_S_MAX = 253_402_300_799  # the year 9999
CURRENCY = re.compile("[A-Za-z]{3}")
# Stripe's reporting categories; whatever is none of these moved the balance all the same.
KINDS = {
    "charge": BookKind.CHARGE,
    "refund": BookKind.REFUND,
    "refund_failure": BookKind.REFUND_FAILED,
    "dispute": BookKind.DISPUTE,
    "dispute_reversal": BookKind.DISPUTE_WON,
    "fee": BookKind.FEE,
    "payout": BookKind.PAYOUT,
    "payout_reversal": BookKind.PAYOUT_FAILED,
}
# An inquiry that is closed, and a dispute that was prevented, took nothing.
WON = ("won", "warning_closed", "prevented")


class UnreadError(Exception):
    """What an entry says is not what Stripe documents."""


CANT_BE_READ = (KeyError, TypeError, ValueError, AttributeError, UnreadError)


class StripeBooks:
    def __init__(self, api: StripeApi, name: str, began: datetime | None = None) -> None:
        self.name = name
        self._began = began
        self._api = api

    async def page(self, since: datetime, cursor: str = "") -> BookPage | NotRead:
        """The cursor is the id of the last entry of the page before; the newest come first."""
        begins = since if self._began is None else max(since, self._began - CLOCKS_DIFFER)
        query = {
            "created[gte]": str(int(begins.timestamp())),
            "limit": str(STRIPE_BOOK_ENTRIES_PER_PAGE),
            "expand[]": "data.source",
            **({"starting_after": cursor} if cursor else {}),
        }
        try:
            said = await self._api.get("/v1/balance_transactions", query)
        except (NotAsked, NotAnswered) as why:
            return NotRead(str(why))
        rows = said.body.get("data") if said.fine else None
        if not isinstance(rows, list):
            return NotRead(f"it answers {said.status}")
        entries = [entry for row in rows for entry in entries_of(row)]
        more = bool(rows) and said.body.get("has_more") is True
        last = rows[-1].get("id") if more and isinstance(rows[-1], Mapping) else None
        if more and not isinstance(last, str):
            return NotRead("it does not say where the next page begins")
        return BookPage(entries, last)

    async def dispute(self, dispute: str) -> DisputeSaid | UnknownDispute | NotRead:
        try:
            said = await self._api.get(f"/v1/disputes/{dispute}", {"expand[]": "charge"})
        except (NotAsked, NotAnswered) as why:
            return NotRead(str(why))
        if said.status == NOT_THERE:
            return UnknownDispute()
        if not said.fine:
            return NotRead(f"it answers {said.status}")
        try:
            return dispute_of(said.body)
        except CANT_BE_READ as why:
            return NotRead(f"dispute {dispute} can't be read: {why!r}")


def entries_of(row: Any) -> list[BookEntry]:
    """What a balance transaction says. Pure."""
    try:
        return list(_read(row))
    except CANT_BE_READ as why:
        return [_unread(row, repr(why))]


def dispute_of(body: Mapping[str, Any]) -> DisputeSaid:
    currency = _currency(body["currency"])
    status, due = body["status"], (body.get("evidence_details") or {}).get("due_by")
    state = DisputeState.WON if status in WON else DisputeState.LOST if status == "lost" else DisputeState.OPEN
    named = _metadata(body.get("charge"))
    entries = [
        _about(entry, _text(body["id"]), named)
        for row in body.get("balance_transactions") or ()
        for entry in entries_of(row)
    ]
    return DisputeSaid(
        *(_text(body["id"]), state, _ours(body["amount"], currency), currency, _text(body.get("reason") or "")),
        *(_instant(body["created"]), None if due is None else _instant(due)),
        named.get("sale"),
        named.get("order"),
        entries,
    )


def _read(row: Mapping[str, Any]) -> Iterator[BookEntry]:
    kind = KINDS.get(row["reporting_category"], BookKind.OTHER)
    source: Mapping[str, Any] = row["source"] if isinstance(row.get("source"), Mapping) else {}
    named, about = _metadata(source), ""
    if kind in (BookKind.REFUND, BookKind.REFUND_FAILED):
        about = named.get("refund", "")
    elif kind in (BookKind.DISPUTE, BookKind.DISPUTE_WON):
        # Its own source is the dispute, or its id.
        about = _text(source.get("id") or row.get("source") or "")
    currency, charged = _currency(row["currency"]), _currency(source.get("currency") or row["currency"])

    def entry(id_: str, which: BookKind, amount: int, its: str, fee: int) -> BookEntry:
        of = (named.get("sale"), named.get("order"), about)
        return BookEntry(id_, which, amount, its, _instant(row["created"]), fee, *of)

    amount, fee = _ours(row["amount"], currency), _ours(row["fee"], currency)
    if charged == currency or kind is BookKind.OTHER:
        yield entry(_text(row["id"]), kind, amount, currency, fee)
        return
    sign = -1 if amount < 0 else 1
    yield entry(_text(row["id"]), kind, sign * abs(_ours(source["amount"], charged)), charged, 0)
    yield BookEntry(f"{row['id']}:exchanged", BookKind.OTHER, amount, currency, _instant(row["created"]), fee)


def _about(entry: BookEntry, dispute: str, named: Mapping[str, str]) -> BookEntry:
    """Within a dispute its entries name it by its id alone, and its charge not at all."""
    of = (named.get("sale"), named.get("order"), dispute, entry.why)
    if entry.kind in (BookKind.DISPUTE, BookKind.DISPUTE_WON):
        return BookEntry(entry.id, entry.kind, entry.amount, entry.currency, entry.at, entry.fee, *of)
    return entry


def _unread(row: Any, why: str) -> BookEntry:
    """Told by its id, where it has one, and by now, where it does not say when."""
    said = row if isinstance(row, Mapping) else {}
    its, at = said.get("id"), datetime.now(UTC)
    with suppress(UnreadError):
        at = _instant(said.get("created"))
    name = its if isinstance(its, str) and its and NUL not in its else "?"
    return BookEntry(name[:TEXT_CHARS_MAX], BookKind.UNREAD, 0, "XXX", at, why=why[:TEXT_CHARS_MAX])


def _ours(units: Any, currency: str) -> int:
    if not isinstance(units, int) or isinstance(units, bool):
        raise UnreadError(f"{units!r} is no amount")
    if abs(units) > AMOUNT_MAX:
        raise UnreadError("more money than there is")
    amount = ours(units, currency)
    if amount is None:
        raise UnreadError(f"{units} of {currency} can't be expressed")
    return amount


def _currency(said: Any) -> str:
    if not isinstance(said, str) or CURRENCY.fullmatch(said) is None:
        raise UnreadError(f"{said!r} is no currency")
    return said.upper()


def _metadata(source: Any) -> Mapping[str, str]:
    """What is written on it that may be one of our ids."""
    found = source.get("metadata") if isinstance(source, Mapping) else None
    if not isinstance(found, Mapping):
        return {}
    return {name: said for name, said in found.items() if isinstance(said, str) and NUL not in said}


def _text(said: Any) -> str:
    if not isinstance(said, str) or NUL in said or len(said) > TEXT_CHARS_MAX:
        raise UnreadError(f"{str(said)[:TEXT_CHARS_MAX]!r} is no id")
    return said


def _instant(seconds: Any) -> datetime:
    if not isinstance(seconds, int) or not 0 <= seconds <= INSTANT_S_MAX:
        raise UnreadError(f"{seconds!r} is no instant")
    return datetime.fromtimestamp(seconds, UTC)
