"""Reading the audit trail: acts with their links, in the order of the chains. Calls Postgres only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from engine.audit import sql
from engine.audit.model import FIRST_PREVIOUS, AuditView, said_of
from engine.limits import AUDIT_ROWS_PER_PAGE

Db = Any  # a pool, or a connection in its transaction
Link = tuple[Any, Any]  # a link, and its act; None when that is gone


async def acts(db: Db, ids: Sequence[int]) -> dict[int, Any]:
    """Rows by their ids."""
    return {row["id"]: row for row in await db.fetch(sql.ACTS, ids)}


async def links(db: Db, organizer: str | None) -> AsyncIterator[Link]:
    """Every link of every chain, or of an organizer's, in the order of the chains."""
    chain, number = organizer or "", 0
    while page := await db.fetch(sql.LINKS, chain, number, organizer, AUDIT_ROWS_PER_PAGE):
        found = await acts(db, [link["audit_id"] for link in page])
        for link in page:
            yield link, found.get(link["audit_id"])
        chain, number = page[-1]["chain"], page[-1]["number"]


async def exported(db: Db, organizer: str | None, since: datetime | None) -> AsyncIterator[AuditView]:
    """What is linked, with the hash before it; a link whose act is gone is left out, and `check` names it."""
    chain, previous = "", FIRST_PREVIOUS
    async for link, act in links(db, organizer):
        if link["chain"] != chain:
            chain, previous = link["chain"], FIRST_PREVIOUS
        if act is not None and (since is None or act["at"] >= since):
            yield AuditView(said_of(act, link["number"]), previous, link["hash"])
        previous = link["hash"]
