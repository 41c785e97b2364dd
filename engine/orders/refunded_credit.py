"""What refunds give as credit: to the credit that an order had spent, to its buyer, or as a voucher.

Owns refund_credit. Guarantees: it is given in the transaction that decides the refund; the code of a voucher is kept
nowhere, and told to whoever may open the order. Fails as Postgres does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from engine.access import Signer
from engine.audit import Act
from engine.coupons import in_groups
from engine.credit import Grant, OwnerOf, Restriction, Source, Spend, code_from, give_back, grant_many
from engine.orders.refund_model import Refunding, Way
from engine.orders.refund_plan import Plan

INSERT = """
INSERT INTO refund_credit (sale_id, order_id, nth, credit_id, kind, amount, granted, moved)
SELECT $1, c.* FROM unnest($2::text[], $3::smallint[], $4::text[], $5::text[], $6::bigint[], $7::boolean[],
                           $8::bigint[]) AS c
"""


@dataclass(frozen=True, slots=True)
class Giving:
    """What has to be known of a refund's sale and its buyers for it."""

    organizer: str
    sale: str
    signer: Signer
    owner_of: OwnerOf
    emails: Mapping[str, str]  # of who bought, by order; of those that are given credit


def voucher_of(signer: Signer, sale: str, order: str, refund: Refunding) -> str | None:
    """The code that a refund was given as, as it is told."""
    if refund.way is not Way.VOUCHER:
        return None
    return in_groups(code_from(signer, _name(sale, order, refund.nth)))


async def give_as_credit(connection: asyncpg.Connection, giving: Giving, decided: Sequence[tuple[Act, Plan]]) -> None:
    """Done last, so that credit is locked the shortest."""
    returned = [(plan, each) for _, plan in decided for each in plan.returned]
    granting = [(plan, _grant(giving, by, plan)) for by, plan in decided if _grants(plan)]
    granted = await grant_many(connection, giving.signer, [given for _, given in granting])
    rows = [(plan, *each) for _, plan in decided for each in _taken_off(plan)]
    rows += [
        (plan, given.credit, plan.way.value, plan.money, True, 0)
        for (plan, _), given in zip(granting, granted, strict=True)
    ]
    if rows:
        await connection.execute(
            INSERT,
            giving.sale,
            [plan.owner.id for plan, *_ in rows],
            [plan.nth for plan, *_ in rows],
            [credit for _, credit, *_ in rows],
            [kind for *_, kind, _, _, _ in rows],
            [amount for *_, amount, _, _ in rows],
            [is_granted for *_, is_granted, _ in rows],
            [moved for *_, moved in rows],
        )
    spent: list[tuple[str, Spend]] = [(plan.owner.id, each) for plan, each in returned]
    await give_back(connection, giving.sale, sorted(spent, key=lambda each: each[1].credit))


def _taken_off(plan: Plan) -> Iterator[tuple[str, str, int, bool, int]]:
    """What a refund takes off what its order spent of each credit, and how much of it came back to none."""
    moved = {each.credit: each.amount for each in plan.moved_credit}
    returned = {each.credit: each.amount for each in plan.returned}
    for each in plan.owner.spent:
        gone, back = moved.get(each.credit, 0), returned.get(each.credit, 0)
        if gone or back:
            yield each.credit, each.kind, gone + back, False, gone


def _grants(plan: Plan) -> bool:
    return plan.money > 0 and plan.way in (Way.CREDIT, Way.VOUCHER)


def _grant(giving: Giving, by: Act, plan: Plan) -> Grant:
    order, wanted = plan.owner.id, plan.ask.as_credit
    name = _name(giving.sale, order, plan.nth)
    voucher = plan.way is Way.VOUCHER
    return Grant(
        giving.organizer,
        plan.owner.currency,
        plan.money,
        plan.owner.code,
        by.actor,
        f"refund {name}",
        owner=None if voucher else giving.owner_of(giving.emails[order]),
        restriction=Restriction(None if wanted is None else wanted.expires_at),
        bonus=plan.bonus,
        source=Source.ORDER,
        sale=giving.sale,
        order=order,
        code=code_from(giving.signer, name) if voucher else None,
    )


def _name(sale: str, order: str, nth: int) -> str:
    return f"{sale} {order} {nth}"
