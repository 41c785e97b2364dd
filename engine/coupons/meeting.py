"""Meeting: the coupons that a cart meets, by codes its buyer typed and by what counts without any.

Calls Postgres, and for coupons that ask for it accounts, segments and proofs of addresses. Guarantees: a sale without
benefits and a cart without codes ask nothing; carts that ask at once are asked for together; what is read is never
older than COUPONS_KEPT_S, and what is left of a limit is read anew each time. Fails as Postgres does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import asyncpg

from engine.accounts import BuyersAccount
from engine.coupons import sql
from engine.coupons.codes import codes_in, mistyped
from engine.coupons.judging import Asker, Judged, person_of
from engine.coupons.model import Counted, Coupon, Found, Limits, Person, Said, Why
from engine.coupons.reading import rule_from_json
from engine.kept import Kept
from engine.limits import BENEFITS_PER_SALE_MAX, COUPON_BOOKS_MAX, COUPONS_KEPT_S, COUPONS_PER_CART_MAX
from engine.segments import Belongs
from engine.stores.batcher import Batcher

# Whose buyers these are, how many paid orders of an organizer some have, and in which segments named by coupons of a
# sale somebody is.
AccountsOf = Callable[[Collection[str]], Awaitable[Mapping[str, BuyersAccount]]]
OrdersOf = Callable[[str, Collection[str]], Awaitable[int]]
BelongsTo = Callable[[str, str], Awaitable[Belongs | None]]
Proven = Callable[[str, str], Awaitable[bool]]
MarkOf = Callable[[str], str]
Ask = tuple[str, str, str]  # organizer, sale, code


@dataclass(frozen=True, slots=True)
class Knowing:
    """Whom to ask about a buyer."""

    accounts_of: AccountsOf
    belongs: BelongsTo
    proven: Proven
    contact_mark: MarkOf
    orders_of: OrdersOf


@dataclass(frozen=True, slots=True)
class Bearer:
    """A cart, as far as coupons want to know."""

    organizer_id: str
    sale_id: str
    currency: str
    buyer: str
    email: str
    typed: str  # codes, one after the other


class Book(NamedTuple):
    """What there is for the carts of a sale."""

    benefits: tuple[Found, ...]
    has_codes: bool


class Meeting:
    def __init__(self, db: asyncpg.Pool, knowing: Knowing) -> None:
        self._db = db
        self.knowing = knowing
        self._books = Kept("coupons of", self._read, kept_s=COUPONS_KEPT_S, most=COUPON_BOOKS_MAX)
        self._codes: Batcher[Ask, Found | None] = Batcher("coupons found", self._find)

    async def judged(self, bearer: Bearer) -> Judged | None:
        """What may count for a cart, before its items are looked at; None where there is nothing."""
        codes = codes_in(bearer.typed)
        benefits = (await self.book(bearer.organizer_id, bearer.sale_id)).benefits
        if not codes and not benefits:
            return None
        asker = Asker(bearer.sale_id, bearer.currency, bearer.buyer, datetime.now(UTC), bearer.email.strip())
        found: list[Found] = []
        refused: list[Said] = [Said(code, "", 0, Why.TOO_MANY) for code in codes[COUPONS_PER_CART_MAX:]]
        asked = [code for code in codes[:COUPONS_PER_CART_MAX] if not mistyped(code)]
        refused += [Said(code, "", 0, Why.MISTYPED) for code in codes[:COUPONS_PER_CART_MAX] if mistyped(code)]
        asks = [(bearer.organizer_id, bearer.sale_id, code) for code in asked]
        for code, each in zip(asked, await asyncio.gather(*map(self._codes.submit, asks)), strict=True):
            if each is None:
                refused.append(Said(code, "", 0, Why.UNKNOWN))
            elif all(each.coupon.id != other.coupon.id for other in found):  # two faces of one coupon are one
                found.append(each)
            else:
                refused.append(Said(code, each.coupon.name, 0, Why.TOO_MANY))
        found += await self._fresh(benefits) if benefits else ()
        return Judged(await self._known(asker, bearer, found), found, tuple(refused))

    async def known(self, organizer_id: str, sale_id: str, code: str) -> Found | None:
        """What a code means in a sale; None: nothing."""
        return None if mistyped(code) else await self._codes.submit((organizer_id, sale_id, code))

    async def tried(self, bearer: Bearer) -> Judged:
        """The same for somebody who meets every condition that asks about the buyer."""
        judged = await self.judged(bearer)
        if judged is None:
            return Judged(Asker(bearer.sale_id, bearer.currency, bearer.buyer, datetime.now(UTC)))
        segments = frozenset(each.coupon.rule.segment for each in judged.found)
        anybody = replace(judged.asker, email=ANYBODY, proven=True, account=ANYBODY, orders=MANY)
        return replace(judged, asker=replace(anybody, segments=segments, used={}))

    async def _known(self, asker: Asker, bearer: Bearer, found: Sequence[Found]) -> Asker:
        """With all that these coupons ask about the buyer, and nothing else."""
        rules = [each.coupon.rule for each in found]
        if any(rule.asks_account or (rule.person is Person.CONTACT and rule.person_max) for rule in rules):
            account = (await self.knowing.accounts_of([bearer.buyer])).get(bearer.buyer)
            if account is not None:
                asker = replace(asker, account=account.id)
                if any(rule.orders_min for rule in rules):
                    orders = await self.knowing.orders_of(bearer.organizer_id, account.buyers)
                    asker = replace(asker, orders=orders)
                if any(rule.segment for rule in rules):
                    belongs = await self.knowing.belongs(bearer.sale_id, bearer.buyer)
                    asker = replace(asker, segments=frozenset(() if belongs is None else belongs.segments))
            if asker.email and any(rule.person is Person.CONTACT and rule.person_max for rule in rules):
                own = account is not None and account.email.casefold() == asker.email.casefold()
                proven = own or await self.knowing.proven(bearer.buyer, asker.email)
                asker = replace(asker, proven=proven, contact=self.knowing.contact_mark(asker.email))
        persons = [(each.coupon.id, person) for each in found if (person := person_of(each.coupon, asker)) is not None]
        if persons:
            rows = await self._db.fetch(sql.PERSONS, [each for each, _ in persons], [person for _, person in persons])
            asker = replace(asker, used={(row["coupon_id"], row["person"]): row["uses"] for row in rows})
        return asker

    async def _find(self, asks: list[Ask]) -> list[Found | None]:
        rows = await self._db.fetch(
            sql.FIND, [ask[0] for ask in asks], [ask[1] for ask in asks], [ask[2] for ask in asks]
        )
        found = {(row["organizer_id"], row["in_sale"], row["code"]): found_of(row) for row in rows}
        return [found.get(ask) for ask in asks]

    async def _fresh(self, benefits: Sequence[Found]) -> list[Found]:
        """Benefits that have a limit, with what is left of it now."""
        limited = [each.coupon.id for each in benefits if each.coupon.limits != NO_LIMITS]
        if not limited:
            return list(benefits)
        now = {row["id"]: counted_of(row) for row in await self._db.fetch(sql.COUNTED, limited)}
        return [replace(each, counted=now.get(each.coupon.id, each.counted)) for each in benefits]

    async def book(self, organizer_id: str, sale_id: str) -> Book:
        """What there is for the carts of a sale, as it was COUPONS_KEPT_S ago at the earliest."""
        return await self._books.of((organizer_id, sale_id))

    def forget(self, organizer_id: str, sale_id: str) -> None:
        """Read its book anew when it is asked for next."""
        self._books.forget((organizer_id, sale_id))

    async def _read(self, whose: tuple[str, str]) -> Book:
        rows = await self._db.fetch(sql.BENEFITS, *whose, BENEFITS_PER_SALE_MAX)
        has_codes: bool = await self._db.fetchval(sql.HAS_CODES, *whose)
        return Book(tuple(Found(coupon_of(row), counted_of(row)) for row in rows), has_codes)


NO_LIMITS = Limits()
ANYBODY, MANY = "anybody", 1_000_000


def coupon_of(row: Any) -> Coupon:
    return Coupon(
        row["id"],
        row["key"],
        row["name"],
        rule_from_json(row["rule"]),
        Limits(row["uses_max"], row["tickets_max"], row["money_max"]),
        row["revision"],
        row["automatic"],
        row["sale_id"],
        row["ended"],
    )


def counted_of(row: Any) -> Counted:
    return Counted(row["uses"], row["tickets"], row["money"])


def found_of(row: Any) -> Found:
    left = None if row["code_max"] is None else row["code_max"] - row["code_uses"]
    return Found(coupon_of(row), counted_of(row), row["code"], left, row["revoked"])
