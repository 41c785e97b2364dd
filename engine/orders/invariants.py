"""What must hold of the orders of a sale, as Postgres can tell by itself: money, tickets, pools.

Each query answers the offenders, with the numbers that don't fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from engine.context import Violation

DISAGREEING_TOTALS = """
SELECT o.id, o.total, owed.lines, owed.fees FROM orders o CROSS JOIN LATERAL (
    SELECT coalesce(sum(coalesce(l.owed, l.price)), 0)::bigint AS lines, (
        SELECT coalesce(sum(f.owed), 0)::bigint FROM order_fee f WHERE f.sale_id = o.sale_id AND f.order_id = o.id
    ) AS fees
    FROM order_line l WHERE l.sale_id = o.sale_id AND l.order_id = o.id
) AS owed
WHERE o.sale_id = $1 AND o.state <> 'void' AND o.total <> owed.lines + owed.fees
"""
PAID_WITHOUT_MONEY = """
SELECT o.id, o.total - o.credit AS total, coalesce(p.state, 'missing') AS payment, p.amount FROM orders o
LEFT JOIN payment p ON p.sale_id = o.sale_id AND p.order_id = o.id
WHERE o.sale_id = $1 AND o.state = 'paid' AND (p.state IS DISTINCT FROM 'captured' OR p.amount <> o.total - o.credit)
"""
PAID_WITHOUT_TICKETS = """
SELECT o.id, count(l.line) AS lines, count(l.line) FILTER (WHERE l.live) AS live, count(t.id) AS tickets,
       count(l.line) FILTER (WHERE l.pool_id LIKE 'product:%') AS products FROM orders o
JOIN order_line l ON l.sale_id = o.sale_id AND l.order_id = o.id
LEFT JOIN ticket t ON t.sale_id = l.sale_id AND t.order_id = l.order_id AND t.line = l.line
WHERE o.sale_id = $1 AND o.state = 'paid' GROUP BY o.id
HAVING count(l.line) FILTER (WHERE l.pool_id LIKE 'product:%' IS NOT TRUE) <> count(t.id)
    OR count(l.line) FILTER (WHERE NOT l.live) <> (
        SELECT coalesce(sum(cardinality(r.ended)), 0) FROM refund r WHERE r.sale_id = $1 AND r.order_id = o.id
    )
    OR count(t.id) FILTER (WHERE l.pool_id LIKE 'product:%') > 0
"""
COUPONS_THAT_DISAGREE = """
SELECT o.id, o.state, lines.off, coupons.off AS taken, coupons.number, coupons.live FROM orders o CROSS JOIN LATERAL (
    SELECT coalesce(sum(l.full_price - l.price), 0)::bigint AS off FROM order_line l
    WHERE l.sale_id = o.sale_id AND l.order_id = o.id
) AS lines CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.discount), 0)::bigint AS off, count(*) AS number, count(*) FILTER (WHERE c.live) AS live
    FROM order_coupon c WHERE c.sale_id = o.sale_id AND c.order_id = o.id
) AS coupons
WHERE o.sale_id = $1 AND o.state <> 'void' AND o.channel <> 'complimentary' AND (
    lines.off <> coupons.off OR coupons.live <> CASE
        WHEN o.state IN ('paying', 'awaiting', 'paid') THEN coupons.number ELSE 0 END
)
"""
CREDIT_THAT_DISAGREES = """
SELECT o.id, o.state, o.credit, c.amount, c.number, c.live FROM orders o CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.amount), 0)::bigint AS amount, count(*) AS number, count(*) FILTER (WHERE c.live) AS live
    FROM order_credit c WHERE c.sale_id = o.sale_id AND c.order_id = o.id
) AS c
WHERE o.sale_id = $1 AND (o.credit <> c.amount OR o.state IN ('paying', 'awaiting', 'paid') AND c.live <> c.number
    OR o.state IN ('failed', 'void') AND c.live > 0)
"""
LIVE_LINES_OF_THE_DEAD = """
SELECT o.id, o.state, count(*) AS lines FROM orders o JOIN order_line l ON l.sale_id = o.sale_id AND l.order_id = o.id
WHERE o.sale_id = $1 AND l.live AND o.state NOT IN ('paying', 'awaiting', 'paid') GROUP BY o.id, o.state
"""
MONEY_WITHOUT_ORDER = """
SELECT o.id, o.state, p.amount FROM orders o JOIN payment p ON p.sale_id = o.sale_id AND p.order_id = o.id
WHERE o.sale_id = $1 AND (
    (p.state = 'captured' AND o.state IN ('awaiting', 'failed', 'void', 'refunding', 'refunded'))
    OR (p.state = 'refund_due' AND o.state <> 'refunding') OR (p.state = 'refunded' AND o.state <> 'refunded')
)
"""
AWAITED_THAT_DISAGREE = """
SELECT o.id, o.state, a.until, a.look_at FROM orders o
LEFT JOIN order_awaiting a ON a.sale_id = o.sale_id AND a.order_id = o.id
WHERE o.sale_id = $1 AND (o.state = 'awaiting') <> (a.look_at IS NOT NULL)
"""
POOLS_THAT_DISAGREE = """
WITH RECURSIVE takes (pool, counter) AS (
    SELECT id, id FROM pool_stock WHERE sale_id = $1
    UNION
    SELECT t.pool, d FROM takes t JOIN pool_stock p ON p.sale_id = $1 AND p.id = t.counter, unnest(p.draws_on) AS d
), taken AS (
    SELECT t.counter, count(*) AS units
    FROM order_line l JOIN takes t ON t.pool = l.pool_id OR t.pool = 'type:' || l.ticket_type
    WHERE l.sale_id = $1 AND l.live GROUP BY t.counter
)
SELECT p.id, p.sold, coalesce(t.units, 0) AS lines FROM pool_stock p LEFT JOIN taken t ON t.counter = p.id
WHERE p.sale_id = $1 AND p.sold <> coalesce(t.units, 0)
"""
GIVEN_AWAY_FOR_MONEY = """
SELECT o.id, o.channel, o.total, coalesce(o.reason, '') AS reason, count(l.full_price) AS lines FROM orders o
JOIN order_line l ON l.sale_id = o.sale_id AND l.order_id = o.id WHERE o.sale_id = $1
GROUP BY o.sale_id, o.id HAVING (o.channel = 'complimentary') <> (o.reason IS NOT NULL)
    OR o.channel = 'complimentary' AND (o.total > 0 OR count(*) <> count(l.full_price))
"""
CHARGES_THAT_DISAGREE = """
SELECT o.id, o.state, c.outcome, c.amount, o.total - o.credit AS total FROM orders o
LEFT JOIN sandbox_standing c ON c.order_id = o.id
JOIN payment p ON p.sale_id = o.sale_id AND p.order_id = o.id AND p.provider = 'sandbox'
CROSS JOIN LATERAL (
    SELECT coalesce(sum(r.amount - r.returned - r.moved) FILTER (WHERE r.state = 'done'), 0) AS done,
           coalesce(sum(r.amount - r.returned - r.moved), 0) AS asked
    FROM refund r WHERE r.sale_id = o.sale_id AND r.order_id = o.id AND r.way = 'provider'
) AS back
WHERE o.sale_id = $1 AND (
    -- Or all its money went back, and its tickets were kept.
    (o.state = 'paid' AND o.total > o.credit AND c.outcome IS DISTINCT FROM 'captured'
        AND (c.outcome = 'refunded' AND c.given_back = c.amount) IS NOT TRUE)
    OR (o.state NOT IN ('paying', 'awaiting') AND c.outcome = 'awaiting')
    OR (o.state = 'paid' AND c.given_back NOT BETWEEN back.done AND back.asked) OR c.given_back > c.amount
    OR (o.state IN ('failed', 'void', 'refunded') AND c.outcome = 'captured' AND c.visible_at <= now()
        AND NOT (o.revision > 0 AND c.given_back = back.done))
)
"""
# The same of money by hand, of which a member says whether it came and went.
MONEY_BY_HAND_THAT_DISAGREES = """
SELECT o.id, o.state, c.outcome, c.amount, o.total - o.credit AS total FROM orders o
JOIN payment p ON p.sale_id = o.sale_id AND p.order_id = o.id AND p.provider LIKE 'hand:%'
LEFT JOIN hand_standing c ON c.order_id = o.id
WHERE o.sale_id = $1 AND (
    (o.state = 'paid' AND o.total > o.credit AND (c.outcome = 'captured' AND c.amount = o.total - o.credit) IS NOT TRUE)
    OR (o.state NOT IN ('paying', 'awaiting') AND c.outcome = 'awaiting')
    OR (o.state IN ('awaiting', 'failed', 'void') AND c.outcome = 'captured')
    OR (o.state = 'refunded' AND c.given_back < c.asked_back) OR c.asked_back > c.amount
)
"""
REFUNDS_THAT_DISAGREE = """
SELECT o.id, o.state, o.revision, o.given_back, r.refunds, r.amount, r.undone, p.owed, r.returned, r.granted,
       c.returned AS came, c.granted AS given
FROM orders o CROSS JOIN LATERAL (
    SELECT count(*) AS refunds, coalesce(max(nth), 0) AS last, coalesce(sum(amount), 0)::bigint AS amount,
           count(*) FILTER (WHERE state <> 'done') AS undone, coalesce(sum(returned), 0)::bigint AS returned,
           coalesce(sum(amount - returned - moved) FILTER (WHERE way IN ('credit', 'voucher')), 0)::bigint AS granted
    FROM refund WHERE refund.sale_id = o.sale_id AND refund.order_id = o.id
) AS r CROSS JOIN LATERAL (
    SELECT coalesce(sum(owed), 0)::bigint AS owed FROM refund_part g WHERE g.sale_id = o.sale_id AND g.order_id = o.id
) AS p CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount - moved) FILTER (WHERE NOT c.granted), 0)::bigint AS returned,
           coalesce(sum(amount) FILTER (WHERE c.granted), 0)::bigint AS granted
    FROM refund_credit c WHERE c.sale_id = o.sale_id AND c.order_id = o.id
) AS c
WHERE o.sale_id = $1 AND (r.refunds > 0 OR o.revision > 0 OR o.given_back > 0) AND (
    o.revision <> r.refunds OR r.last <> r.refunds OR o.given_back <> r.amount OR p.owed <> r.amount
    OR r.returned <> c.returned OR r.granted <> c.granted OR r.returned > o.credit
    OR o.state = 'refunded' AND r.undone > 0 OR o.state = 'refunding' AND r.undone = 0
)
"""
ENDED_CARTS_THAT_DISAGREE = """
SELECT c.id, c.end_reason, c.total, h.held FROM cart c CROSS JOIN LATERAL (
    SELECT coalesce(sum((l->>'price')::bigint * coalesce((l->>'units')::bigint, 1)), 0)::bigint AS held
    FROM jsonb_array_elements(c.held) AS l
) AS h
WHERE c.sale_id = $1 AND c.total IS NOT NULL AND (c.total <> h.held OR c.end_reason = 'bought' AND NOT EXISTS (
    SELECT FROM orders o WHERE o.buyer_id = c.buyer_id AND o.sale_id = c.sale_id AND o.cart_id = c.id
        AND o.state IN ('paid', 'refunding', 'refunded') AND c.total = (
            SELECT sum(l.price) FROM order_line l WHERE l.sale_id = o.sale_id AND l.order_id = o.id
        )
))
"""
# $2 to $5: runs of seats, of sections (for every list) and of the zones of a list, and the place by which they are
# priced. An order without a number is of a release that knew the first list alone.
LINES_OFF_THEIR_LIST = """
SELECT o.id, coalesce(o.price_list, 1) AS list, l.line, l.price, asked.price AS asked FROM orders o
JOIN order_line l ON l.sale_id = o.sale_id AND l.order_id = o.id
LEFT JOIN LATERAL (
    SELECT s.id FROM unnest($2::text[], $3::integer[], $4::integer[], $5::integer[]) AS s (id, first_seat, seats, list)
    WHERE l.seat >= s.first_seat AND l.seat < s.first_seat + s.seats AND s.list IN (0, coalesce(o.price_list, 1))
    ORDER BY s.list DESC LIMIT 1
) AS s ON true
LEFT JOIN sale_prices p ON p.sale_id = o.sale_id AND p.number = coalesce(o.price_list, 1)
JOIN sale_terms terms ON terms.id = o.sale_id
CROSS JOIN LATERAL (SELECT coalesce(
    p.prices -> coalesce(l.pool_id, s.id) ->> l.ticket_type, terms.products -> l.pool_id ->> 'price'
)::bigint AS price) AS asked
WHERE o.sale_id = $1 AND o.state <> 'void' AND coalesce(l.full_price, l.price) IS DISTINCT FROM asked.price
    AND NOT (terms.type_rules -> l.ticket_type @> '{"may_pay_more": true}' IS TRUE
        AND coalesce(l.full_price, l.price) > asked.price)
"""


# The phase of an order never changes what it sells once it has begun, and members sell in all of them. What is hidden
# may have been shown by a code, whatever the phase.
LINES_OFF_THEIR_PHASE = """
SELECT o.id, o.phase, min(l.ticket_type) AS type FROM orders o
JOIN order_line l ON l.sale_id = o.sale_id AND l.order_id = o.id
JOIN sale_terms terms ON terms.id = o.sale_id
LEFT JOIN LATERAL (
    SELECT p -> 'types' AS types FROM jsonb_array_elements(terms.phases) AS p WHERE p ->> 'id' = o.phase
) AS phase ON true
WHERE o.sale_id = $1 AND o.state <> 'void' AND o.phase IS NOT NULL AND coalesce(l.pool_id, '') NOT LIKE 'product:%'
    AND (phase.types IS NULL OR phase.types <> '[]' AND NOT phase.types ? l.ticket_type)
    AND NOT (terms.type_rules -> l.ticket_type @> '{"hidden": true}' IS TRUE)
GROUP BY o.sale_id, o.id
"""


@dataclass(frozen=True, slots=True)
class Run:
    """Seats that follow one another, and the section or zone that prices them."""

    place: str
    first_seat: int
    seats: int
    list: int = 0  # of the zone; 0: any, of a section


@dataclass(frozen=True, slots=True)
class Check:
    invariant: int
    query: str
    text: str  # filled in from the row


CHECKS = (
    Check(7, DISAGREEING_TOTALS, "its total is {total}, its lines add up to {lines} and its fees to {fees}"),
    Check(7, PAID_WITHOUT_MONEY, "it is paid with {total}, and its payment is {payment} with {amount}"),
    Check(7, PAID_WITHOUT_TICKETS, "of {lines} lines {live} are live and {products} products, with {tickets} tickets"),
    Check(6, LINES_OFF_THEIR_PHASE, "it has tickets of type {type}, which phase {phase} doesn't sell"),
    Check(
        28,
        COUPONS_THAT_DISAGREE,
        "it is {state} with {off} off its lines; its coupons took off {taken}, and {live} of {number} count",
    ),
    Check(
        29,
        CREDIT_THAT_DISAGREES,
        "it is {state} with {credit} paid by credit; what it spends is {amount}, and {live} of {number} count",
    ),
    Check(1, LIVE_LINES_OF_THE_DEAD, "it is {state}, and has {lines} live lines"),
    Check(7, AWAITED_THAT_DISAGREE, "it is {state}, and its provider is asked about it at {look_at}, until {until}"),
    Check(7, MONEY_WITHOUT_ORDER, "it is {state}, and its payment holds {amount}"),
    Check(
        7, GIVEN_AWAY_FOR_MONEY, "it is {channel} for '{reason}' with {total}; {lines} lines say what they would cost"
    ),
    Check(
        7,
        REFUNDS_THAT_DISAGREE,
        "it is {state} at revision {revision} with {given_back} given back; its {refunds} refunds, of which {undone} "
        "are not through, come to {amount}, and their parts to {owed}; {returned} of credit came back, as {came}, and "
        "{granted} was given as credit, as {given}",
    ),
    Check(7, CHARGES_THAT_DISAGREE, "it is {state} with {total}, and the provider has it {outcome} with {amount}"),
    Check(7, MONEY_BY_HAND_THAT_DISAGREES, "it is {state} with {total}, and by hand it is {outcome} with {amount}"),
)


async def violations(connection: asyncpg.Connection, sale: str, runs: Sequence[Run]) -> list[Violation]:
    found = []
    columns = list(zip(*((run.place, run.first_seat, run.seats, run.list) for run in runs), strict=True)) or [()] * 4
    for row in await connection.fetch(LINES_OFF_THEIR_LIST, sale, *columns):
        text = f"its line {row['line']} costs {row['price']}, and list {row['list']} says {row['asked']}"
        found.append(Violation(7, f"order {row['id']}", text))
    for check in CHECKS:
        for row in await connection.fetch(check.query, sale):
            found.append(Violation(check.invariant, f"order {row['id']}", check.text.format(**dict(row))))
    for row in await connection.fetch(ENDED_CARTS_THAT_DISAGREE, sale):
        text = (
            f"it ended {row['end_reason']} with {row['total']}; its lines add up to {row['held']}, or no order agrees"
        )
        found.append(Violation(7, f"cart {row['id']}", text))
    for row in await connection.fetch(POOLS_THAT_DISAGREE, sale):
        text = f"Postgres counts {row['sold']} sold, and its orders have {row['lines']}"
        found.append(Violation(1, f"pool {row['id']}", text))
    return found
