"""Choosing: people and accounts that were named, as every context knows them. Who is erased, who asks what is known of
them and who corrects it is chosen so.

Guarantees: an organizer chooses its own people only; with an account come the people that its buyers said they are. Of
those an address is theirs only if it is the account's: anybody may type the address of anybody else, and several people
may have used one browser. Nobody must learn, change or undo by that what is somebody else's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from engine.accounts import AccountView, LinkedBuyer
from engine.context import Told, Whom
from engine.people import Profile
from engine.rights import sql
from engine.rights.model import Chosen
from engine.vault import Vault

Linked = Callable[[str, asyncpg.Connection], Awaitable[list[LinkedBuyer]]]
View = Callable[[str, asyncpg.Connection], Awaitable[AccountView | None]]
Profiles = Callable[[asyncpg.Connection, Sequence[str], Sequence[str]], Awaitable[list[Profile]]]


@dataclass(frozen=True, slots=True)
class Found:
    """Everybody who was named, or typed by a buyer of an account that was."""

    chosen: Chosen
    linked: frozenset[str]
    rows: Sequence[Mapping[str, Any]]  # of the vault
    profiles: Sequence[Profile]
    inboxes: frozenset[bytes]  # of open accounts, and of the people who were named

    @property
    def typed(self) -> frozenset[bytes]:
        """Addresses that may be anybody's."""
        marks = {mark for row in self.rows for mark in (row["email_mark"], row["phone_mark"]) if mark}
        return frozenset(marks - self.inboxes)

    @property
    def people(self) -> tuple[str, ...]:
        return tuple(row["id"] for row in self.rows)

    @property
    def buyers(self) -> tuple[str, ...]:
        return tuple(sorted(self.linked | {row["buyer_id"] for row in self.rows if row["buyer_id"]}))

    def own_people(self) -> tuple[str, ...]:
        """Those who are surely meant: they were named, or the address that was typed with the name is theirs."""
        return tuple(
            row["id"]
            for row in self.rows
            if row["id"] in self.chosen.people or (row["email_mark"] or row["phone_mark"]) in self.inboxes
        )

    def own_numbers(self) -> tuple[int, ...]:
        """Profiles with nobody's address, with one that was confirmed where it was typed, or with one of theirs."""
        own = {*self.own_people()}
        return tuple(
            each.number
            for each in self.profiles
            if each.person in own or each.inbox is None or each.confirmed or each.inbox in self.inboxes
        )


class Choosing:
    def __init__(self, vault: Vault, *, linked: Linked, view: View, profiles: Profiles) -> None:
        """`linked` tells the buyers of an account, `view` whose it is, `profiles` those of people and buyers."""
        self._vault = vault
        self._linked = linked
        self._view = view
        self._profiles = profiles

    async def whom(self, connection: asyncpg.Connection, organizer_id: str | None, chosen: Chosen) -> Whom | None:
        """All of them, as they are erased; None: nobody is there, or one of them is not this organizer's."""
        found = await self._find(connection, organizer_id, chosen)
        return None if found is None else Whom(**await self._everybody(connection, organizer_id, found))

    async def told(self, connection: asyncpg.Connection, organizer_id: str | None, chosen: Chosen) -> Told | None:
        """The same, without whoever may be somebody else: who is told what is known, or corrects it."""
        found = await self._find(connection, organizer_id, chosen)
        if found is None:
            return None
        everybody = await self._everybody(connection, organizer_id, found)
        own = {"people": found.own_people(), "numbers": found.own_numbers(), "linked": tuple(sorted(found.linked))}
        return Told(**{**everybody, **own})

    async def _find(self, connection: asyncpg.Connection, organizer_id: str | None, chosen: Chosen) -> Found | None:
        assert organizer_id is None or not chosen.accounts, "accounts are nobody's"
        buyers = [each.buyer for account in chosen.accounts for each in await self._linked(account, connection)]
        typed = await self._vault.of_buyers(buyers, connection) if buyers else []
        rows = await self._vault.whose([*chosen.people, *typed], connection)
        if organizer_id is not None and any(row["organizer_id"] != organizer_id for row in rows):
            return None
        if not rows and not chosen.accounts:
            return None
        accounts = [each for one in chosen.accounts if (each := await self._view(one, connection)) is not None]
        own = {self._vault.marks.inbox("email", each.email) for each in accounts if each.closed_at is None}
        named = [row for row in rows if row["id"] in chosen.people]
        own |= {mark for row in named for mark in (row["email_mark"], row["phone_mark"]) if mark}
        profiles = await self._profiles(connection, [row["id"] for row in rows], buyers)
        return Found(chosen, frozenset(buyers), rows, profiles, frozenset(own))

    async def _everybody(
        self, connection: asyncpg.Connection, organizer_id: str | None, found: Found
    ) -> dict[str, Any]:
        orders = await connection.fetch(sql.ORDERS, list(found.people), list(found.buyers)) if found.typed else []
        return {
            "organizer_id": organizer_id,
            "people": found.people,
            "numbers": tuple(each.number for each in found.profiles),
            "buyers": found.buyers,
            "inboxes": tuple(found.inboxes),
            "accounts": tuple(found.chosen.accounts),
            "typed": tuple(found.typed),
            "orders": tuple(row["id"] for row in orders),
        }
