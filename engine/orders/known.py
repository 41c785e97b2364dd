"""What orders know of somebody, for themselves to read: what they bought and answered, and their carts. Reads only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import asyncpg

from engine.context import Section, Told
from engine.limits import KNOWN_ROWS_MAX
from engine.orders import answers_sql
from engine.orders.answers import cart_answers, order_answers
from engine.orders.model import CartRef
from engine.orders.receipt_names import known_identities
from engine.vault import Vault

# Orders of some people ($1), found by their buyers ($2), and all of some buyers ($3), whatever name is on them. Where
# it is another, the card is not theirs.
KNOWN_ORDERS = """
SELECT s.organizer_id AS organizer, o.sale_id AS sale, o.code, o.state, o.total, o.currency, o.placed_at, o.paid_at,
       (SELECT a.until FROM order_awaiting a WHERE a.sale_id = o.sale_id AND a.order_id = o.id) AS pay_by,
       o.channel, o.reason, o.locale,
       CASE WHEN o.person_id IS NULL OR o.person_id = ANY ($1::text[]) THEN p.card_last4 END AS card_last4,
       l.lines,
       (SELECT n.name FROM order_source s JOIN named_link n ON n.id = s.first_link
        WHERE s.sale_id = o.sale_id AND s.order_id = o.id) AS came_first_by,
       (SELECT n.name FROM order_source s JOIN named_link n ON n.id = s.last_link
        WHERE s.sale_id = o.sale_id AND s.order_id = o.id) AS came_last_by
FROM orders o JOIN sale_terms s ON s.id = o.sale_id
LEFT JOIN payment p ON p.sale_id = o.sale_id AND p.order_id = o.id
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_object('type', l.ticket_type, 'price', l.price, 'seat', l.seat, 'pool', l.pool_id,
                                      'ticket', t.id, 'live', l.live) ORDER BY l.line) AS lines
    FROM order_line l LEFT JOIN ticket t ON t.sale_id = l.sale_id AND t.order_id = l.order_id AND t.line = l.line
    WHERE l.sale_id = o.sale_id AND l.order_id = o.id
) AS l ON true
WHERE (o.buyer_id = ANY ($2::text[]) AND o.person_id = ANY ($1::text[]) OR o.buyer_id = ANY ($3::text[]))
  AND ($4::text IS NULL OR s.organizer_id = $4)
ORDER BY o.placed_at, o.id LIMIT $5
"""
# Whoever typed another name into a cart of theirs may be somebody else.
KNOWN_CARTS = """
SELECT s.organizer_id AS organizer, c.sale_id AS sale, c.opened_at, c.ended_at, c.end_reason, c.reached,
       (SELECT n.name FROM cart_source l JOIN named_link n ON n.id = l.first_link
        WHERE l.sale_id = c.sale_id AND l.cart_id = c.id) AS came_first_by,
       (SELECT n.name FROM cart_source l JOIN named_link n ON n.id = l.last_link
        WHERE l.sale_id = c.sale_id AND l.cart_id = c.id) AS came_last_by
FROM cart c JOIN sale_terms s ON s.id = c.sale_id
WHERE c.buyer_id = ANY ($2::text[]) AND (c.person_id = ANY ($1::text[])
    OR c.buyer_id = ANY ($3::text[]) AND c.person_id IS NULL AND c.contact = '{}')
  AND ($4::text IS NULL OR s.organizer_id = $4)
ORDER BY c.opened_at, c.id LIMIT $5
"""


async def known_of(connection: asyncpg.Connection, vault: Vault, told: Told) -> list[Section]:
    who = (list(told.people), list(told.buyers), list(told.linked), told.organizer_id)
    named = {"orders": KNOWN_ORDERS, "carts": KNOWN_CARTS}
    sections = [await Section.read(connection, name, text, *who) for name, text in named.items()]
    answers = Section("answers", ANSWER_FIELDS, await answers_of(connection, vault, told))
    return [*sections, answers, await known_identities(connection, vault, told)]


ANSWER_FIELDS = ("sale", "code", "ticket", "question", "answer", "answered_at")


async def answers_of(connection: asyncpg.Connection, vault: Vault, told: Told) -> list[dict[str, Any]]:
    """What they answered, with an order or in a cart; where somebody else's name is on it, it is not theirs to read."""
    who = (list(told.people), list(told.buyers), told.organizer_id, KNOWN_ROWS_MAX)
    found = await connection.fetch(answers_sql.KNOWN_ORDERS, *who)
    codes = {(row["sale_id"], row["id"]): row["code"] for row in found}
    rows = [
        answer(each.at_ms, sale, codes[sale, order], each.ticket, each.ask, each.answer)
        for (sale, order), all_ in (await order_answers(connection, vault, codes)).items()
        for each in all_
    ]
    found = await connection.fetch(answers_sql.KNOWN_CARTS, *who)
    carts = [CartRef(row["sale_id"], row["id"], row["buyer_id"]) for row in found]
    for cart, kept in zip(carts, await cart_answers(connection, vault, carts), strict=True):
        rows += [
            answer(each.at_ms, cart.sale, None, ticket or None, question, each.text)
            for question, given in kept.answers.items()
            for ticket, each in given.items()
        ]
    return rows


def answer(at_ms: int, *said: str | None) -> dict[str, Any]:
    """In the order of the fields, the last of which is when."""
    return dict(zip(ANSWER_FIELDS, (*said, datetime.fromtimestamp(at_ms / 1000, UTC)), strict=True))
