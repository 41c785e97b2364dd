"""Invitations: somebody is asked by e-mail to become a member, and accepts once logged in with that address.

Owns: the table invitation. Guarantees: a token opens one invitation once, and only its SHA-256 is kept; what is given
is no more than the inviter may when it is accepted; a later invitation of the same address takes the place of the one
before. What is wrong, used, revoked or over is refused with one and the same word.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

from engine.access import Permit
from engine.accounts import members_sql as sql
from engine.accounts.grants import Grants, changing, grants_of, lock_members, still_stands
from engine.accounts.members import invalid, refused_of
from engine.accounts.model import AccountView, GrantDraft, InvitationView
from engine.audit import Act, ActorKind, write
from engine.context import OldRows
from engine.ids import fingerprint, new_id
from engine.limits import GRANTS_PER_MEMBER_MAX, INVITATION_S, INVITATIONS_KEPT_DAYS, INVITATIONS_OPEN_MAX
from engine.messages import Letter, Letterbox
from engine.refusals import Code, Refused

TOKEN_BYTES = 32
OLD_INVITATIONS = OldRows(
    "invitations",
    sql.FORGET_INVITATIONS,
    INVITATIONS_KEPT_DAYS,
    "it was sent",
    "shows who let whom in",
    sql.DUE_INVITATIONS,
)


@dataclass(frozen=True, slots=True)
class NewInvitation:
    id: str
    token: str = field(repr=False)
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Inviting:
    """Who invites, and where the link leads: the token is appended to it."""

    maker: Permit
    name: str
    link: str
    locale: str


class Invitations:
    def __init__(self, db: asyncpg.Pool, grants: Grants, letterbox: Letterbox) -> None:
        self._db = db
        self._grants = grants
        self._letterbox = letterbox

    async def invite(
        self, by: Act, inviting: Inviting, email: str, wanted: Sequence[GrantDraft]
    ) -> NewInvitation | Refused:
        """Write to an address; whether it has an account makes no difference."""
        if not wanted or len(wanted) > GRANTS_PER_MEMBER_MAX:
            return invalid("grants", f"1 to {GRANTS_PER_MEMBER_MAX} are possible")
        refused = refused_of(inviting.maker, wanted, [])
        if refused is not None:
            return refused
        invitation, token = new_id("inv"), secrets.token_urlsafe(TOKEN_BYTES)
        async with changing(self._db, by) as connection:
            await connection.execute(sql.REVOKE_INVITED, by.organizer_id, email)
            if await connection.fetchval(sql.OPEN_INVITATIONS, by.organizer_id) >= INVITATIONS_OPEN_MAX:
                return Refused(Code.CONFLICT, {"reason": "too_many"})
            told = [each.told() for each in wanted]
            until_at = await connection.fetchval(
                sql.INSERT_INVITATION,
                *(invitation, by.organizer_id, email, fingerprint(token), told, float(INVITATION_S)),
                *(by.kind.value, by.actor),
            )
            view = await connection.fetchrow(sql.INVITATION, fingerprint(token))
            letter = Letter(
                key=f"invitation:{invitation}",
                template="invitation",
                to=email,
                locale=inviting.locale,
                organizer=by.organizer_id,
                until=until_at,
                data={
                    "link": inviting.link + token,
                    "organizer": view["organizer"],
                    "inviter": inviting.name,
                    "roles": ", ".join(dict.fromkeys(each.role.value for each in wanted)),
                },
            )
            await self._letterbox.write(connection, letter)
            await write(connection, by, "member.invite", invitation, after={"grants": told})
        return NewInvitation(invitation, token, until_at)

    async def open(self, organizer: str) -> list[InvitationView]:
        return [view_of(row) for row in await self._db.fetch(sql.INVITATIONS, organizer)]

    async def look(self, token: str) -> InvitationView | None:
        """What an invitation is for."""
        row = await self._db.fetchrow(sql.INVITATION, fingerprint(token))
        return None if row is None else view_of(row)

    async def accept(self, account: AccountView, token: str, by: Act | None = None) -> InvitationView | Refused:
        """Become a member, or a member who may more. `by` is how it was asked for."""
        async with self._db.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(sql.INVITATION, fingerprint(token))
            if row is None or row["email"] != account.email:
                return Refused(Code.WRONG_LINK)
            view = view_of(row)
            await lock_members(connection, view.organizer)
            if await connection.fetchval(sql.TAKE_INVITATION, view.id, account.id) is None:
                return Refused(Code.WRONG_LINK)
            if not await self._may_still(view):
                return Refused(Code.WRONG_LINK)
            act = by or Act(view.organizer, account.id, ActorKind.ACCOUNT)
            has = set(map(GrantDraft.like, await grants_of(connection, view.organizer, account.id)))
            for each in view.grants:
                if each not in has:
                    await self._grants.add(connection, act, account.id, each.role, scope=each.scope, until=each.until)
            await write(connection, act, "member.join", account.id, detail={"invitation": view.id})
        return view

    async def _may_still(self, view: InvitationView) -> bool:
        """Whether a member who invited may still give what the invitation gives."""
        if view.invited_kind is not ActorKind.ACCOUNT:
            return True
        permit = await self._grants.permit(view.invited_by, view.organizer)
        return permit is not None and refused_of(permit, view.grants, []) is None

    async def revoke(self, by: Act, invitation: str) -> bool:
        """False when there is no such open one."""
        async with self._db.acquire() as connection, connection.transaction():
            await still_stands(connection, by)
            if await connection.fetchval(sql.REVOKE_INVITATION, invitation, by.organizer_id) is None:
                return False
            await write(connection, by, "invitation.revoke", invitation)
        return True


def view_of(row: Any) -> InvitationView:
    return InvitationView(
        *(row["id"], row["organizer_id"], row["organizer"], row["email"]),
        tuple(map(GrantDraft.of, row["grants"])),
        *(row["until_at"], ActorKind(row["invited_kind"]), row["invited_by"], row["created_at"]),
    )
