"""What is asked and answered about money at providers: tasks, disputes, and where their books and ours differ."""

from __future__ import annotations

from typing import Annotated, Literal, cast

from pydantic import Field
from typing_extensions import TypedDict

from engine.limits import REASON_CHARS_MAX
from engine.reconciliation import Disagreement, Dispute, Run, Task
from engine.text import Written
from server.contract.asks import Ask
from server.contract.security.audit import InstantMs
from server.contract.stamps import in_ms, in_ms_if_any

Kind = Literal[
    "unknown_charge",
    "missing_charge",
    "amount_differs",
    "currency_differs",
    "missing_refund",
    "unknown_refund",
    "unread",
]


class ReconciliationBody(Ask):
    since_ms: InstantMs | None = Field(
        default=None, description="What happened from then on is compared; else from before the last time."
    )


class ResolveBody(Ask):
    reason: Annotated[str, Written(REASON_CHARS_MAX)] = Field(description="For your members.")


class DisputePolicyBody(Ask):
    blocks: bool = Field(description="Whether the tickets of a disputed order open nothing until it is won.")


class DisputePolicyShape(TypedDict):
    blocks: bool


class TaskShape(TypedDict):
    """Something that waits for a person."""

    kind: Literal["refund", "dispute", "disagreement"]
    id: str  # of the dispute or the disagreement; the number of the refund, of its order's
    why: str  # why the refund failed; the reason of the dispute; the kind of the disagreement
    sale: str | None
    order: str | None
    code: str | None  # purchase code of the order
    amount: int | None
    currency: str | None
    opened_at_ms: int
    due_at_ms: int  # by when somebody has to have seen to it
    provider: str | None  # where it is disputed, or whose books differ
    ours: int | None  # of a disagreement: what we say, in minor units …
    theirs: int | None  # … and what the books say


class TasksShape(TypedDict):
    items: list[TaskShape]  # what is due first comes first


class DisputeShape(TypedDict):
    id: str  # the provider's
    provider: str
    sale: str | None
    order: str | None
    code: str | None
    amount: int
    currency: str
    reason: str  # the buyer's bank's
    state: Literal["open", "won", "lost"]
    blocks: bool  # whether the order's tickets open nothing meanwhile
    opened_at_ms: int
    due_at_ms: int
    answered_at_ms: int | None
    ended_at_ms: int | None


class DisputesShape(TypedDict):
    items: list[DisputeShape]  # the newest first


class DisagreementFactsShape(TypedDict, total=False):
    ours: int  # what we say, in minor units
    theirs: int  # what the books say
    currency: str
    their_currency: str
    why: str  # it can't be read


class DisagreementShape(TypedDict):
    id: str
    provider: str
    kind: Kind
    subject: str  # id of the order, or of the entry that can't be read
    sale: str | None
    order: str | None
    code: str | None
    facts: DisagreementFactsShape
    state: Literal["open", "resolved"]
    opened_at_ms: int
    due_at_ms: int
    resolved_at_ms: int | None
    by_member: bool  # who resolved it; else a later look found both sides alike
    reason: str


class DisagreementsShape(TypedDict):
    items: list[DisagreementShape]  # those that are open first


class ReconciliationShape(TypedDict):
    id: str
    since_ms: int
    state: Literal["waiting", "running", "done"]
    entries: int  # of books, that were new
    compared: int  # orders
    found: int  # disagreements that are new
    settled: int  # disagreements that are over
    unreached: list[str]  # providers whose books could not be read
    asked_at_ms: int
    ended_at_ms: int | None


class ReconciliationsShape(TypedDict):
    items: list[ReconciliationShape]  # the newest first


def task_shape(task: Task) -> TaskShape:
    return {
        "kind": task.kind.value,
        "id": task.id,
        "why": task.why,
        "sale": task.sale,
        "order": task.order,
        "code": task.code,
        "amount": task.amount,
        "currency": task.currency,
        "opened_at_ms": in_ms(task.opened_at),
        "due_at_ms": in_ms(task.due_at),
        "provider": task.provider,
        "ours": task.ours,
        "theirs": task.theirs,
    }


def dispute_shape(dispute: Dispute) -> DisputeShape:
    return {
        "id": dispute.id,
        "provider": dispute.provider,
        "sale": dispute.sale,
        "order": dispute.order,
        "code": dispute.code,
        "amount": dispute.amount,
        "currency": dispute.currency,
        "reason": dispute.reason,
        "state": dispute.state.value,
        "blocks": dispute.blocks,
        "opened_at_ms": in_ms(dispute.opened_at),
        "due_at_ms": in_ms(dispute.due_at),
        "answered_at_ms": in_ms_if_any(dispute.answered_at),
        "ended_at_ms": in_ms_if_any(dispute.ended_at),
    }


def disagreement_shape(found: Disagreement) -> DisagreementShape:
    return {
        "id": found.id,
        "provider": found.provider,
        "kind": found.kind.value,
        "subject": found.subject,
        "sale": found.sale,
        "order": found.order,
        "code": found.code,
        "facts": cast("DisagreementFactsShape", dict(found.facts)),
        "state": "open" if found.open else "resolved",
        "opened_at_ms": in_ms(found.opened_at),
        "due_at_ms": in_ms(found.due_at),
        "resolved_at_ms": in_ms_if_any(found.resolved_at),
        "by_member": found.by_member,
        "reason": found.reason,
    }


def run_shape(run: Run) -> ReconciliationShape:
    return {
        "id": run.id,
        "since_ms": in_ms(run.since),
        "state": cast('Literal["waiting", "running", "done"]', run.state),
        "entries": run.entries,
        "compared": run.compared,
        "found": run.found,
        "settled": run.settled,
        "unreached": list(run.unreached),
        "asked_at_ms": in_ms(run.asked_at),
        "ended_at_ms": in_ms_if_any(run.ended_at),
    }
