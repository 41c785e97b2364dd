"""Finding: an organizer's orders by whatever somebody has of one: its code, a ticket, four digits of a card, a seat, a
name, an address, a number.

Owns nothing: it reads. Guarantees: no order of another organizer, nor of a sale whose orders the asker may not read; by
people only where the asker may read who bought, so that nobody learns by trying that somebody did. Fails as Postgres
does.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

import asyncpg

from engine.limits import ORDERS_FOUND_MAX, PEOPLE_FOUND_MAX
from engine.orders.codes import read_code
from engine.orders.making import Channel
from engine.orders.model import OrderState
from engine.orders.order_view import OrderView
from engine.orders.price_books import PriceBooks
from engine.orders.pricing import SeatRun
from engine.vault import Vault, folded

# Of these sales those whose orders the asker may read, and whether also who bought.
Shown = Callable[[Collection[str]], Awaitable[Mapping[str, bool]]]

_FOUND = "SELECT o.sale_id, o.id, o.placed_at, o.state, o.channel"
BY_CODE = f"{_FOUND} FROM orders o WHERE o.code = $1"
BY_TICKET = f"""
{_FOUND} FROM ticket t JOIN orders o ON o.sale_id = t.sale_id AND o.id = t.order_id WHERE t.id = $1
"""
# The primary key begins with the sale, so that an id is looked up in each of an organizer ($1), or in one ($3).
BY_ID = f"""
{_FOUND} FROM sale_terms s JOIN orders o ON o.sale_id = s.id AND o.id = $2
WHERE s.organizer_id = $1 AND ($3::text IS NULL OR s.id = $3)
"""
BY_CARD = f"""
{_FOUND} FROM payment p JOIN sale_terms s ON s.id = p.sale_id AND s.organizer_id = $1
    JOIN orders o ON o.sale_id = p.sale_id AND o.id = p.order_id
WHERE p.card_last4 = $2 AND p.card_last4 <> '' AND ($3::text IS NULL OR p.sale_id = $3)
ORDER BY p.asked_at DESC LIMIT $4
"""
BY_PEOPLE = f"""
{_FOUND} FROM orders o WHERE o.buyer_id = ANY ($1::text[]) AND o.person_id = ANY ($2::text[])
    AND ($3::text IS NULL OR o.sale_id = $3)
ORDER BY o.placed_at DESC LIMIT $4
"""
BY_SEAT = f"""
{_FOUND} FROM order_line l JOIN orders o ON o.sale_id = l.sale_id AND o.id = l.order_id
WHERE l.sale_id = $1 AND l.seat = ANY ($2::integer[]) AND l.live
"""

PHONE_DIGITS_MIN = 6
FOUR_DIGITS = re.compile(r"[0-9]{4}")
NOT_IN_NUMBERS = re.compile(r"[\s().+/-]")
BETWEEN_WORDS = re.compile(r"[\s,.:;_-]+")


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: `words` as somebody typed them, in one sale, one state, one channel, or in any.

    `by_people`: whether the asker may read who bought, wherever.
    """

    organizer: str
    words: str
    by_people: bool = True
    sale: str | None = None
    state: OrderState | None = None
    channel: Channel | None = None
    limit: int = ORDERS_FOUND_MAX

    def wants(self, row: Mapping[str, str]) -> bool:
        """Whether an order is one of those among which it is looked; a tombstone never is."""
        state, states = OrderState(row["state"]), set(OrderState) - {OrderState.VOID}
        return (
            state in (states if self.state is None else states & {self.state})
            and self.channel in (None, Channel(row["channel"]))
            and self.sale in (None, row["sale_id"])
        )


@dataclass(frozen=True, slots=True)
class FoundOrders:
    items: Sequence[OrderView]  # newest first
    more: bool  # there are others: more words, or a sale, find them
    names: frozenset[str]  # sales in which the asker may read who bought


@dataclass(frozen=True, slots=True)
class Hit:
    """An order that fits, and whether it was found by who bought it."""

    sale: str
    order: str
    placed_at: datetime
    by_name: bool


@dataclass(frozen=True, slots=True)
class Hits:
    found: Sequence[Hit]  # newest first
    names: frozenset[str]  # sales in which the asker may read who bought
    cut: bool  # so many fit that not all of them were looked at


class Finding:
    def __init__(self, db: asyncpg.Pool, vault: Vault, price_books: PriceBooks) -> None:
        self._db = db
        self._vault = vault
        self._price_books = price_books

    async def find(self, sought: Sought, shown: Shown) -> Hits:
        by_order, cut = await self._by_the_order(sought)
        by_people, cut_people = await self._by_people(sought) if sought.by_people else ([], False)
        rows = [*((False, row) for row in by_order), *((True, row) for row in by_people)]
        wanted = [
            Hit(row["sale_id"], row["id"], row["placed_at"], by_name) for by_name, row in rows if sought.wants(row)
        ]
        sales = await shown({hit.sale for hit in wanted})
        # Found twice, it counts as found by what tells the asker less.
        once = {
            (hit.sale, hit.order): hit
            for hit in sorted(wanted, key=lambda hit: hit.by_name, reverse=True)
            if hit.sale in sales and (sales[hit.sale] or not hit.by_name)
        }
        found = sorted(once.values(), key=lambda hit: (hit.placed_at, hit.order), reverse=True)
        return Hits(found, frozenset(sale for sale, named in sales.items() if named), cut or cut_people)

    async def _by_the_order(self, sought: Sought) -> tuple[list[Any], bool]:
        """By what is of an order itself, and whether there is more."""
        words = sought.words.strip()
        found = [
            *await self._db.fetch(BY_ID, sought.organizer, words, sought.sale),
            *await self._db.fetch(BY_TICKET, words),
        ]
        if (code := read_code(words)) is not None:
            found += await self._db.fetch(BY_CODE, code)
        by_card: list[Any] = []
        if FOUR_DIGITS.fullmatch(words):
            by_card = await self._db.fetch(BY_CARD, sought.organizer, words, sought.sale, ORDERS_FOUND_MAX)
        if sought.sale is not None and (seats := await self._seats(sought.sale, words)):
            found += await self._db.fetch(BY_SEAT, sought.sale, seats)
        return [*found, *by_card], len(by_card) == ORDERS_FOUND_MAX

    async def _seats(self, sale: str, words: str) -> list[int]:
        book = await self._price_books.of(sale)
        return [] if book is None else seats_called(book.goods.runs, words)

    async def _by_people(self, sought: Sought) -> tuple[list[Any], bool]:
        people = await self._people(sought.words.strip(), sought.organizer)
        known = await self._vault.whose(people)
        buyers = [row["buyer_id"] for row in known if row["buyer_id"]]
        if not buyers:
            return [], False
        ids = [row["id"] for row in known]
        found = list(await self._db.fetch(BY_PEOPLE, buyers, ids, sought.sale, ORDERS_FOUND_MAX))
        return found, len(found) == ORDERS_FOUND_MAX or len(people) >= PEOPLE_FOUND_MAX

    async def _people(self, words: str, organizer: str) -> list[str]:
        """People of the organizer who are called like that: by an address, a number, or whole words of a name."""
        if "@" in words:
            return await self._vault.find_email(words, organizer)
        number = NOT_IN_NUMBERS.sub("", words)
        if number.isdigit():
            return await self._vault.find_phone(words, organizer) if len(number) >= PHONE_DIGITS_MIN else []
        # Their own id, by which their page leads here, is a word of no name.
        return [words, *await self._vault.find_name(words, organizer)]


def seats_called(runs: Sequence[SeatRun], words: str) -> list[int]:
    """Numbers of the seats that somebody may mean: of a row, of a row of a section, or all of either."""
    said = _plain(words)
    return list(chain.from_iterable(_seats_of(run, said) for run in runs))


def _seats_of(run: SeatRun, said: str) -> Iterator[int]:
    row = _plain(run.row)
    for place in (f"{_plain(run.section)} {row}", row):
        if said == place:
            yield from range(run.first_seat, run.first_seat + run.seats)
        elif said.startswith(place):
            seat = said[len(place) :].strip()
            yield from (run.first_seat + at for at in range(run.seats) if _plain(run.label_of(at)) == seat)


def _plain(said: str) -> str:
    return BETWEEN_WORDS.sub(" ", folded(said)).strip()
