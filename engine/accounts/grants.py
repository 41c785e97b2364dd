"""Grants: what members may do for an organizer: a role, in a scope, until an instant; and whether an act may go on.

Owns: the tables member and role_grant. Guarantees: what is answered is what the database says at that moment; where an
act is asked about in its own transaction, what was revoked or has ended before is refused, and a revocation that comes
meanwhile waits for that transaction to end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg

from engine.access import EVERYTHING, ROLES, About, Grant, Permission, Permit, Role, Scope, hold_key
from engine.accounts import members_sql, sql
from engine.accounts.model import Membership, SessionShown, Standing
from engine.audit import Act, ActorKind, write
from engine.ids import new_id
from engine.refusals import Code, RefusalError


class Grants:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db

    async def permit(self, account: str, organizer: str) -> Permit | None:
        """All that an account may do for an organizer; None when it may nothing there."""
        return permit_of_member(organizer, account, await self._db.fetch(sql.GRANTS, organizer, account))

    async def names(self, organizer: str, accounts: Sequence[str]) -> dict[str, str]:
        """What those are called who work for an organizer, or did: their name, else their address."""
        return {row["id"]: row["name"] for row in await self._db.fetch(sql.NAMES, organizer, accounts)}

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


async def hold_grants(connection: asyncpg.Connection, organizer: str, account: str) -> Permit | None:
    """The same as `Grants.permit`, which stays so until the transaction ends."""
    return permit_of_member(organizer, account, await connection.fetch(sql.HOLD_GRANTS, organizer, account))


def permit_of_member(organizer: str, account: str, rows: Sequence[Any]) -> Permit | None:
    grants = tuple(map(grant_of, rows))
    return Permit(organizer, ActorKind.ACCOUNT, account, grants) if grants else None


async def still_stands(connection: asyncpg.Connection, by: Act) -> None:
    """Refuse an act whose ground has gone. Operators, and the installation itself, stand on none that could go."""
    match by.kind:
        case ActorKind.OPERATOR | ActorKind.ITSELF:
            return
        case ActorKind.KEY:
            permit = await hold_key(connection, by.organizer_id, by.actor)
        case ActorKind.ACCOUNT:
            permit = await hold_grants(connection, by.organizer_id, by.actor)
        case _:  # guests look; strangers are not admitted at all
            permit = None
    if permit is None or not _covers(permit, by):
        raise RefusalError(Code.FORBIDDEN, permission=by.ground.permission if by.ground else "")


@asynccontextmanager
async def changing(db: asyncpg.Pool, by: Act) -> AsyncIterator[asyncpg.Connection]:
    """A transaction of somebody who may act still, in which nobody else changes who may do what for the organizer."""
    async with db.acquire() as connection, connection.transaction():
        await lock_members(connection, by.organizer_id)  # before any row, as whoever closes an account does
        await still_stands(connection, by)
        yield connection


async def lock_members(connection: asyncpg.Connection, organizer: str) -> None:
    """Serialize changes of who may do what for an organizer until the transaction ends."""
    await connection.execute(members_sql.LOCK, organizer)


async def grants_of(connection: asyncpg.Connection, organizer: str, account: str) -> list[Grant]:
    """What a member has now, in the caller's transaction."""
    return [grant_of(row) for row in await connection.fetch(members_sql.LIVE_GRANTS, organizer, account)]


def _covers(permit: Permit, by: Act) -> bool:
    if by.ground is None:
        return False
    permission, about, now = (
        Permission(by.ground.permission),
        About(by.ground.event, by.ground.venue),
        datetime.now(UTC),
    )
    if by.ground.anywhere:
        return bool(permit.reach(permission, now))
    return permit.decides(permission, about, now) is not None
