"""Members: who works for an organizer, what each may do, and how that changes.

Owns: the tables member and role_grant, with grants.py, which reads them. Guarantees: nobody gives, or takes, more than
they may themselves; an organizer that has members keeps an owner; who leaves or is removed takes the open invitations,
guest links and asks for approval of theirs along. Changes for one organizer happen one after the other. Fails with
RefusalError(LAST_OWNER).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby

import asyncpg

from engine.access import Grant, Permit, Role
from engine.accounts import members_sql as sql
from engine.accounts.grants import Grants, changing, grant_of, grants_of
from engine.accounts.model import GrantDraft, MemberView, version_of
from engine.audit import Act, write
from engine.limits import GRANTS_PER_MEMBER_MAX
from engine.refusals import Code, RefusalError, Refused


class Members:
    def __init__(self, db: asyncpg.Pool, grants: Grants) -> None:
        self._db = db
        self._grants = grants

    async def list(self, organizer: str) -> list[MemberView]:
        grants = {
            account: tuple(map(grant_of, rows))
            for account, rows in groupby(
                await self._db.fetch(sql.LIVE_GRANTS, organizer, None), key=lambda row: str(row["account_id"])
            )
        }
        return [
            MemberView(
                *(row["account_id"], row["email"], row["name"], row["joined_at"], row["seen_at"]),
                grants.get(row["account_id"], ()),
            )
            for row in await self._db.fetch(sql.MEMBERS, organizer)
        ]

    async def write_grants(
        self, by: Act, maker: Permit, account: str, wanted: Sequence[GrantDraft], *, version: str | None = None
    ) -> Refused | None:
        """Give a member these roles and no others; refused when they are not those of `version` any more."""
        if not wanted or len(wanted) > GRANTS_PER_MEMBER_MAX:
            return invalid("grants", f"1 to {GRANTS_PER_MEMBER_MAX} are possible; to take all, remove the member")
        async with changing(self._db, by) as connection:
            if not await connection.fetchval(sql.IS_MEMBER, by.organizer_id, account):
                return Refused(Code.NOT_FOUND)
            has = await grants_of(connection, by.organizer_id, account)
            if version is not None and version != version_of(has):
                return Refused(Code.CHANGED_MEANWHILE)
            drafts = {GrantDraft.like(each): each for each in has}
            given = [each for each in dict.fromkeys(wanted) if each not in drafts]
            taken = [each for draft, each in drafts.items() if draft not in wanted]
            refused = refused_of(maker, given, [GrantDraft.like(each) for each in taken])
            if refused is not None:
                return refused
            for draft in given:
                await self._grants.add(connection, by, account, draft.role, scope=draft.scope, until=draft.until)
            return await self._take(connection, by, account, taken)

    async def remove(self, by: Act, maker: Permit, account: str) -> Refused | None:
        """Somebody is no member any more, from now on."""
        async with changing(self._db, by) as connection:
            has = await grants_of(connection, by.organizer_id, account)
            refused = refused_of(maker, [], [GrantDraft.like(each) for each in has])
            return refused or await self._part(connection, by, account, has, "member.remove")

    async def leave(self, by: Act, account: str) -> Refused | None:
        """Somebody goes by themselves."""
        async with changing(self._db, by) as connection:
            has = await grants_of(connection, by.organizer_id, account)
            return await self._part(connection, by, account, has, "member.leave")

    async def hand_over(self, by: Act, owner: str, to: str) -> Refused | None:
        """An owner makes another member the owner, and is a manager from then on."""
        async with changing(self._db, by) as connection:
            if owner == to or not await connection.fetchval(sql.IS_MEMBER, by.organizer_id, to):
                return Refused(Code.NOT_FOUND)
            has = await grants_of(connection, by.organizer_id, owner)
            owning = [each for each in has if each.role is Role.OWNER]
            if not owning:
                return Refused(Code.FORBIDDEN)
            theirs = await grants_of(connection, by.organizer_id, to)
            if not any(each.role is Role.OWNER for each in theirs):
                await self._grants.add(connection, by, to, Role.OWNER)
            await self._grants.add(connection, by, owner, Role.MANAGER)
            await self._take(connection, by, owner, owning)
            await write(connection, by, "ownership.transfer", to, detail={"from": owner})
        return None

    async def _take(
        self, connection: asyncpg.Connection, by: Act, account: str, taken: Sequence[Grant]
    ) -> Refused | None:
        if not taken:
            return None
        owners = await connection.fetchval(sql.OWNERS, by.organizer_id)
        await connection.execute(sql.REVOKE_GRANTS, [each.id for each in taken])
        if owners and not await connection.fetchval(sql.OWNERS, by.organizer_id):
            raise RefusalError(Code.LAST_OWNER)  # which takes the transaction back
        for each in taken:
            await write(
                connection, by, "grant.revoke", account, before=GrantDraft.like(each).told(), detail={"grant": each.id}
            )
        return None

    async def _part(
        self, connection: asyncpg.Connection, by: Act, account: str, has: Sequence[Grant], act: str
    ) -> Refused | None:
        if not await connection.fetchval(sql.IS_MEMBER, by.organizer_id, account):
            return Refused(Code.NOT_FOUND)
        await self._take(connection, by, account, has)
        for statement in (sql.LEAVE, sql.REVOKE_INVITED_BY, sql.REVOKE_LINKS_BY, sql.END_ASKED_BY):
            await connection.execute(statement, by.organizer_id, account)
        await write(connection, by, act, account)
        return None


def refused_of(maker: Permit, given: Sequence[GrantDraft], taken: Sequence[GrantDraft]) -> Refused | None:
    """Why somebody may not give or take these; None when they may."""
    now = datetime.now(UTC)
    for each in given:
        if each.until is not None and each.until <= now:
            return invalid("grants", "one of them is over already")
        if each.role is Role.OWNER and (not each.scope.is_everything or each.until is not None):
            return invalid("grants", "an owner owns the whole organizer, without an end")
    beyond = sorted({each.role.value for each in (*given, *taken) if each.beyond(maker, now)})
    return Refused(Code.BEYOND_YOU, {"roles": beyond}) if beyond else None


def invalid(path: str, message: str) -> Refused:
    return Refused(Code.INVALID, {"fields": [{"path": path, "message": message}]})
