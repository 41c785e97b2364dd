"""Refunds as they are written once they are decided: all of it in the transaction that decides.

Guarantees: lines that end leave no seat, unit, coupon or credit behind; each refund is one movement, and is told.
Whoever calls has the turn of the sale, and its orders locked. Fails as Postgres does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from engine.audit import Act, write
from engine.orders import refunds_sql as sql
from engine.orders.ended_lines import give_units_back
from engine.orders.model import Line
from engine.orders.order_coupons import give_back_coupons
from engine.orders.pricing import PriceBook
from engine.orders.refund_model import RefundState
from engine.orders.refund_plan import Plan
from engine.orders.refunded_credit import Giving, give_as_credit
from engine.orders.topics import ORDER_REFUNDED, OrderRefunded
from engine.outbox import Told, tell_many


@dataclass(frozen=True, slots=True)
class OwnSale:
    """A sale whose orders are given back, and what its prices are made of."""

    id: str
    organizer: str
    kind: str
    book: PriceBook


async def write_refunds(
    connection: asyncpg.Connection, own: OwnSale, decided: Sequence[tuple[Act, Plan]], giving: Giving
) -> None:
    plans = [plan for _, plan in decided]
    sale, orders = own.id, [plan.owner.id for plan in plans]
    await connection.execute(
        sql.INSERT_REFUNDS,
        sale,
        orders,
        [plan.nth for plan in plans],
        [plan.ask.request for plan in plans],
        [plan.amount for plan in plans],
        [plan.way.value for plan in plans],
        ["{" + ",".join(map(str, plan.ended)) + "}" for plan in plans],
        [plan.ask.fees for plan in plans],
        [plan.ask.reason for plan in plans],
        [by.kind.value for by, _ in decided],
        [by.actor for by, _ in decided],
        [(RefundState.DONE if plan.done else RefundState.DUE).value for plan in plans],
        [plan.movement for plan in plans],
        [plan.amount - plan.moved - plan.money for plan in plans],
        [plan.bonus for plan in plans],
        [plan.moved for plan in plans],
    )
    parts = [(plan, at, part) for plan in plans for at, part in enumerate(plan.parts)]
    await connection.execute(
        sql.INSERT_PARTS,
        sale,
        [plan.owner.id for plan, _, _ in parts],
        [plan.nth for plan, _, _ in parts],
        [at for _, at, _ in parts],
        [part.line for _, _, part in parts],
        [part.fee for _, _, part in parts],
        [part.owed for _, _, part in parts],
        [part.tax for _, _, part in parts],
    )
    await _free(connection, sale, plans)
    states = [plan.state_of_order.value for plan in plans]
    amounts = [plan.amount for plan in plans]
    await connection.execute(sql.MARK_REVISED, sale, orders, [plan.nth for plan in plans], amounts, states)
    await _move(connection, sale, [plan for plan in plans if plan.entries])
    whole = [plan.owner.id for plan in plans if plan.whole]
    if whole:
        await connection.execute(sql.MARK_PAYMENTS, sale, whole)
        await connection.execute(sql.MARK_ALL_GIVEN_BACK, sale, whole)
    await _tell(connection, own, plans)
    ends = [plan.owner.id for plan in plans if plan.whole and plan.ended]
    if ends:
        await give_back_coupons(connection, sale, ends)
    await give_as_credit(connection, giving, decided)


async def note_refunds(connection: asyncpg.Connection, sale: str, decided: Sequence[tuple[Act, Plan]]) -> None:
    for by, plan in decided:
        after = {"amount": plan.amount, "lines": list(plan.ended), "way": plan.way.value, "refund": plan.nth}
        await write(connection, by, "order.refund", plan.owner.id, after=after, detail={"sale": sale})


async def _free(connection: asyncpg.Connection, sale: str, plans: Sequence[Plan]) -> None:
    """What ends is nobody's any more."""
    ended = [(plan.owner.id, at) for plan in plans for at in plan.ended]
    if ended:
        orders, lines = [order for order, _ in ended], [at for _, at in ended]
        rows = await connection.fetch(sql.END_LINES, sale, orders, lines)
        gone = [Line(row["seat"], row["pool_id"], row["ticket_type"], 0) for row in rows]
        await give_units_back(connection, sale, gone)


async def _move(connection: asyncpg.Connection, sale: str, plans: Sequence[Plan]) -> None:
    """One movement each: what it takes from revenue, fees and taxes is owed to the buyer, or was handed over."""
    entries = [{**plan.entries, **plan.gives} for plan in plans]
    await connection.execute(
        sql.INSERT_MOVEMENTS,
        sale,
        [plan.owner.id for plan in plans],
        [plan.movement for plan in plans],
        ["refund" for _ in plans],
        [plan.owner.currency for plan in plans],
        ["{" + ",".join(f'"{account}"' for account in each) + "}" for each in entries],
        ["{" + ",".join(map(str, each.values())) + "}" for each in entries],
    )


async def _tell(connection: asyncpg.Connection, own: OwnSale, plans: Sequence[Plan]) -> None:
    ended = [(plan.owner.id, at) for plan in plans for at in plan.ended]
    rows = await connection.fetch(sql.TICKETS_OF, own.id, [order for order, _ in ended], [at for _, at in ended])
    tickets: dict[str, list[str]] = {}
    for row in rows:
        tickets.setdefault(row["order_id"], []).append(row["id"])
    told = []
    for plan in plans:
        body: OrderRefunded = {
            "sale": own.id,
            "order": plan.owner.id,
            "refund": plan.nth,
            "amount": plan.amount,
            "currency": plan.owner.currency,
            "tickets": tickets.get(plan.owner.id, []),
            "whole": plan.whole,
            "movement": plan.movement if plan.amount else None,
        }
        told.append(Told(plan.owner.id, own.organizer, body, sale_kind=own.kind))
    await tell_many(connection, ORDER_REFUNDED, told)
