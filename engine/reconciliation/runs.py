"""Runs: an organizer's money beside its providers' books, page after page, until all of it is compared.

Owns reconciliation. Guarantees: a step is one page and one transaction, which also notes where the next begins, so that
whoever dies leaves the rest to whoever comes next, and two that do the same step write it once; memory has a bound
however much there is; a provider that does not answer is named, left out, and read again from the same place by the
next run. Fails as Postgres does.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import asyncpg

from engine.limits import (
    DISPUTES_ASKED_PER_STEP,
    ORDERS_COMPARED_PER_STEP,
    RECONCILIATION_GRACE_S,
)
from engine.payments import BookKind, Books, NotRead, Shelf, UnknownDispute
from engine.reconciliation import sql
from engine.reconciliation.booking import book
from engine.reconciliation.comparing import compare, note_unread
from engine.reconciliation.disputes import Disputes
from engine.reconciliation.model import Counts, Run

log = logging.getLogger(__name__)

EVER = datetime.fromtimestamp(0, UTC)
OVER = timedelta(days=30)  # so long after a sale closed, money of what was awaited may come
Place = Mapping[str, str]
Stage = Callable[["Run", Books, str], Awaitable["Page"]]
Write = Callable[[asyncpg.Connection], Awaitable[Counts]]


@dataclass(frozen=True, slots=True)
class At:
    """Where a run is: which stage, at which provider, and from what on."""

    provider: str
    stage: str
    cursor: str


@dataclass(frozen=True, slots=True)
class Page:
    """What a step comes to: what to write, and where the next page of its stage begins."""

    following: str | None  # None: the stage is over
    write: Write | None = None
    unreached: bool = False


class Runs:
    def __init__(self, db: asyncpg.Pool, shelf: Shelf, disputes: Disputes) -> None:
        self._db = db
        self._shelf = shelf
        self._disputes = disputes
        self._stages: Mapping[str, Stage] = {
            "books": self._books,
            "disputes": self._disputed,
            "charges": self._charges,
            "payments": self._payments,
            "refunds": self._refunds,
            "open": self._open,
        }

    async def read(self, run: str) -> Run | None:
        row = await self._db.fetchrow(sql.READ_RUN, run)
        return None if row is None else Run.read(row)

    async def next(self) -> Run | None:
        """One that is to go on, or to begin."""
        row = await self._db.fetchrow(sql.NEXT_RUN)
        return None if row is None else Run.read(row)

    async def advance(self, run: Run) -> Run | None:
        """One step further; None when another of the same organizer goes first, or somebody else did this step."""
        if run.state == "waiting":
            row = await self._db.fetchrow(sql.BEGIN_RUN, run.id)
            return None if row is None else Run.read(row)
        shelf = await self._shelf.of(run.organizer)
        at = _at(run.place, [name for name, _ in shelf])
        if at is None:
            return await self._note(run, {}, "done")
        books = dict(shelf).get(at.provider)
        if books is None:
            log.warning("the books of %s can't be read", at.provider)
            return await self._go_on(run, at, shelf, Page(None, unreached=True))
        page = await self._stages[at.stage](run, books, at.cursor)
        return await self._go_on(run, at, shelf, page)

    async def _go_on(self, run: Run, at: At, shelf: Sequence[tuple[str, Books | None]], page: Page) -> Run | None:
        stages = list(self._stages)
        place: Place = {"provider": at.provider, "stage": at.stage, "cursor": page.following or ""}
        if page.unreached or page.following is None:
            nth = len(stages) if page.unreached else stages.index(at.stage) + 1
            place = {"provider": at.provider, "stage": stages[nth]} if nth < len(stages) else _after(at, shelf)
        unreached = [at.provider] if page.unreached else []
        return await self._note(run, place, "running", page.write, unreached)

    async def _note(
        self, run: Run, place: Place, state: str, write: Write | None = None, unreached: Sequence[str] = ()
    ) -> Run | None:
        async with self._db.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(sql.LOCK_RUN, run.id, dict(run.place))
            if row is None:
                return None
            counts = Counts() if write is None else await write(connection)
            row = await connection.fetchrow(
                sql.GO_ON,
                *(run.id, dict(place), counts.entries, counts.compared, counts.found, counts.settled),
                *(list(unreached), state),
            )
        return Run.read(row)

    # ── stages ──

    async def _books(self, run: Run, books: Books, cursor: str) -> Page:
        page = await books.page(run.since, cursor)
        if isinstance(page, NotRead):
            log.warning("the books of %s can't be read: %s", books.name, page.why)
            return Page(None, unreached=True)

        async def write(connection: asyncpg.Connection) -> Counts:
            new = await book(connection, books.name, run.organizer, page.entries)
            noted = await note_unread(connection, books.name, run.organizer, page.entries)
            return Counts(entries=len(new), found=noted.found, settled=noted.settled)

        return Page(page.following, write if page.entries else None)

    async def _disputed(self, run: Run, books: Books, cursor: str) -> Page:
        """Each is taken by itself; one that can't be read now is asked about by the next run."""
        rows = await self._db.fetch(sql.DISPUTES_TO_ASK, run.organizer, books.name, cursor, DISPUTES_ASKED_PER_STEP)
        for row in rows:
            said = await books.dispute(row["id"])
            if isinstance(said, NotRead | UnknownDispute):
                log.warning("dispute %s at %s can't be read: %s", row["id"], books.name, said)
            else:
                await self._disputes.take(books.name, run.organizer, said)
        return Page(rows[-1]["id"] if len(rows) == DISPUTES_ASKED_PER_STEP else None)

    async def _charges(self, run: Run, books: Books, cursor: str) -> Page:
        """Every order that the books name."""
        at, _, last = cursor.partition(" ")
        since = datetime.fromisoformat(at) if at else run.since
        rows = await self._db.fetch(
            sql.ENTRIES_SINCE, *(run.organizer, books.name, run.since, since, last, ORDERS_COMPARED_PER_STEP)
        )
        refs = {row["order_id"]: row["sale_id"] for row in rows if row["order_id"] is not None}
        full = len(rows) == ORDERS_COMPARED_PER_STEP
        following = f"{rows[-1]['at'].isoformat()} {rows[-1]['id']}" if full else None
        charged = sum(row["kind"] == BookKind.CHARGE.value and row["order_id"] is not None for row in rows)
        asked = [(sale, order) for order, sale in refs.items()]
        return Page(following, self._comparing(run, books.name, asked, charged))

    async def _payments(self, run: Run, books: Books, cursor: str) -> Page:
        """Every order that paid there and that the books don't name."""
        sale, _, last = cursor.partition(" ")
        if not sale:
            return Page(await self._following(run, "", (), run.since - OVER))
        rows = await self._db.fetch(
            sql.PAYMENTS, *(sale, last, books.name, run.since, _until(run), ORDERS_COMPARED_PER_STEP)
        )
        lacking = [(sale, row["order_id"]) for row in rows if row["lacking"]]
        following = await self._following(run, sale, [row["order_id"] for row in rows], run.since - OVER)
        return Page(following, self._comparing(run, books.name, lacking, len(lacking)))

    async def _refunds(self, run: Run, books: Books, cursor: str) -> Page:
        """Every order of which something went back."""
        sale, _, last = cursor.partition(" ")
        if not sale:
            return Page(await self._following(run, "", (), EVER))
        rows = await self._db.fetch(sql.REFUNDS, sale, last, run.since, ORDERS_COMPARED_PER_STEP)
        orders = [row["order_id"] for row in rows]
        following = await self._following(run, sale, orders, EVER)
        return Page(following, self._comparing(run, books.name, [(sale, order) for order in orders]))

    async def _open(self, run: Run, books: Books, cursor: str) -> Page:
        """What differed before, whenever that was."""
        rows = await self._db.fetch(sql.OPEN_ONES, run.organizer, books.name, cursor, ORDERS_COMPARED_PER_STEP)
        refs = {row["order_id"]: row["sale_id"] for row in rows}
        full = len(rows) == ORDERS_COMPARED_PER_STEP
        write = self._comparing(run, books.name, [(sale, order) for order, sale in refs.items()])
        return Page(rows[-1]["id"] if full else None, write)

    # ── what stages share ──

    async def _following(self, run: Run, sale: str, orders: Sequence[str], closes_after: datetime) -> str | None:
        """Where a stage goes on that walks through sales."""
        if len(orders) == ORDERS_COMPARED_PER_STEP:
            return f"{sale} {orders[-1]}"
        following = await self._db.fetchval(sql.SALES, run.organizer, sale, closes_after)
        return None if following is None else f"{following} "

    def _comparing(
        self, run: Run, provider: str, refs: Sequence[tuple[str | None, str]], counted: int = 0
    ) -> Write | None:
        """`counted`: how many of them no other step has compared."""
        if not refs:
            return None

        async def write(connection: asyncpg.Connection) -> Counts:
            counts = await compare(connection, provider, run.organizer, refs, _until(run))
            return replace(counts, compared=counted)

        return write


def _at(place: Place, providers: Sequence[str]) -> At | None:
    """Where a run goes on; None where every provider has been looked at. One that came meanwhile is the next run's."""
    if not place and providers:
        return At(providers[0], "books", "")
    if not place.get("provider"):
        return None
    return At(place["provider"], place["stage"], place.get("cursor", ""))


def _after(at: At, shelf: Sequence[tuple[str, Books | None]]) -> Place:
    names = [name for name, _ in shelf]
    nth = names.index(at.provider) + 1 if at.provider in names else len(names)
    return {"provider": names[nth], "stage": "books"} if nth < len(names) else {"provider": ""}


def _until(run: Run) -> datetime:
    """What is younger than this is not compared: it may be on its way to the other side."""
    return run.asked_at - timedelta(seconds=RECONCILIATION_GRACE_S)
