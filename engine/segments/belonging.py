"""Belonging: in which of the segments that a sale is for the account of a buyer is, as it asks for a place.

Guarantees: it is asked of Postgres at that moment, so that whoever joined or left a segment before is known; a crowd
that comes at once is asked for together, one call in flight, however many they are. An account is in a segment where
one of its buyers is, or somebody whom the organizer imported with the inbox that the account has shown to be its own.
Nobody is in a segment who is not among its organizer's people. Fails only with a store that is away.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from engine.accounts import BuyersAccount
from engine.segments import sql
from engine.segments.members import Bitmap, Members
from engine.segments.rules import Own
from engine.stores.audience_keys import AudienceKeys
from engine.stores.batcher import Batcher, BatchHook
from engine.vault import Vault

# The accounts of buyers; whose sales are, and for which segments.
AccountsOf = Callable[[Collection[str]], Awaitable[Mapping[str, BuyersAccount]]]
SegmentsOf = Callable[[Collection[str]], Awaitable[Mapping[str, tuple[str, frozenset[str]]]]]
Ask = tuple[str, str]  # sale, buyer


@dataclass(frozen=True, slots=True)
class Belongs:
    """How an account stands to a sale: in which of its segments it is, by whom, and whether in all of them."""

    account: str
    segments: tuple[str, ...]
    people: frozenset[int]
    in_all: bool


@dataclass(frozen=True, slots=True)
class Case:
    """An account that asks, and for whom the sale is."""

    account: BuyersAccount
    organizer_id: str
    segments: frozenset[str]


class Belonging:
    def __init__(
        self,
        db: asyncpg.Pool,
        keys: AudienceKeys,
        vault: Vault,
        *,
        accounts_of: AccountsOf,
        segments_of: SegmentsOf,
        on_batch: BatchHook | None = None,
    ) -> None:
        self._db = db
        self._members = Members(db, keys)
        self._vault = vault
        self._accounts_of = accounts_of
        self._segments_of = segments_of
        self._asks: Batcher[Ask, Belongs | None] = Batcher("segments/belong", self._look, on_batch=on_batch)

    async def of(self, sale: str, buyer: str) -> Belongs | None:
        """None for a buyer who is signed in to no account."""
        return await self._asks.submit((sale, buyer))

    async def _look(self, asks: list[Ask]) -> list[Belongs | None]:
        cases = await self._cases(asks)
        rules = await self._members.of({segment for case in cases.values() for segment in case.segments})
        own = {rule.organizer_id: own_people(rule.organizer_id) for rule in rules.values()}
        numbers = await self._numbers([case for case in cases.values() if case.segments])
        everybody = sorted({number for each in numbers.values() for number in each})
        fitting = await self._members.among([*rules.values(), *own.values()], everybody, datetime.now(UTC))

        def people_in(case: Case, segment: str) -> frozenset[int]:
            rule = rules.get(segment)
            if rule is None or rule.organizer_id != case.organizer_id:
                return frozenset()
            return numbers[case] & fitting[rule.key] & fitting[own[case.organizer_id].key]

        def belongs(case: Case) -> Belongs:
            found = {each: people for each in sorted(case.segments) if (people := people_in(case, each))}
            people = frozenset().union(*found.values())
            return Belongs(case.account.id, tuple(found), people, len(found) == len(case.segments))

        return [belongs(cases[ask]) if ask in cases else None for ask in asks]

    async def _cases(self, asks: list[Ask]) -> dict[Ask, Case]:
        accounts = await self._accounts_of({buyer for _, buyer in asks})
        signed_in = [ask for ask in asks if ask[1] in accounts]
        sales = await self._segments_of({sale for sale, _ in signed_in}) if signed_in else {}
        return {ask: Case(accounts[ask[1]], *sales[ask[0]]) for ask in signed_in if ask[0] in sales}

    async def _numbers(self, cases: list[Case]) -> dict[Case, frozenset[int]]:
        """Whom an account may stand for before an organizer: its buyers, and whom that organizer imported."""
        if not cases:
            return {}
        organizers, emails = {case.organizer_id for case in cases}, {case.account.email for case in cases}
        imported = await self._vault.imported(organizers, emails)
        whose = {case: {*case.account.buyers, *imported[case.organizer_id, case.account.email]} for case in cases}
        rows = await self._db.fetch(
            sql.NUMBERS,
            list({buyer for case in cases for buyer in case.account.buyers}),
            list({person for people in imported.values() for person in people}),
        )
        found: dict[str, set[int]] = {}
        for row in rows:
            found.setdefault(row["whose"], set()).add(row["number"])
        return {case: frozenset(n for each in its for n in found.get(each, ())) for case, its in whose.items()}


def own_people(organizer_id: str) -> Bitmap:
    """All people of an organizer."""
    name = f"own people of {organizer_id}"
    return Bitmap(name, organizer_id, Own(), name, "")
