"""Credits: what an organizer owes, as its office gives it, lists it and revokes it, and what carts find of it.

Owns credit and credit_entry. Guarantees: a request gives once; revoking takes what is left and nothing that was spent;
each act is in the audit trail, without any code. Fails with mistakes or refusals, as values.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import asyncpg

from engine.access import Signer
from engine.audit import Act, write
from engine.catalog import Findings, Mistake, SaleInfo
from engine.credit import sql
from engine.credit.giving import END_CHARS, code_of, grant_many
from engine.credit.model import ANYWHERE, Credit, CreditKind, EntryKind, Grant, Granted, Restriction
from engine.ids import new_id
from engine.kept import Kept
from engine.limits import (
    COUPON_BOOKS_MAX,
    CREDIT_ENTRIES_LISTED_MAX,
    CREDIT_LISTED_MAX,
    PRICE_MINOR_MAX,
    VOUCHERS_KEPT_S,
    VOUCHERS_PER_BATCH_MAX,
)
from engine.money import CURRENCIES
from engine.refusals import Code, Refused
from engine.stores.office import Office

ReadSale = Callable[[str], Awaitable[SaleInfo | None]]
OwnerOf = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Issue:
    """Credit to be issued by the office: to whoever has an address, or as vouchers."""

    amount: int
    currency: str
    why: str
    request: str
    number: int = 1  # of vouchers
    email: str = ""  # whose it is; "": whoever has the code
    restriction: Restriction = ANYWHERE


@dataclass(frozen=True, slots=True)
class CreditView:
    credit: Credit
    given: int  # bonus included
    why: str
    issued_by: str
    issued_at: datetime
    batch: str | None
    owned: bool  # somebody's, who was not erased


@dataclass(frozen=True, slots=True)
class EntryView:
    kind: EntryKind
    amount: int
    sale: str | None
    order: str | None
    by: str
    at: datetime


class Credits:
    def __init__(
        self,
        db: asyncpg.Pool,
        office: Office,
        signer: Signer,
        read_sale: ReadSale,
        owner_of: OwnerOf,
    ) -> None:
        """`owner_of` hides an address behind the mark by which its owner is known."""
        self._db = db
        self._office = office
        self._signer = signer
        self._read_sale = read_sale
        self._owner_of = owner_of
        self._some = Kept("vouchers of", self._has_vouchers, kept_s=VOUCHERS_KEPT_S, most=COUPON_BOOKS_MAX)

    # ── carts ──

    async def read(self, ids: Sequence[str]) -> list[Credit]:
        """These as they stand; one that there isn't is left out."""
        return [credit_of(row) for row in await self._db.fetch(sql.READ, list(ids))]

    async def by_code(self, organizer: str, typed: str) -> Credit | None:
        """The voucher of this code, whatever became of it."""
        code = code_of(typed)
        mark = None if code is None else self._signer.voucher_mark(code)
        row = None if mark is None else await self._db.fetchrow(sql.FIND_BY_CODE, organizer, mark)
        return None if row is None else credit_of(row)

    async def has_vouchers(self, organizer: str) -> bool:
        """Whether there is any with something left; known for some seconds."""
        return await self._some.of(organizer)

    async def _has_vouchers(self, organizer: str) -> bool:
        found: bool = await self._db.fetchval(sql.HAS_VOUCHERS, organizer)
        return found

    async def of_owners(self, organizer: str, owners: Sequence[str], currency: str, most: int) -> list[Credit]:
        """What somebody may spend who is known by these marks, first what ends first."""
        rows = await self._db.fetch(sql.OF_OWNERS, organizer, list(owners), currency, most)
        return [credit_of(row) for row in rows]

    # ── the office ──

    async def issue(self, by: Act, issue: Issue) -> tuple[Granted, ...] | list[Mistake]:
        """Give it; codes of vouchers are told this once."""
        findings = await self._mistakes(by, issue)
        if findings.paths:
            return findings.listed()
        batch = new_id("bat") if issue.number > 1 else None
        given = Grant(
            by.organizer_id,
            issue.currency,
            issue.amount,
            issue.why,
            by.actor,
            request="",
            owner=self._owner_of(issue.email) if issue.email else None,
            restriction=issue.restriction,
            batch=batch,
        )
        requests = [f"{issue.request}/{at}" for at in range(issue.number)]
        async with self._office.transaction(by) as connection:
            granted = await grant_many(connection, self._signer, [replace(given, request=each) for each in requests])
            if not granted[0].again:
                after = {
                    "kind": (CreditKind.CREDIT if issue.email else CreditKind.VOUCHER).value,
                    "amount": issue.amount,
                    "currency": issue.currency,
                    "number": issue.number,
                }
                await write(connection, by, "credit.issue", granted[0].credit, after=after)
        return tuple(granted)

    async def all_of(self, organizer: str, *, email: str | None = None, typed: str | None = None) -> list[CreditView]:
        """The newest first; those of an address, or the one whose code, or the end of it, somebody has."""
        if typed is not None and (code := code_of(typed)) is not None:
            mark = self._signer.voucher_mark(code)
            row = await self._office.fetchrow(organizer, sql.FIND_BY_CODE, organizer, mark)
            found = None if row is None else await self.one(organizer, row["id"])
            return [found] if isinstance(found, CreditView) else []
        owners = None if email is None else [self._owner_of(email)]
        end = None if typed is None else typed.strip().upper()[-END_CHARS:]
        rows = await self._office.fetch(organizer, sql.LIST, organizer, None, owners, end, CREDIT_LISTED_MAX)
        return [_view(row) for row in rows]

    async def one(self, organizer: str, credit: str) -> CreditView | Refused:
        row = await self._office.fetchrow(organizer, sql.LIST, organizer, credit, None, None, 1)
        return Refused(Code.NOT_FOUND) if row is None else _view(row)

    async def history(self, organizer: str, credit: str) -> list[EntryView]:
        """Its entries, the newest first."""
        rows = await self._office.fetch(organizer, sql.HISTORY, credit, CREDIT_ENTRIES_LISTED_MAX)
        return [
            EntryView(EntryKind(row["kind"]), row["amount"], row["sale_id"], row["order_id"], row["by"], row["at"])
            for row in rows
        ]

    async def revoke(self, by: Act, credit: str) -> CreditView | Refused:
        """Take what is left of it. Revoking it again changes nothing."""
        async with self._office.transaction(by) as connection:
            row = await connection.fetchrow(sql.LOCK, credit, by.organizer_id)
            if row is None:
                return Refused(Code.NOT_FOUND)
            if row["held"]:
                return Refused(Code.MOVING)
            if not row["revoked"]:
                await connection.execute(sql.REVOKE, credit)
                if row["balance"]:
                    values = (credit, EntryKind.REVOKE.value, -row["balance"], "credit_revoked", None, None, by.actor)
                    await connection.execute(sql.ENTER_GIVEN, *([each] for each in values))
                await write(connection, by, "credit.revoke", credit, after={"amount": row["balance"]})
            seen = await connection.fetchrow(sql.LIST, by.organizer_id, credit, None, None, 1)
        return _view(seen)

    async def _mistakes(self, by: Act, issue: Issue) -> Findings:
        findings, rule = Findings({}), issue.restriction
        if issue.currency not in CURRENCIES:
            findings.add(("currency",), "is no currency: write it as EUR")
        if not 0 < issue.amount <= PRICE_MINOR_MAX:
            findings.add(("amount",), "must be more than nothing, in minor units of the currency")
        if not 1 <= issue.number <= VOUCHERS_PER_BATCH_MAX:
            findings.add(("number",), f"must be 1 to {VOUCHERS_PER_BATCH_MAX:,}")
        if issue.email and issue.number != 1:
            findings.add(("number",), "is for vouchers: somebody is given credit once")
        if not issue.why.strip():
            findings.add(("why",), "must say what it is given for")
        if rule.expires_at is not None and rule.expires_at <= datetime.now(UTC):
            findings.add(("expires_at",), "must lie in the future")
        for each in rule.sales:
            info = await self._read_sale(each)
            if info is None or info.organizer_id != by.organizer_id:
                findings.add(("sales",), f"has none of yours: {each}")
            elif info.currency != issue.currency:
                findings.add(("sales",), f"has one in another currency: {each}")
        return findings


def credit_of(row: Any) -> Credit:
    return Credit(
        row["id"],
        row["organizer_id"],
        CreditKind(row["kind"]),
        row["currency"],
        row["balance"],
        row["code_end"],
        row["ends_at"],
        row["revoked_at"] is not None,
        tuple(row["sales"]),
        row["sum_min"],
    )


def _view(row: Any) -> CreditView:
    return CreditView(
        credit_of(row),
        row["given"],
        row["why"],
        row["issued_by"],
        row["issued_at"],
        row["batch"],
        row["owner"] is not None,
    )
