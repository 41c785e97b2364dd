"""Grants: what members may do for an organizer: a role, in a scope, until an instant.

Owns: the tables member and role_grant. Guarantees: what is answered is what the database says at that moment.
"""

from __future__ import annotations

from datetime import datetime

import asyncpg

from engine.access import EVERYTHING, ROLES, Grant, Permit, Role, Scope
from engine.accounts import sql
from engine.accounts.model import Membership
from engine.audit import Act, ActorKind, write
from engine.ids import new_id


class Grants:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db

    async def permit(self, account: str, organizer: str) -> Permit | None:
        """All that an account may do for an organizer; None when it may nothing there."""
        grants = tuple(
            Grant(
                row["id"],
                ROLES[Role(row["role"])],
                Scope(frozenset(row["events"]), frozenset(row["venues"])),
                row["until_at"],
                Role(row["role"]),
            )
            for row in await self._db.fetch(sql.GRANTS, organizer, account)
        )
        return Permit(organizer, ActorKind.ACCOUNT, account, grants) if grants else None

    async def memberships(self, account: str) -> list[Membership]:
        rows = await self._db.fetch(sql.MEMBERSHIPS, account)
        return [Membership(row["organizer_id"], row["name"], row["joined_at"]) for row in rows]

    async def add(
        self,
        connection: asyncpg.Connection,
        by: Act,
        account: str,
        role: Role,
        *,
        scope: Scope = EVERYTHING,
        until: datetime | None = None,
    ) -> str:
        """Give an account a role for the organizer of the act, in the caller's transaction; it becomes a member."""
        grant = new_id("gra")
        await connection.execute(sql.INSERT_MEMBER, by.organizer_id, account)
        await connection.execute(
            sql.INSERT_GRANT,
            *(grant, by.organizer_id, account, role.value, sorted(scope.events), sorted(scope.venues), until),
            by.actor,
        )
        after = {"role": role, "events": sorted(scope.events), "venues": sorted(scope.venues), "until_at": until}
        await write(connection, by, "grant.give", account, after=after, detail={"grant": grant})
        return grant
