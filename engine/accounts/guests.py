"""Guest links: somebody without an account looks at one event, for a while.

Owns: the table guest_link. A link is shown once; only the SHA-256 of its token is kept. Guarantees: a link only reads,
one event alone, and nothing once it was revoked or is over; nobody makes one for what they may not see themselves.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from engine.access import About, Grant, Permission, Permit, Scope
from engine.accounts import members_sql as sql
from engine.accounts.grants import changing, still_stands
from engine.accounts.members import invalid
from engine.accounts.model import GuestLinkView
from engine.audit import Act, ActorKind, write
from engine.ids import fingerprint, readable
from engine.limits import GUEST_LINK_S_MAX, GUEST_LINKS_LIVE_MAX
from engine.refusals import Code, Refused
from engine.text import Written

LINK = re.compile(r"(gl_[a-z0-9]{12})_[A-Za-z0-9_-]{43}")
LINK_ID_CHARS = 12
TOKEN_BYTES = 32
LABEL = Written(100)
READING = frozenset({Permission.EVENT_READ, Permission.SALE_READ, Permission.ORDER_READ})


@dataclass(frozen=True, slots=True)
class NewGuestLink:
    """A link in full: the only time anybody sees its token."""

    id: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class GuestLinkDraft:
    label: str
    permission: Permission
    about: About  # with an event
    until: datetime


class GuestLinks:
    def __init__(self, db: asyncpg.Pool) -> None:
        self._db = db

    async def make(self, by: Act, maker: Permit, draft: GuestLinkDraft) -> NewGuestLink | Refused:
        now = datetime.now(UTC)
        if draft.permission not in READING:
            return invalid("permission", "is none that only reads")
        if not now < draft.until <= now + timedelta(seconds=GUEST_LINK_S_MAX):
            return invalid("until_at_ms", f"must be within {GUEST_LINK_S_MAX // 86_400} days from now")
        if draft.about.event is None or not maker.covers(draft.permission, draft.about, now, draft.until):
            return Refused(Code.BEYOND_YOU)
        link, label = f"gl_{readable(LINK_ID_CHARS)}", LABEL.read(draft.label)
        token = f"{link}_{secrets.token_urlsafe(TOKEN_BYTES)}"
        async with changing(self._db, by) as connection:
            if await connection.fetchval(sql.LIVE_LINKS, by.organizer_id) >= GUEST_LINKS_LIVE_MAX:
                return Refused(Code.CONFLICT, {"reason": "too_many"})
            await connection.execute(
                sql.INSERT_LINK,
                *(link, by.organizer_id, fingerprint(token), label, draft.permission.value, draft.about.event),
                *(draft.until, by.actor),
            )
            after = {"permission": draft.permission, "event": draft.about.event, "until_at": draft.until}
            await write(connection, by, "guest_link.create", link, after=after)
        return NewGuestLink(link, token)

    async def list(self, organizer: str) -> list[GuestLinkView]:
        return [link_of(row) for row in await self._db.fetch(sql.LINKS, organizer)]

    async def permit(self, token: str) -> Permit | None:
        """What whoever has this link may do; None when it is no use."""
        if LINK.fullmatch(token) is None:
            return None
        row = await self._db.fetchrow(sql.LINK_BY_TOKEN, fingerprint(token))
        if row is None:
            return None
        await self._db.execute(sql.LINK_USED, row["id"])
        return permit_of(link_of(row))

    async def again(self, link: str) -> Permit | None:
        """The same for a link that was shown before, as it is now."""
        row = await self._db.fetchrow(sql.LINK_BY_ID, link)
        return None if row is None else permit_of(link_of(row))

    async def revoke(self, by: Act, link: str) -> bool:
        """False when there is no such live one."""
        async with self._db.acquire() as connection, connection.transaction():
            await still_stands(connection, by)
            if await connection.fetchval(sql.REVOKE_LINK, link, by.organizer_id) is None:
                return False
            await write(connection, by, "guest_link.revoke", link)
        return True


def link_of(row: Any) -> GuestLinkView:
    return GuestLinkView(
        *(row["id"], row["organizer_id"], row["label"], Permission(row["permission"]), row["event_id"]),
        *(row["until_at"], row["created_by"], row["created_at"], row["revoked_at"], row["last_used_at"]),
    )


def permit_of(link: GuestLinkView) -> Permit:
    """To look at anything of an event one may also read its name and times."""
    permissions = frozenset({link.permission, Permission.EVENT_READ, Permission.SALE_READ})
    if link.permission is Permission.EVENT_READ:
        permissions = frozenset({Permission.EVENT_READ})
    grant = Grant(link.id, permissions, Scope(frozenset({link.event})), link.until_at)
    return Permit(link.organizer, ActorKind.GUEST, link.id, (grant,))
