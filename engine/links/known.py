"""KnownLinks: which names of links an organizer has, read from Postgres and kept for a few seconds.

Guarantees: all of an organizer's names are read at once, so a name that nobody gave out costs no look of its own and is
never kept, however many are invented. A change is seen within LINK_BOOKS_KEPT_S. Fails as Postgres does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

from engine.kept import Kept
from engine.limits import LINK_BOOKS_KEPT_S, LINK_BOOKS_MAX
from engine.links import sql
from engine.links.touches import CameBy, Source, touch_of


@dataclass(frozen=True, slots=True)
class KnownLink:
    id: str
    live: bool  # and not archived


class KnownLinks:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db
        self.names = Kept("links of", self._read, kept_s=LINK_BOOKS_KEPT_S, most=LINK_BOOKS_MAX)

    async def of(self, organizer: str, name: str) -> KnownLink | None:
        """An organizer's link of this name; None when it has none."""
        return (await self.names.of(organizer)).get(name)

    async def source(self, cookie: str, organizer: str, day: int) -> Source | None:
        """How a browser with this cookie came to an organizer; a link that is archived by now counts as well."""
        touch = touch_of(cookie, organizer, day)
        if touch is None:
            return None
        first, last = await self.of(organizer, touch.first), await self.of(organizer, touch.last)
        named = [CameBy(link.id, name) for link, name in ((first, touch.first), (last, touch.last)) if link is not None]
        return Source(named[0], named[-1]) if named else None

    async def _read(self, organizer: str) -> Mapping[str, KnownLink]:
        rows = await self._db.fetch(sql.NAMES, organizer)
        return {row["name"]: KnownLink(row["id"], row["live"]) for row in rows}
