"""Batches: codes of a coupon that are drawn at once, each for one use, given to a partner, exported and revoked.

Owns coupon_batch, and what it adds to coupon_code. Guarantees: a code that was drawn was never another; what is revoked
counts no more, and what was bought with it stays; an organizer has a bounded number. Each act is in the audit trail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.audit import Act, write
from engine.catalog import Findings, Mistake
from engine.coupons import sql
from engine.coupons.codes import drawn
from engine.ids import new_id
from engine.limits import CODES_PER_BATCH_MAX, CODES_PER_ORGANIZER_MAX
from engine.refusals import Code, Refused
from engine.stores.office import Office
from engine.stores.turns import take_turn


@dataclass(frozen=True, slots=True)
class Batch:
    id: str
    partner: str
    codes: int
    used: int
    made_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class CodeView:
    code: str
    batch: str | None
    partner: str
    uses_max: int | None
    uses: int
    revoked: bool


class Batches:
    def __init__(self, office: Office) -> None:
        self._office = office

    async def generate(
        self, by: Act, coupon: str, number: int, partner: str
    ) -> tuple[Batch, list[str]] | Refused | list[Mistake]:
        """Draw so many codes, each for one use."""
        findings = Findings({})
        if not 1 <= number <= CODES_PER_BATCH_MAX:
            findings.add(("number",), f"must be 1 to {CODES_PER_BATCH_MAX:,}")
            return findings.listed()
        async with self._office.transaction(by) as connection:
            row = await connection.fetchrow(sql.LOCK, coupon, by.organizer_id)
            if row is None:
                return Refused(Code.NOT_FOUND)
            if row["ended"] or row["automatic"]:
                findings.add(("coupon",), "has ended" if row["ended"] else "is a benefit that counts without a code")
                return findings.listed()
            await take_turn(connection, f"coupons of {by.organizer_id}")
            if await connection.fetchval(sql.CODES_DRAWN, by.organizer_id) + number > CODES_PER_ORGANIZER_MAX:
                findings.add(("number",), f"is more than there may be: {CODES_PER_ORGANIZER_MAX:,} in all")
                return findings.listed()
            batch = new_id("bat")
            made_at = await connection.fetchval(sql.MAKE_BATCH, batch, by.organizer_id, coupon, partner, number)
            codes: list[str] = []
            while len(codes) < number:  # one that is there already is drawn again
                more = [drawn() for _ in range(number - len(codes))]
                values = (by.organizer_id, row["sale_id"], more, coupon, batch, 1)
                codes += [each["code"] for each in await connection.fetch(sql.ADD_CODES, *values)]
            after = {"batch": batch, "partner": partner, "codes": number}
            await write(connection, by, "coupon.generate", coupon, after=after)
        return Batch(batch, partner, number, 0, made_at, None), sorted(codes)

    async def of(self, organizer: str, coupon: str) -> list[Batch]:
        rows = await self._office.fetch(organizer, sql.BATCHES, coupon)
        return [
            Batch(row["id"], row["partner"], row["codes"], row["used"], row["made_at"], row["revoked_at"])
            for row in rows
        ]

    async def codes(self, organizer: str, coupon: str, batch: str | None = None) -> list[CodeView]:
        """All of them, or those of a batch, used or not."""
        rows = await self._office.fetch(organizer, sql.CODES_OF, coupon, batch, CODES_PER_ORGANIZER_MAX)
        return [
            CodeView(
                row["code"],
                row["batch_id"],
                row["partner"] or "",
                row["uses_max"],
                row["uses"],
                revoked=row["revoked_at"] is not None,
            )
            for row in rows
        ]

    async def revoke(self, by: Act, coupon: str, *, batch: str | None = None, code: str | None = None) -> int | Refused:
        """A code, or all of a batch that are not used, count no more; how many. Revoking again changes nothing."""
        async with self._office.transaction(by) as connection:
            if await connection.fetchrow(sql.LOCK, coupon, by.organizer_id) is None:
                return Refused(Code.NOT_FOUND)
            if batch is not None:
                if await connection.fetchval(sql.BATCH_EXISTS, coupon, batch) is None:
                    return Refused(Code.NOT_FOUND)
                gone = await connection.fetch(sql.REVOKE_BATCH, coupon, batch)
            else:
                gone = await connection.fetch(sql.REVOKE_CODES, coupon, [code])
                if not gone and await connection.fetchval(sql.CODE_EXISTS, coupon, code) is None:
                    return Refused(Code.NOT_FOUND)
            if gone:
                after = {"batch": batch, "code": code, "codes": len(gone)}
                await write(connection, by, "coupon.revoke", coupon, after=after)
        return len(gone)
