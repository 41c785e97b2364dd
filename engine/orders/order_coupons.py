"""What coupons took off orders, and their uses, which are set aside and given back with them.

Owns order_coupon. Guarantees: an order and its uses are written together or not at all; a use counts as long as its
order has its lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg

from engine.context import Erasure, Violation
from engine.coupons import Use, count_uses, persons_of
from engine.orders.owed import OrderCoupon

PLACE_COUPONS = """
INSERT INTO order_coupon (sale_id, order_id, coupon_id, name, code, person, tickets, discount)
SELECT $1, c.order_id, c.coupon_id, c.name, c.code, c.person, c.tickets, c.discount
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::bigint[])
     AS c (order_id, coupon_id, name, code, person, tickets, discount)
"""
MARK_LIVE = """
UPDATE order_coupon SET live = $3 WHERE sale_id = $1 AND order_id = ANY($2) AND live <> $3
RETURNING coupon_id, name, code, person, tickets, discount
"""
PERSON_MAX = "SELECT id, person_max FROM coupon_terms WHERE id = ANY($1)"
# Of each coupon, code and person: what is counted, and what orders that count have.
OFF_THEIR_COUNT = """
SELECT 'coupon ' || c.id AS what, c.uses, o.uses AS found, c.tickets <> o.tickets OR c.money <> o.money AS more
FROM coupon_terms c CROSS JOIN LATERAL (
    SELECT count(*) AS uses, coalesce(sum(o.tickets), 0) AS tickets, coalesce(sum(o.discount), 0) AS money
    FROM order_coupon o WHERE o.coupon_id = c.id AND o.live
) AS o
WHERE c.uses <> o.uses OR c.tickets <> o.tickets OR c.money <> o.money
UNION ALL
SELECT 'code ' || k.code || ' of coupon ' || k.coupon_id, k.uses, coalesce(o.uses, 0), false
FROM coupon_code_used k LEFT JOIN (
    SELECT coupon_id, code, count(*) AS uses FROM order_coupon WHERE live AND code IS NOT NULL GROUP BY coupon_id, code
) AS o ON o.coupon_id = k.coupon_id AND o.code = k.code
WHERE k.uses <> coalesce(o.uses, 0)
UNION ALL
SELECT 'somebody with coupon ' || coalesce(p.coupon_id, o.coupon_id), coalesce(p.uses, 0), coalesce(o.uses, 0), false
FROM coupon_person_used p FULL JOIN (
    SELECT coupon_id, person, count(*) AS uses FROM order_coupon WHERE live AND person IS NOT NULL
    GROUP BY coupon_id, person
) AS o ON o.coupon_id = p.coupon_id AND o.person = p.person
WHERE coalesce(p.uses, 0) <> coalesce(o.uses, 0)
"""
FORGET_PERSONS = """
UPDATE order_coupon o SET person = NULL FROM coupon_terms c
WHERE o.person = ANY($1) AND c.id = o.coupon_id AND ($2::text IS NULL OR c.organizer_id = $2)
"""
COUPONS = 28  # the invariant, as the docs count them


async def coupon_violations(db: asyncpg.Pool) -> list[Violation]:
    """What is counted of coupons, where orders say something else."""
    said = "{uses} uses are counted, and orders have {found}"
    more = "; so is what it took off, or off how many tickets"
    return [
        Violation(COUPONS, row["what"], said.format(**dict(row)) + (more if row["more"] else ""))
        for row in await db.fetch(OFF_THEIR_COUNT)
    ]


async def forget_persons(connection: asyncpg.Connection, erasure: Erasure) -> None:
    """By whom uses of people who are erased were counted; the uses stay."""
    await connection.execute(FORGET_PERSONS, persons_of(erasure), erasure.organizer_id)


async def place_coupons(connection: asyncpg.Connection, sale: str, placed: Iterable[tuple[str, Sequence[Use]]]) -> None:
    """Write what coupons took off these orders, and count it. The last that is done in their transaction."""
    rows = [(order, use) for order, uses in placed for use in uses]
    if not rows:
        return
    await connection.execute(
        PLACE_COUPONS,
        sale,
        [order for order, _ in rows],
        [use.coupon for _, use in rows],
        [use.name for _, use in rows],
        [use.code for _, use in rows],
        [use.person for _, use in rows],
        [use.tickets for _, use in rows],
        [use.discount for _, use in rows],
    )
    await count_uses(connection, [use for _, use in rows])


async def give_back_coupons(connection: asyncpg.Connection, sale: str, orders: Sequence[str]) -> None:
    """These orders use none any more."""
    rows = await connection.fetch(MARK_LIVE, sale, list(orders), False)
    await count_uses(connection, [_use(row, None) for row in rows], sign=-1)


async def take_coupons_again(connection: asyncpg.Connection, sale: str, order: str) -> bool:
    """Set the uses of an order aside once more; False, and nothing is done, when they are used up by now."""
    try:
        async with connection.transaction():
            rows = await connection.fetch(MARK_LIVE, sale, [order], True)
            most = await connection.fetch(PERSON_MAX, [row["coupon_id"] for row in rows]) if rows else []
            by_coupon = {row["id"]: row["person_max"] for row in most}
            await count_uses(connection, [_use(row, by_coupon[row["coupon_id"]]) for row in rows])
    except asyncpg.CheckViolationError:
        return False
    return True


def _use(row: Any, person_max: int | None) -> Use:
    return Use(
        row["coupon_id"], 0, row["name"], row["code"], row["person"], person_max, row["tickets"], row["discount"]
    )


def coupons_of(row: Any) -> tuple[OrderCoupon, ...]:
    """Those of an order as it was read."""
    return tuple(OrderCoupon(each["name"], each["code"], each["off"]) for each in row["coupons"] or ())


def coupons_in_hand(uses: Iterable[Use]) -> list[dict[str, Any]]:
    """The same column of an order that was just written."""
    return [{"name": use.name, "code": use.code, "off": use.discount} for use in uses]
