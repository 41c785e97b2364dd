"""Grants: what members may do for an organizer: a role, in a scope, until an instant.

Owns: the tables member and role_grant. Guarantees: what is answered is what the database says at that moment.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import asyncpg

from engine.access import EVERYTHING, ROLES, Grant, Permit, Role, Scope
from engine.accounts import sql
from engine.accounts.model import Membership, SessionShown, Standing
from engine.audit import Act, ActorKind, write
from engine.ids import new_id


class Grants:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db

    async def permit(self, account: str, organizer: str) -> Permit | None:
        """All that an account may do for an organizer; None when it may nothing there."""
        grants = tuple(map(grant_of, await self._db.fetch(sql.GRANTS, organizer, account)))
        return Permit(organizer, ActorKind.ACCOUNT, account, grants) if grants else None

    async def memberships(self, account: str) -> list[Membership]:
        rows = await self._db.fetch(sql.MEMBERSHIPS, account)
        return [Membership(row["organizer_id"], row["name"], row["joined_at"]) for row in rows]

    async def standings(self, session: SessionShown) -> list[Standing]:
        """What somebody who is logged in is for each organizer they work for."""
        found = []
        for each in await self.memberships(session.account):
            permit = await self.permit(session.account, each.organizer)
            roles = () if permit is None else tuple(dict.fromkeys(grant.role for grant in permit.grants if grant.role))
            found.append(Standing(each.organizer, each.name, permit, roles, await self.owes(session, each.organizer)))
        return found

    async def owes(self, session: SessionShown, organizer: str) -> bool:
        """Whether the organizer asks for a second factor that was not shown in this session."""
        return not session.second_factor and bool(await self._db.fetchval(sql.ASKS_FOR_FACTOR, organizer))

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


def grant_of(row: Any) -> Grant:
    role = Role(row["role"])
    scope = Scope(frozenset(row["events"]), frozenset(row["venues"]))
    return Grant(row["id"], ROLES[role], scope, row["until_at"], role)
