"""Reconciliation: the context's public face. One per process.

Owns what providers' books say, runs that compare them with ours, disagreements and disputes. Guarantees: what is told
twice moves nothing twice; a run that died goes on where it was. Fails as Postgres does; every no is a Refused.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime

import asyncpg

from engine.audit import Act, ActorKind, write
from engine.ids import new_id
from engine.limits import (
    DISAGREEMENTS_LISTED_MAX,
    ORGANIZERS_RECONCILED_PER_STEP,
    RECONCILED_AGAIN_H,
    RECONCILED_EVERY_H,
    RECONCILIATIONS_LISTED_MAX,
    RECONCILING_S_MAX,
)
from engine.orders import Orders
from engine.payments import BookNews, NotRead, UnknownDispute
from engine.reconciliation import sql
from engine.reconciliation.disputes import Disputes
from engine.reconciliation.model import Disagreement, Run
from engine.reconciliation.runs import Runs
from engine.reconciliation.tasks import Tasks
from engine.refusals import Code, Refused
from engine.stores.office import Office

log = logging.getLogger(__name__)

LOOKS_EVERY_S = 600.0  # for organizers whose day has come
WAITS_S = 0.2  # for a run of the same organizer that goes first


class Reconciliation:
    def __init__(self, db: asyncpg.Pool, office: Office, orders: Orders) -> None:
        self._db = db
        self._office = office
        self._shelf = orders.shelf
        self.disputes = Disputes(db, office)
        self.tasks = Tasks(db, office)
        self._runs = Runs(db, orders.shelf, self.disputes)
        self._looked_at = -LOOKS_EVERY_S
        orders.shelf.listen(self.heard)

    # ── what providers tell ──

    async def heard(self, news: BookNews) -> bool:
        """Books have changed. A dispute is looked at at once; the rest is read soon. False: it is to be told again."""
        if not news.dispute:
            await self._ask(Act(news.organizer, "worker", ActorKind.ITSELF), None, self._db)
            return True
        books = dict(await self._shelf.of(news.organizer)).get(news.provider)
        said = NotRead("there are none") if books is None else await books.dispute(news.dispute)
        match said:
            case NotRead(why):
                log.warning("dispute %s at %s can't be read: %s", news.dispute, news.provider, why)
                return False
            case UnknownDispute():
                log.warning("%s tells of dispute %s, and does not know it", news.provider, news.dispute)
            case _:
                await self.disputes.take(news.provider, news.organizer, said)
        return True

    # ── runs ──

    async def request(self, by: Act, since: datetime | None = None) -> Run:
        """Compare again soon, with what happened `since` then; one that waits already is the same."""
        async with self._office.transaction(by) as connection:
            run, new = await self._ask(by, since, connection)
            if new:
                await write(connection, by, "reconciliation.request", run.id, after={"since": run.since.isoformat()})
        return run

    async def _ask(
        self, by: Act, since: datetime | None, connection: asyncpg.Connection | asyncpg.Pool
    ) -> tuple[Run, bool]:
        while True:
            row = await connection.fetchrow(
                sql.ASK_FOR_RUN,
                *(new_id("rec"), by.organizer_id, by.kind.value, by.actor, since, RECONCILED_AGAIN_H),
            )
            if row is not None:
                return Run.read(row), True
            row = await connection.fetchrow(sql.WAITING_RUN, by.organizer_id)
            if row is not None:
                return Run.read(row), False

    async def all_of(self, organizer: str) -> list[Run]:
        """The newest first."""
        rows = await self._office.fetch(organizer, sql.LIST_RUNS, organizer, RECONCILIATIONS_LISTED_MAX)
        return [Run.read(row) for row in rows]

    async def run(self, by: Act, since: datetime | None = None, shown: Callable[[Run], None] | None = None) -> Run:
        """Ask for one, and see it through; a worker may do some of its steps meanwhile."""
        run = await self.request(by, since)
        while not run.done:
            further = await self._runs.advance(run)
            if further is None and run.state == "waiting":
                await self._one()  # of the same organizer, which goes first
                await asyncio.sleep(WAITS_S)
            run = further or await self._runs.read(run.id) or run
            if shown is not None:
                shown(run)
        return run

    async def step(self) -> int:
        """Go on for a while with what is asked for, and with organizers whose day has come; answers how many steps."""
        began, steps = time.monotonic(), 0
        if began - self._looked_at >= LOOKS_EVERY_S:
            self._looked_at = began
            for row in await self._db.fetch(sql.DAILY, RECONCILED_EVERY_H, ORGANIZERS_RECONCILED_PER_STEP):
                await self._ask(Act(row["organizer_id"], "worker", ActorKind.ITSELF), None, self._db)
        while time.monotonic() - began < RECONCILING_S_MAX and await self._one():
            steps += 1
        return steps

    async def due_s(self) -> float | None:
        """Until a step is wanted."""
        if await self._db.fetchval(sql.WAITS):
            return 0.0
        return max(0.0, self._looked_at + LOOKS_EVERY_S - time.monotonic())

    async def _one(self) -> bool:
        run = await self._runs.next()
        return run is not None and await self._runs.advance(run) is not None

    # ── disagreements ──

    async def disagreements(self, organizer: str, *, state: str | None = None) -> list[Disagreement]:
        """Those that are open first, by when somebody has to have seen to them."""
        rows = await self._office.fetch(organizer, sql.LIST_DISAGREEMENTS, organizer, state, DISAGREEMENTS_LISTED_MAX)
        return [Disagreement.read(row) for row in rows]

    async def resolve(self, by: Act, disagreement: str, reason: str) -> Disagreement | Refused:
        """A member has seen to it. It is found again only once either side says something else."""
        async with self._office.transaction(by) as connection:
            row = await connection.fetchrow(sql.RESOLVE, by.organizer_id, disagreement, by.kind.value, by.actor, reason)
            if row is None:
                return Refused(Code.NOT_FOUND)
            after = {"kind": row["kind"], "subject": row["subject"]}
            await write(connection, by, "disagreement.resolve", disagreement, after=after)
            return Disagreement.read(await connection.fetchrow(sql.SHOW, by.organizer_id, disagreement))
