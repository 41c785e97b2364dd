"""Taking: uses of coupons, set aside as orders are placed and given back as they fail.

Guarantees: whether an order's uses fit is judged before it is written, by what is read with its neighbours; the
constraints of the tables are the last word, whoever else uses the same coupons in other sales meanwhile. Rows are
locked by kind, then in the order of their ids, coupons last: no two batches wait for one another in a circle, and a
coupon that many sales use is locked no longer than its commit takes. Fails as Postgres does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg

from engine.coupons import sql
from engine.coupons.model import Use

# Which of them an order met, where something came between reading and writing.
COUPON_GUARDS = (
    "coupon_is_used_no_more_often",
    "coupon_is_of_no_more_tickets",
    "coupon_gives_no_more_away",
    "code_is_used_no_more_often",
    "person_uses_it_no_more_often",
)
Left = float  # so many, or without end
ENDLESS = float("inf")


@dataclass(slots=True)
class CouponsLeft:
    """What is left of coupons while a batch is decided."""

    revisions: dict[str, int] = field(default_factory=dict)  # of those that have not ended
    uses: dict[str, Left] = field(default_factory=dict)
    tickets: dict[str, Left] = field(default_factory=dict)
    money: dict[str, Left] = field(default_factory=dict)
    codes: dict[tuple[str, str], Left] = field(default_factory=dict)
    persons: dict[tuple[str, str], int] = field(default_factory=dict)  # uses so far

    def take(self, uses: Sequence[Use]) -> bool:
        """Take what an order uses, all of it or, answering False, nothing."""
        if not all(self._fits(use) for use in uses):
            return False
        for use in uses:
            self.uses[use.coupon] -= 1
            self.tickets[use.coupon] -= use.tickets
            self.money[use.coupon] -= use.discount
            if use.code is not None:
                self.codes[use.coupon, use.code] -= 1
            if use.person is not None:
                key = use.coupon, use.person
                self.persons[key] = self.persons.get(key, 0) + 1
        return True

    def _fits(self, use: Use) -> bool:
        coupon = use.coupon
        return (
            self.revisions.get(coupon) == use.revision
            and self.uses[coupon] >= 1
            and self.tickets[coupon] >= use.tickets
            and self.money[coupon] >= use.discount
            and (use.code is None or self.codes.get((coupon, use.code), 0) >= 1)
            and (
                use.person is None
                or use.person_max is None
                or self.persons.get((coupon, use.person), 0) < use.person_max
            )
        )


async def read_left(connection: asyncpg.Connection, uses: Sequence[Use]) -> CouponsLeft:
    """What is left of the coupons of a batch. Nothing is locked by it."""
    left = CouponsLeft()
    for row in await connection.fetch(sql.LEFT, sorted({use.coupon for use in uses})):
        left.revisions[row["id"]] = row["revision"]
        left.uses[row["id"]] = _left(row["uses_max"], row["uses"])
        left.tickets[row["id"]] = _left(row["tickets_max"], row["tickets"])
        left.money[row["id"]] = _left(row["money_max"], row["money"])
    codes = sorted({(use.coupon, use.code) for use in uses if use.code is not None})
    for row in await connection.fetch(sql.CODES_LEFT, *_columns(codes)) if codes else ():
        left.codes[row["coupon_id"], row["code"]] = _left(row["uses_max"], row["uses"])
    persons = sorted({(use.coupon, use.person) for use in uses if use.person is not None})
    for row in await connection.fetch(sql.PERSONS, *_columns(persons)) if persons else ():
        left.persons[row["coupon_id"], row["person"]] = row["uses"]
    return left


async def count_uses(connection: asyncpg.Connection, uses: Sequence[Use], *, sign: int = 1) -> None:
    """Set these uses aside, or, with a `sign` of -1, give them back; a `CheckViolationError` when one doesn't fit."""
    if not uses:
        return
    codes = Counter((use.coupon, use.code) for use in uses if use.code is not None)
    if codes:
        keys = sorted(codes)
        await connection.execute(sql.COUNT_CODES, *_columns(keys), [sign * codes[key] for key in keys])
    persons = Counter((use.coupon, use.person) for use in uses if use.person is not None)
    if persons:
        keys = sorted(persons)
        if sign > 0:
            most = {(use.coupon, use.person): use.person_max for use in uses}
            counts = [persons[key] for key in keys]
            await connection.execute(sql.TAKE_PERSONS, *_columns(keys), counts, [most[key] for key in keys])
        else:
            await connection.execute(sql.GIVE_BACK_PERSONS, *_columns(keys), [persons[key] for key in keys])
    number, tickets, money = Counter[str](), Counter[str](), Counter[str]()
    for use in uses:
        number[use.coupon] += sign
        tickets[use.coupon] += sign * use.tickets
        money[use.coupon] += sign * use.discount
    coupons = sorted(number)
    counted = [[each[coupon] for coupon in coupons] for each in (number, tickets, money)]
    await connection.execute(sql.COUNT_COUPONS, coupons, *counted)


def _left(most: int | None, used: int) -> Left:
    return ENDLESS if most is None else most - used


def _columns(keys: Sequence[tuple[str, str | None]]) -> tuple[list[str], list[str | None]]:
    return [coupon for coupon, _ in keys], [other for _, other in keys]
