"""Policies, and acts that wait for a second person.

Owns: the tables organizer_policy and approval. Guarantees: nobody approves what they asked for; what was approved is
begun once at a time, and again only when whoever began it did not come to an end; an ask lapses by itself, and is void
once its asker is gone. Fails by Refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

from engine.accounts import members_sql as sql
from engine.accounts.grants import changing, still_stands
from engine.accounts.model import ApprovalView, Policy
from engine.audit import Act, ActorKind, Ground, write
from engine.context import OldRows
from engine.ids import new_id
from engine.limits import APPROVAL_RUNS_S_MAX, APPROVAL_S, APPROVALS_KEPT_DAYS, APPROVALS_OPEN_MAX
from engine.refusals import Code, Refused

OLD_APPROVALS = OldRows(
    "approvals",
    sql.FORGET_APPROVALS,
    APPROVALS_KEPT_DAYS,
    "it was asked for",
    "shows who approved what",
    sql.DUE_APPROVALS,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A call as it was made, to be made again once it is approved."""

    act: str
    route: str
    parts: Mapping[str, str]
    body: bytes
    ground: Ground


class Policies:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db

    # ── policies ──

    async def of(self, organizer: str) -> Policy:
        row = await self._db.fetchrow(sql.POLICY, organizer)
        return Policy() if row is None else policy_of(row)

    async def write(self, by: Act, wanted: Policy) -> Refused | None:
        """Put the policy in the place of the one with the version that `wanted` carries."""
        async with changing(self._db, by) as connection:
            row = await connection.fetchrow(sql.POLICY, by.organizer_id)
            before = Policy() if row is None else policy_of(row)
            if before.version != wanted.version:
                return Refused(Code.CHANGED_MEANWHILE)
            said = (wanted.second_factor, sorted(wanted.two_persons))
            most = (wanted.complimentary_max, wanted.refund_alone_max)
            await connection.execute(sql.WRITE_POLICY, by.organizer_id, *said, *most)
            await write(connection, by, "policy.change", by.organizer_id, before=_told(before), after=_told(wanted))
        return None

    # ── approvals ──

    async def ask(self, by: Act, asked: Asked) -> ApprovalView | Refused:
        """Keep a call until a second person decides; the same one again is the same ask."""
        parts = dict(asked.parts)
        async with changing(self._db, by) as connection:
            same = await connection.fetchrow(
                sql.SAME_APPROVAL, by.organizer_id, asked.route, parts, asked.body, by.actor
            )
            if same is None:
                if await connection.fetchval(sql.OPEN_APPROVALS, by.organizer_id) >= APPROVALS_OPEN_MAX:
                    return Refused(Code.CONFLICT, {"reason": "too_many"})
                approval, ground = new_id("apr"), asked.ground
                await connection.execute(
                    sql.INSERT_APPROVAL,
                    *(approval, by.organizer_id, asked.act, asked.route, parts, asked.body),
                    *(ground.permission, ground.event, ground.venue, by.kind.value, by.actor, float(APPROVAL_S)),
                )
                await write(connection, by, "approval.ask", approval, after={"act": asked.act, **parts})
            else:
                approval = same["id"]
            return approval_of(await connection.fetchrow(sql.APPROVAL, by.organizer_id, approval))

    async def list(self, organizer: str) -> list[ApprovalView]:
        return [approval_of(row) for row in await self._db.fetch(sql.APPROVALS, organizer)]

    async def show(self, organizer: str, approval: str) -> ApprovalView | None:
        row = await self._db.fetchrow(sql.APPROVAL, organizer, approval)
        return None if row is None else approval_of(row)

    async def begin(self, by: Act, approval: str) -> Refused | None:
        """Approve: from here on it is this person who does it, beside the one who asked."""
        async with self._db.acquire() as connection, connection.transaction():
            await still_stands(connection, by)
            claimed = await connection.fetchval(
                sql.CLAIM_APPROVAL, by.organizer_id, approval, by.actor, float(APPROVAL_RUNS_S_MAX)
            )
            if claimed is None:
                return Refused(Code.CONFLICT, {"reason": "decided"})
            await write(connection, by, "approval.approve", approval)
        return None

    async def end(self, organizer: str, approval: str, *, done: bool) -> None:
        await self._db.execute(sql.END_APPROVAL, organizer, approval, "done" if done else "failed")

    async def reject(self, by: Act, approval: str) -> bool:
        """False when it waits no more. Whoever asked may take it back by this."""
        async with self._db.acquire() as connection, connection.transaction():
            await still_stands(connection, by)
            if await connection.fetchval(sql.REJECT_APPROVAL, by.organizer_id, approval, by.actor) is None:
                return False
            await write(connection, by, "approval.reject", approval)
        return True


def policy_of(row: Any) -> Policy:
    most = (row["complimentary_max"], row["refund_alone_max"])
    return Policy(row["second_factor"], frozenset(row["two_persons"]), row["version"], *most)


async def complimentary_max(connection: asyncpg.Connection, organizer: str) -> int:
    """How many tickets each member may give away in a sale."""
    row = await connection.fetchrow(sql.POLICY, organizer)
    return 0 if row is None else policy_of(row).complimentary_max


def _told(policy: Policy) -> dict[str, Any]:
    return {
        "second_factor": policy.second_factor,
        "two_persons": sorted(policy.two_persons),
        "complimentary_max": policy.complimentary_max,
        "refund_alone_max": policy.refund_alone_max,
    }


def approval_of(row: Any) -> ApprovalView:
    return ApprovalView(
        *(row["id"], row["act"], row["route"], row["parts"], row["body"]),
        Ground(row["permission"], row["event_id"], row["venue_id"]),
        ActorKind(row["asked_kind"]),
        *(row["asked_by"], row["asked_at"], row["until_at"], row["decided_by"], row["state"]),
    )
