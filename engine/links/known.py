"""KnownLinks: which names of links an organizer has, read from Postgres and kept for a few seconds.

Owns a bounded number of organizers' names. Guarantees: all of an organizer's names are read at once, so a name that
nobody gave out costs no look of its own and is never kept, however many are invented; one read per organizer at a time.
A change is seen within LINK_BOOKS_KEPT_S. Fails as Postgres does.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

from engine.limits import LINK_BOOKS_KEPT_S, LINK_BOOKS_MAX
from engine.links import sql
from engine.links.touches import CameBy, Source, touch_of


@dataclass(frozen=True, slots=True)
class KnownLink:
    id: str
    live: bool  # and not archived


@dataclass(frozen=True, slots=True)
class Book:
    """The links of one organizer, by name."""

    reading: asyncio.Task[Mapping[str, KnownLink]]
    until: float


class KnownLinks:
    def __init__(self, db: asyncpg.Pool) -> None:
        self.kept_s = LINK_BOOKS_KEPT_S
        self._db = db
        self._books: OrderedDict[str, Book] = OrderedDict()

    def __len__(self) -> int:
        """How many organizers' names are kept."""
        return len(self._books)

    async def of(self, organizer: str, name: str) -> KnownLink | None:
        """An organizer's link of this name; None when it has none."""
        return (await self._names(organizer)).get(name)

    async def source(self, cookie: str, organizer: str, day: int) -> Source | None:
        """How a browser with this cookie came to an organizer; a link that is archived by now counts as well."""
        touch = touch_of(cookie, organizer, day)
        if touch is None:
            return None
        first, last = await self.of(organizer, touch.first), await self.of(organizer, touch.last)
        named = [CameBy(link.id, name) for link, name in ((first, touch.first), (last, touch.last)) if link is not None]
        return Source(named[0], named[-1]) if named else None

    def forget(self, organizer: str) -> None:
        """Read an organizer's names anew when they are asked for next."""
        self._books.pop(organizer, None)

    async def _names(self, organizer: str) -> Mapping[str, KnownLink]:
        now = time.monotonic()
        book = self._books.get(organizer)
        if book is None or book.until < now or _failed(book.reading):
            reading = asyncio.get_running_loop().create_task(self._read(organizer), name=f"links of {organizer}")
            book = self._books[organizer] = Book(reading, now + self.kept_s)
            self._books.move_to_end(organizer)
            if len(self._books) > LINK_BOOKS_MAX:
                self._books.popitem(last=False)
        # Whoever stops waiting leaves the reading to the others.
        return await asyncio.shield(book.reading)

    async def _read(self, organizer: str) -> Mapping[str, KnownLink]:
        rows = await self._db.fetch(sql.NAMES, organizer)
        return {row["name"]: KnownLink(row["id"], row["live"]) for row in rows}


def _failed(reading: asyncio.Task[Mapping[str, KnownLink]]) -> bool:
    return reading.done() and (reading.cancelled() or reading.exception() is not None)
