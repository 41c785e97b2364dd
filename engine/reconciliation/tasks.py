"""Tasks: one list of what waits for a person, each with the day by which somebody has to have seen to it.

Owns nothing: it reads refunds that failed, disputes that are open and not answered, and open disagreements. Guarantees:
what is due first comes first; nothing is listed that nobody can do anything about. Fails as Postgres does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import asyncpg

from engine.limits import DISAGREEMENTS_LISTED_MAX, DISPUTES_LISTED_MAX, OPEN_REFUNDS_LISTED_MAX
from engine.orders import OpenRefund, RefundState, open_refunds
from engine.reconciliation import sql
from engine.reconciliation.model import Disagreement, Dispute
from engine.stores.office import Office


class TaskKind(Enum):
    REFUND = "refund"  # the provider does not give it back
    DISPUTE = "dispute"  # it has to be answered at the provider
    DISAGREEMENT = "disagreement"


@dataclass(frozen=True, slots=True)
class Task:
    kind: TaskKind
    id: str  # of the dispute or the disagreement; number of the refund, of its order's
    why: str  # the refund's failure, the dispute's reason, the kind of the disagreement
    sale: str | None
    order: str | None
    code: str | None
    amount: int | None
    currency: str | None
    opened_at: datetime
    due_at: datetime
    provider: str | None = None  # where it is disputed, or whose books differ
    ours: int | None = None  # of a disagreement: what we say …
    theirs: int | None = None  # … and what the books say


class Tasks:
    def __init__(self, db: asyncpg.Pool, office: Office) -> None:
        self._db = db
        self._office = office

    async def of(self, organizer: str) -> list[Task]:
        refunds = await open_refunds(self._db, organizer, OPEN_REFUNDS_LISTED_MAX)
        async with self._office.reading(organizer) as connection:
            disputes = await connection.fetch(sql.LIST_DISPUTES, organizer, None, "open", DISPUTES_LISTED_MAX)
            found = await connection.fetch(sql.LIST_DISAGREEMENTS, organizer, "open", DISAGREEMENTS_LISTED_MAX)
        tasks = [
            *_refunds(refunds),
            *_disputes(map(Dispute.read, disputes)),
            *_disagreements(map(Disagreement.read, found)),
        ]
        return sorted(tasks, key=lambda task: (task.due_at, task.kind.value, task.id))


def _refunds(refunds: Iterable[OpenRefund]) -> Iterable[Task]:
    for each in refunds:
        if each.state is RefundState.FAILED:
            yield Task(
                *(TaskKind.REFUND, str(each.nth), each.failure or "", each.sale, each.order, each.code),
                *(each.amount, each.currency, each.asked_at, each.due_at),
            )


def _disputes(disputes: Iterable[Dispute]) -> Iterable[Task]:
    for each in disputes:
        if each.answered_at is None:
            yield Task(
                *(TaskKind.DISPUTE, each.id, each.reason, each.sale, each.order, each.code),
                *(each.amount, each.currency, each.opened_at, each.due_at, each.provider),
            )


def _disagreements(found: Iterable[Disagreement]) -> Iterable[Task]:
    for each in found:
        theirs, ours = each.facts.get("theirs"), each.facts.get("ours")
        amount = None if theirs is None or ours is None else abs(theirs - ours)
        yield Task(
            *(TaskKind.DISAGREEMENT, each.id, each.kind.value, each.sale, each.order, each.code),
            *(amount, each.facts.get("currency"), each.opened_at, each.due_at),
            provider=each.provider,
            ours=ours,
            theirs=theirs,
        )
