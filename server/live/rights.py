"""Rights of open sockets: looked at again when somebody changes them, when they end, and once a minute.

Owns: which sockets are of somebody who is logged in or works for an organizer. Guarantees: a socket hears at once that
it may do something else now, and is told no more of what it may not look at; while news of changes don't come, every
socket is looked at every second; while Postgres is away, none may anything.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from engine.access import Permission, Permit
from engine.accounts import SessionShown, SessionState
from engine.audit import ActorKind
from engine.ending import end
from engine.engine import Engine
from engine.limits import ACCESS_NEWS_ASK_S, SOCKETS_LOOKED_AT_S
from engine.refusals import RefusalError
from engine.stores.database import UNREACHABLE
from server.contract.events import event
from server.contract.live import WATCHED
from server.known.sales import KnownSales
from server.live.hub import Hub
from server.live.watcher import Watcher

log = logging.getLogger(__name__)


class Office(Watcher, Protocol):
    """A socket of somebody who is logged in, or works for an organizer."""

    session: SessionShown | None
    permit: Permit | None
    watched: dict[str, Hub]

    @property
    def address(self) -> str: ...
    async def may(self, permission: Permission, sale_id: str) -> bool: ...
    async def organizer_of(self, sale_id: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Claim:
    """What a socket has shown, from which its rights are read again."""

    session: SessionShown | None
    permit: Permit | None
    looked_at: datetime

    def subjects(self) -> set[str]:
        """Whose changes concern it, as they are told."""
        found = set()
        if self.session is not None:
            found |= {f"session:{self.session.id}", f"account:{self.session.account}"}
        if self.permit is not None:
            found |= {f"{self.permit.kind.value}:{self.permit.actor}", f"organizer:{self.permit.organizer}"}
        return found


class Rights:
    def __init__(self, engine: Engine, known_sales: KnownSales) -> None:
        self._engine = engine
        self._known_sales = known_sales
        self._claims: dict[Office, Claim] = {}
        self._due: set[Office] = set()
        self._wake = asyncio.Event()
        self._all_looked_at = time.monotonic()

    def follow(self, socket: Office) -> None:
        """Look after what this socket has shown by now."""
        self._claims[socket] = Claim(socket.session, socket.permit, datetime.now(UTC))

    def forget(self, socket: Office) -> None:
        self._claims.pop(socket, None)
        self._due.discard(socket)

    # ── the pulse ──

    async def pulse(self) -> None:
        """Run for ever."""
        listening = asyncio.create_task(self._engine.accounts.news.follow(self.heard))
        try:
            while True:
                try:
                    async with asyncio.timeout(self._rest_s()):
                        await self._wake.wait()
                except TimeoutError:
                    self._due |= set(self._claims if self._all_are_due() else self._ended())
                self._wake.clear()
                await self._look_at_due()
        finally:
            await end([listening])

    def heard(self, subject: str | None) -> None:
        """Somebody's rights have changed, or anybody's."""
        self._due |= {
            socket for socket, claim in self._claims.items() if subject is None or subject in claim.subjects()
        }
        if self._due:
            self._wake.set()

    def _rest_s(self) -> float:
        """How long nobody has to be looked at without a word."""
        if not self._engine.accounts.news.live or self._due:
            return ACCESS_NEWS_ASK_S
        now, rest_s = datetime.now(UTC), SOCKETS_LOOKED_AT_S
        for claim in self._claims.values():
            for ends_at in ends_of(claim):
                rest_s = min(rest_s, max(0.0, (ends_at - now).total_seconds()))
        return rest_s

    def _all_are_due(self) -> bool:
        return not self._engine.accounts.news.live or time.monotonic() - self._all_looked_at >= SOCKETS_LOOKED_AT_S

    def _ended(self) -> list[Office]:
        now = datetime.now(UTC)
        return [socket for socket, claim in self._claims.items() if any(at <= now for at in ends_of(claim))]

    async def _look_at_due(self) -> None:
        if len(self._due) == len(self._claims):
            self._all_looked_at = time.monotonic()
        due, self._due = self._due, set()
        for socket in due:
            claim = self._claims.get(socket)
            if claim is None:
                continue
            self._claims[socket] = replace(claim, looked_at=datetime.now(UTC))
            try:
                session, permit = await self._now(claim, socket.address)
            except (RefusalError, *UNREACHABLE) as fault:
                log.warning("what a socket may do can't be read: %s", type(fault).__name__)
                self._due.add(socket)
                session, permit = None, None
            await self._settle(socket, session, permit)

    async def _now(self, claim: Claim, address: str) -> tuple[SessionShown | None, Permit | None]:
        """What is left of what a socket has shown."""
        accounts, shown = self._engine.accounts, claim.permit
        session = None if claim.session is None else await accounts.sessions.again(claim.session.id)
        if shown is None:
            return session, None
        match shown.kind:
            case ActorKind.ACCOUNT:
                if session is None or session.state is not SessionState.IN:
                    return session, None
                if await accounts.grants.owes(session, shown.organizer):
                    return session, None
                return session, await accounts.grants.permit(shown.actor, shown.organizer)
            case ActorKind.KEY:
                key = await self._engine.access.again(shown.organizer, shown.actor, address)
                return session, shown if key is not None and lasts(shown) else None
            case _:
                return session, await accounts.guests.again(shown.actor)

    async def _settle(self, socket: Office, session: SessionShown | None, permit: Permit | None) -> None:
        """Let the socket be that, and tell it when that is something else than before."""
        same_session = (socket.session is None) == (session is None)
        if same_session and socket.permit == permit:
            return
        if socket not in self._claims:
            return
        socket.session, socket.permit = session, permit
        await self._hide(socket)
        socket.send(
            event("access", organizer=None if permit is None else permit.organizer, logged_in=session is not None)
        )

    async def _hide(self, socket: Office) -> None:
        """Tell the socket no more of what it may not look at."""
        for sale, hub in list(socket.watched.items()):
            topics = hub.topics(socket)
            gone = {
                topic
                for topic, need in WATCHED.items()
                if topic in topics and isinstance(need, Permission) and not await socket.may(need, sale)
            }
            if not await self._is_there(socket, sale):
                gone = set(WATCHED)
            if gone:
                hub.unwatch(socket, gone)
            if not hub.topics(socket):
                socket.watched.pop(sale, None)

    async def _is_there(self, socket: Office, sale: str) -> bool:
        try:
            await self._known_sales.check(sale, await socket.organizer_of(sale))
        except RefusalError:
            return False
        return True


def ends_of(claim: Claim) -> list[datetime]:
    """When what was shown ends by itself, as far as that was still to come when it was looked at last."""
    found = [] if claim.permit is None else [each.until for each in claim.permit.grants if each.until is not None]
    if claim.session is not None:
        found.append(claim.session.until_at)
    return [each for each in found if each > claim.looked_at]


def lasts(permit: Permit) -> bool:
    return any(each.lasts(datetime.now(UTC)) for each in permit.grants)
