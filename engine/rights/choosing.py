"""Choosing: people and accounts that were named, as every context knows them. Both who is erased and who asks what is
known of them is chosen so.

Guarantees: an organizer chooses its own people only; with an account come the people that its buyers said they are. Of
those an address is theirs only if it is the account's: anybody may type the address of anybody else, and must learn and
undo nothing by that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import asyncpg

from engine.accounts import AccountView, LinkedBuyer
from engine.context import Whom
from engine.rights import sql
from engine.rights.model import Chosen
from engine.vault import Vault

Linked = Callable[[str], Awaitable[list[LinkedBuyer]]]
View = Callable[[str], Awaitable[AccountView | None]]


class Choosing:
    def __init__(self, db: asyncpg.Pool, vault: Vault, *, linked: Linked, view: View) -> None:
        """`linked` tells the buyers of an account, `view` whose it is."""
        self._db = db
        self._vault = vault
        self._linked = linked
        self._view = view

    async def whom(self, organizer_id: str | None, chosen: Chosen) -> Whom | None:
        """None: nobody is there, or one of them is not this organizer's."""
        assert organizer_id is None or not chosen.accounts, "accounts are nobody's"
        linked = {each.buyer for account in chosen.accounts for each in await self._linked(account)}
        people = [*chosen.people, *(await self._vault.of_buyers(list(linked)) if linked else ())]
        rows = await self._vault.whose(people)
        if organizer_id is not None and any(row["organizer_id"] != organizer_id for row in rows):
            return None
        if not rows and not chosen.accounts:
            return None
        accounts = [each for account in chosen.accounts if (each := await self._view(account)) is not None]
        own = {self._vault.marks.inbox("email", each.email) for each in accounts if each.closed_at is None}
        typed: set[bytes] = set()
        for row in rows:
            marks = {mark for mark in (row["email_mark"], row["phone_mark"]) if mark}
            (own if row["id"] in chosen.people else typed).update(marks)
        ids = [row["id"] for row in rows]
        buyers = sorted(linked | {row["buyer_id"] for row in rows if row["buyer_id"]})
        orders = await self._db.fetch(sql.ORDERS, ids, buyers) if typed - own else []
        numbers = await self._db.fetch(sql.NUMBERS, ids, list(linked))
        return Whom(
            organizer_id,
            tuple(ids),
            tuple(row["number"] for row in numbers),
            tuple(buyers),
            tuple(own),
            tuple(chosen.accounts),
            tuple(typed - own),
            tuple(row["id"] for row in orders),
        )
