"""How orders describe themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import asyncpg

from engine.context import Context, Erasure, Floor, OldRows, Section, Told, Violation
from engine.limits import ANSWERS_KEPT_DAYS, CART_KEPT_DAYS, ORDERS_GIVEN_BACK_PER_STEP, SEALED_KEY_KEPT_DAYS
from engine.orders.answers import forget_answers
from engine.orders.answers_sql import DUE_OLD, FORGET_OLD
from engine.orders.invariants import Run, violations
from engine.orders.known import known_of
from engine.orders.moving import move_violations
from engine.orders.order_coupons import coupon_violations, forget_persons
from engine.orders.order_credit import credit_violations
from engine.orders.receipt_names import forget_identities, identity_violations
from engine.orders.recomputed import owed_violations
from engine.progress import Bound
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

LETTERS_EVERY_S = 0.25  # somebody waits for it with an open inbox
FINISHER_EVERY_S = 1.0
ENDED_CARTS_EVERY_S = 5.0
CANCELLATIONS_EVERY_S = 0.2
ORDER_KEYS_EVERY_S = 2.0
FORGET_CARTS = """
DELETE FROM cart WHERE (sale_id, id) IN (
    SELECT c.sale_id, c.id FROM sale_terms s JOIN cart c ON c.sale_id = s.id
    WHERE s.closes_at < now() - make_interval(days => $1) LIMIT $2)
"""
DUE_CARTS = """
SELECT count(*) FROM (
    SELECT FROM sale_terms s JOIN cart c ON c.sale_id = s.id
    WHERE s.closes_at < now() - make_interval(days => $1) LIMIT $2) AS due
"""
FORGET_SEALED_KEYS = """
UPDATE cart SET key_hash = NULL WHERE (sale_id, id) IN (
    SELECT sale_id, id FROM cart
    WHERE key_hash LIKE 'sealed:%' AND opened_at < now() - make_interval(days => $1) ORDER BY opened_at LIMIT $2)
"""
DUE_SEALED_KEYS = """
SELECT count(*) FROM (
    SELECT FROM cart
    WHERE key_hash LIKE 'sealed:%' AND opened_at < now() - make_interval(days => $1) LIMIT $2) AS due
"""
OLD_ROWS = (
    OldRows(
        "answers of an order",
        FORGET_OLD,
        ANSWERS_KEPT_DAYS,
        "what was bought took place",
        "its organizer looks after those who came",
        DUE_OLD,
    ),
    OldRows(
        "cart",
        FORGET_CARTS,
        CART_KEPT_DAYS,
        "its sale closed",
        "what buyers leave behind is counted; an order needs no cart",
        DUE_CARTS,
    ),
    OldRows(
        "sealed key",
        FORGET_SEALED_KEYS,
        SEALED_KEY_KEPT_DAYS,
        "the cart was opened",
        "a purchase from the cart hashes it",
        DUE_SEALED_KEYS,
    ),
)
# One by one: for a list, both tables would be read whole while statistics are young.
REFERRED_TO = """
SELECT p.id FROM unnest($1::text[], $2::text[]) AS p (id, buyer_id)
WHERE (SELECT true FROM cart c WHERE c.buyer_id = p.buyer_id AND c.person_id = p.id LIMIT 1)
    OR (SELECT true FROM orders o WHERE o.buyer_id = p.buyer_id AND o.person_id = p.id LIMIT 1)
    OR (SELECT true FROM cart c, cart_answers a WHERE c.buyer_id = p.buyer_id AND a.sale_id = c.sale_id
        AND a.cart_id = c.id AND a.person_id = p.id LIMIT 1)
    OR (SELECT true FROM orders o, order_answers a WHERE o.buyer_id = p.buyer_id AND a.sale_id = o.sale_id
        AND a.order_id = o.id AND a.person_id = p.id LIMIT 1)
    OR (SELECT true FROM orders o, order_tax_identity i WHERE o.buyer_id = p.buyer_id AND i.sale_id = o.sale_id
        AND i.order_id = o.id AND i.person_id = p.id LIMIT 1)
"""


def jobs(engine: Engine) -> list[Job]:
    confirming = engine.confirming
    return [
        confirming.consumer.job(engine.db),
        Job("order letters", confirming.step, LETTERS_EVERY_S, Bound(seconds=10), due_s=confirming.due_s),
        Job("finisher", engine.orders.finish, FINISHER_EVERY_S, Bound(seconds=60)),
        Job(
            "cancellations",
            engine.orders.cancelling.step,
            CANCELLATIONS_EVERY_S,
            Bound(seconds=60, items=ORDERS_GIVEN_BACK_PER_STEP),
            due_s=engine.orders.cancelling.due_s,
        ),
        Job("ended carts", engine.orders.note_ended_carts, ENDED_CARTS_EVERY_S, Bound(seconds=60)),
        Job(
            "order keys",
            engine.orders.hash_keys,
            ORDER_KEYS_EVERY_S,
            Bound(seconds=30),
            due_s=engine.orders.keys_due_s,
        ),
    ]


async def refers(connection: asyncpg.Connection, people: Sequence[str], buyers: Sequence[str | None]) -> set[str]:
    return {row["id"] for row in await connection.fetch(REFERRED_TO, list(people), list(buyers))}


async def sale_invariants(engine: Engine, sale: str) -> list[Violation]:
    info = await engine.catalog.sale_info(sale)
    sections, lists = ((), ()) if info is None else (info.sections, info.lists)
    runs = [Run(each.id, each.first_seat, each.seats) for each in sections]
    runs += [
        Run(zone, first, seats, each.number)
        for each in lists
        for zone, its in each.zones.items()
        for first, seats in its.runs
    ]
    async with engine.db.acquire() as connection:
        found = await violations(connection, sale, runs)
        found += await owed_violations(connection, sale, {each.number: each.dues for each in lists})
        return found + await identity_violations(connection, engine.vault, sale)


async def forget(connection: asyncpg.Connection, erasure: Erasure) -> None:
    await forget_answers(connection, erasure)
    await forget_identities(connection, erasure)
    await forget_persons(connection, erasure)


async def invariants(engine: Engine) -> list[Violation]:
    money = await coupon_violations(engine.db) + await credit_violations(engine.db)
    return money + await move_violations(engine.db)


async def known(engine: Engine, connection: asyncpg.Connection, told: Told) -> list[Section]:
    return await known_of(connection, engine.vault, told)


CONTEXT = Context(
    name="orders",
    floor=Floor.SELL,
    owns="carts as they were filled in, orders, answers, what was paid, tickets",
    source="Postgres, whose constraints are the last guard; the payment provider",
    tables=(
        "cart",
        "cart_answers",
        "orders",
        "order_answers",
        "order_awaiting",
        "order_line",
        "cart_source",
        "order_coupon",
        "order_credit",
        "order_fee",
        "order_move",
        "order_tax_identity",
        "ledger_movement",
        "order_source",
        "own_refund_rule",
        "payment",
        "cancellation",
        "cancellation_order",
        "refund",
        "refund_credit",
        "refund_part",
        "ticket",
    ),
    jobs=jobs,
    old_rows=OLD_ROWS,
    forget=forget,
    known=known,
    refers=refers,
    invariants=invariants,
    sale_invariants=sale_invariants,
)
