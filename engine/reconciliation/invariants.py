"""What must hold of the money at providers: what is left of it there is what came, less what went.

clearing = captures - refunds - fees - disputes - payouts, at each provider and in each currency, with what moved there
that is none of our orders' counted apart.
"""

from __future__ import annotations

import asyncpg

from engine.context import Violation

INVARIANT = 30
# The left side from movements alone, the right one from what was paid, given back and read.
CLEARING = """
WITH ledger AS (
    SELECT c.provider, c.currency, sum(c.clearing)::bigint AS amount FROM order_clearing c
    JOIN sale_terms s ON s.id = c.sale_id WHERE s.kind <> 'rehearsal' AND c.provider <> 'by_hand' GROUP BY 1, 2
    UNION ALL
    SELECT e.provider, e.currency, sum(e.amounts[array_position(e.accounts, 'clearing')])::bigint FROM provider_entry e
    WHERE 'clearing' = ANY (e.accounts) GROUP BY 1, 2
), money AS (
    SELECT p.provider, p.currency, sum(p.amount)::bigint AS amount FROM order_money p
    JOIN sale_terms s ON s.id = p.sale_id WHERE s.kind <> 'rehearsal' AND p.provider <> 'by_hand' AND EXISTS (
        SELECT FROM order_clearing c WHERE c.sale_id = p.sale_id AND c.order_id = p.order_id AND c.kind = 'capture'
    ) GROUP BY 1, 2
    UNION ALL
    SELECT p.provider, p.currency, -sum(r.amount)::bigint FROM order_refund r
    JOIN order_money p ON p.sale_id = r.sale_id AND p.order_id = r.order_id JOIN sale_terms s ON s.id = r.sale_id
    WHERE s.kind <> 'rehearsal' AND p.provider <> 'by_hand' AND r.state = 'done'
        AND r.way IN ('provider', 'by_hand') GROUP BY 1, 2
    UNION ALL
    SELECT e.provider, e.currency, sum(CASE
        WHEN e.kind IN ('charge', 'refund', 'refund_failed') AND e.order_id IS NOT NULL THEN 0
        WHEN e.kind IN ('dispute_lost', 'unread') THEN 0 ELSE e.amount END - e.fee)::bigint
    FROM provider_entry e GROUP BY 1, 2
)
SELECT provider, currency, coalesce(ledger.amount, 0) AS clearing, coalesce(money.amount, 0) AS left_over
FROM (SELECT provider, currency, sum(amount) AS amount FROM ledger GROUP BY 1, 2) AS ledger
FULL JOIN (SELECT provider, currency, sum(amount) AS amount FROM money GROUP BY 1, 2) AS money
USING (provider, currency) WHERE coalesce(ledger.amount, 0) <> coalesce(money.amount, 0)
"""
# What its entries moved in the account of disputes is what the bank has of it still: nothing, once it has ended.
DISPUTES = """
SELECT d.provider, d.id, d.state, d.amount, moved.held, moved.lost FROM dispute d CROSS JOIN LATERAL (
    SELECT coalesce(sum(e.amounts[array_position(e.accounts, 'dispute')]), 0)::bigint AS held,
           coalesce(sum(e.amounts[array_position(e.accounts, 'dispute_lost')]), 0)::bigint AS lost
    FROM provider_entry e WHERE e.provider = d.provider AND e.about = d.id
        AND e.kind IN ('dispute', 'dispute_won', 'dispute_lost')
) AS moved
WHERE d.state <> 'open' AND moved.held <> 0 OR d.state <> 'lost' AND moved.lost <> 0 OR moved.held < 0
"""
TICKETS = """
SELECT t.sale_id, t.order_id, count(*) AS tickets, count(t.blocked_at) AS blocked,
       coalesce(wanted.blocks, false) AS blocks
FROM (
    SELECT sale_id, order_id FROM ticket_block WHERE blocked_at IS NOT NULL
    UNION SELECT sale_id, order_id FROM dispute WHERE blocks AND state <> 'won' AND order_id IS NOT NULL
) AS o JOIN ticket_block t USING (sale_id, order_id)
LEFT JOIN LATERAL (
    SELECT true AS blocks FROM dispute d
    WHERE d.sale_id = o.sale_id AND d.order_id = o.order_id AND d.blocks AND d.state <> 'won' LIMIT 1
) AS wanted ON true
GROUP BY t.sale_id, t.order_id, wanted.blocks
HAVING count(t.blocked_at) <> CASE WHEN wanted.blocks THEN count(*) ELSE 0 END
"""


# Nothing of what a bank wants back, or has, is given as credit: orders know of it.
NOTED = """
SELECT coalesce(p.order_id, d.order_id) AS order_id, coalesce(p.disputed, false) AS noted,
       d.order_id IS NOT NULL AS disputed
FROM (SELECT * FROM order_money WHERE disputed) AS p
FULL JOIN (
    SELECT DISTINCT sale_id, order_id FROM dispute WHERE state <> 'won' AND order_id IS NOT NULL
) AS d ON d.sale_id = p.sale_id AND d.order_id = p.order_id
WHERE p.order_id IS NULL OR d.order_id IS NULL
"""


async def violations(db: asyncpg.Pool) -> list[Violation]:
    async with db.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        clearing = await connection.fetch(CLEARING)
        disputes = await connection.fetch(DISPUTES)
        tickets = await connection.fetch(TICKETS)
        noted = await connection.fetch(NOTED)
    found = [
        Violation(
            INVARIANT,
            f"{row['provider']} in {row['currency']}",
            "clearing is {clearing}, and captures less refunds, fees, disputes and payouts come to {left_over}".format(
                **row
            ),
        )
        for row in clearing
    ]
    for row in disputes:
        text = "it is {state} over {amount}; its bank has {held}, and {lost} are lost".format(**row)
        found.append(Violation(INVARIANT, f"dispute {row['id']}", text))
    for row in noted:
        text = "its payment is noted as disputed: {noted}; it is disputed: {disputed}".format(**row)
        found.append(Violation(INVARIANT, f"order {row['order_id']}", text))
    for row in tickets:
        text = "{blocked} of its {tickets} tickets open nothing; disputes want them blocked: {blocks}".format(**row)
        found.append(Violation(INVARIANT, f"order {row['order_id']}", text))
    return found
