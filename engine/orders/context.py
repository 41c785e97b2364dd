"""How orders describe themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.context import Context, Floor, OldRows, Section, Violation, Whom
from engine.limits import CART_KEPT_DAYS, SEALED_KEY_KEPT_DAYS
from engine.orders.invariants import violations
from engine.orders.known import known_of
from engine.progress import Bound
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

LETTERS_EVERY_S = 0.25  # somebody waits for it with an open inbox
FINISHER_EVERY_S = 1.0
ENDED_CARTS_EVERY_S = 5.0
ORDER_KEYS_EVERY_S = 2.0
FORGET_CARTS = """
DELETE FROM cart WHERE (sale_id, id) IN (
    SELECT c.sale_id, c.id FROM sale_terms s JOIN cart c ON c.sale_id = s.id
    WHERE s.closes_at < now() - make_interval(days => $1) LIMIT $2)
"""
FORGET_SEALED_KEYS = """
UPDATE cart SET key_hash = NULL WHERE (sale_id, id) IN (
    SELECT sale_id, id FROM cart
    WHERE key_hash LIKE 'sealed:%' AND opened_at < now() - make_interval(days => $1) ORDER BY opened_at LIMIT $2)
"""
OLD_ROWS = (
    OldRows("cart", FORGET_CARTS, CART_KEPT_DAYS),
    OldRows("sealed key", FORGET_SEALED_KEYS, SEALED_KEY_KEPT_DAYS),
)


def jobs(engine: Engine) -> list[Job]:
    confirming = engine.confirming
    return [
        confirming.consumer.job(engine.db),
        Job("order letters", confirming.step, LETTERS_EVERY_S, Bound(seconds=10), due_s=confirming.due_s),
        Job("finisher", engine.orders.finish, FINISHER_EVERY_S, Bound(seconds=60)),
        Job("ended carts", engine.orders.note_ended_carts, ENDED_CARTS_EVERY_S, Bound(seconds=60)),
        Job(
            "order keys",
            engine.orders.hash_keys,
            ORDER_KEYS_EVERY_S,
            Bound(seconds=30),
            due_s=engine.orders.keys_due_s,
        ),
    ]


async def sale_invariants(engine: Engine, sale: str) -> list[Violation]:
    async with engine.db.acquire() as connection:
        return await violations(connection, sale)


async def known(engine: Engine, whom: Whom) -> list[Section]:
    return await known_of(engine.db, whom)


CONTEXT = Context(
    name="orders",
    floor=Floor.SELL,
    owns="carts as they were filled in, orders, payments, tickets",
    source="Postgres, whose constraints are the last guard; the payment provider",
    tables=("cart", "orders", "order_line", "payment", "sandbox_charge", "ticket"),
    jobs=jobs,
    old_rows=OLD_ROWS,
    known=known,
    sale_invariants=sale_invariants,
)
