"""Links: named links of an organizer, by which buyers come; what each is for, and which sale it leads to.

Owns tracked_link. Guarantees: a name means one link of its organizer for ever, since none is deleted; an organizer
has a bounded number and reaches its own alone; each act is in the audit trail. Fails with mistakes or refusals, as
values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from engine.audit import Act, write
from engine.catalog import Mistake
from engine.ids import new_id
from engine.limits import LINKS_PER_ORGANIZER_MAX
from engine.links import sql
from engine.links.known import KnownLinks
from engine.links.visits import Visits
from engine.refusals import Code, Refused
from engine.stores.office import Office
from engine.stores.turns import take_turn

TOO_MANY = f"is one more than there may be: an organizer has at most {LINKS_PER_ORGANIZER_MAX}, archived ones included"
TAKEN = "is the name of another link of yours, perhaps of an archived one"
NO_SALE = "is no sale of yours"


@dataclass(frozen=True, slots=True)
class LinkView:
    id: str
    name: str
    label: str
    sale: str | None
    visits: int
    made_at: datetime
    archived: bool

    @property
    def address(self) -> str | None:
        """Of the page that it leads to; None: any page of the organizer's sales, with the name added."""
        return None if self.sale is None else f"/s/{self.sale}?from={self.name}"


@dataclass(frozen=True, slots=True)
class LinkChange:
    """None leaves a part as it is; a sale may be taken away."""

    label: str | None = None
    sale: str | None = None
    changes_sale: bool = False
    archived: bool | None = None


class Links:
    def __init__(self, db: asyncpg.Pool, office: Office) -> None:
        self._office = office
        self.known = KnownLinks(db)
        self.visits = Visits(db)

    async def all_of(self, organizer: str) -> list[LinkView]:
        """All of them, newest first, with those that are archived."""
        return [_view(row) for row in await self._office.fetch(organizer, sql.LIST, organizer)]

    async def make(self, by: Act, name: str, label: str, sale: str | None) -> LinkView | list[Mistake]:
        async with self._office.transaction(by) as connection:
            await take_turn(connection, f"links of {by.organizer_id}")
            if await connection.fetchval(sql.COUNT, by.organizer_id) >= LINKS_PER_ORGANIZER_MAX:
                return [Mistake("name", None, TOO_MANY)]
            if await self._is_anothers(connection, by, sale):
                return [Mistake("sale", None, NO_SALE)]
            row = await connection.fetchrow(sql.MAKE, new_id("lnk"), by.organizer_id, name, label, sale)
            if row is None:
                return [Mistake("name", None, TAKEN)]
            made = _view(row)
            await write(connection, by, "link.make", made.id, after=_told(made))
        self.known.names.forget(by.organizer_id)
        return made

    async def change(self, by: Act, link: str, change: LinkChange) -> LinkView | Refused | list[Mistake]:
        """What a link is for, where it leads to, and whether it is archived; its name and visits stay."""
        async with self._office.transaction(by) as connection:
            row = await connection.fetchrow(sql.LOCK, link, by.organizer_id)
            if row is None:
                return Refused(Code.NOT_FOUND)
            before = _view(row)
            sale = change.sale if change.changes_sale else before.sale
            if sale != before.sale and await self._is_anothers(connection, by, sale):
                return [Mistake("sale", None, NO_SALE)]
            label = before.label if change.label is None else change.label
            archived = before.archived if change.archived is None else change.archived
            after = _view(await connection.fetchrow(sql.CHANGE, link, by.organizer_id, label, sale, archived))
            if after != before:
                await write(connection, by, "link.change", link, before=_told(before), after=_told(after))
        self.known.names.forget(by.organizer_id)
        return after

    @staticmethod
    async def _is_anothers(connection: asyncpg.Connection, by: Act, sale: str | None) -> bool:
        return sale is not None and await connection.fetchval(sql.OWN_SALE, sale, by.organizer_id) is None


def _view(row: Any) -> LinkView:
    return LinkView(
        row["id"],
        row["name"],
        row["label"],
        row["sale_id"],
        row["visits"],
        row["made_at"],
        archived=row["archived_at"] is not None,
    )


def _told(view: LinkView) -> dict[str, object]:
    return {"name": view.name, "label": view.label, "sale": view.sale, "archived": view.archived}
