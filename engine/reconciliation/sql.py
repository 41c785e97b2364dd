"""Every statement of reconciliation. Lists travel as arrays, so that one statement serves a whole page."""

from __future__ import annotations

# ── the books ──

# One that could not be read gives way to what a later release reads of it. Each id once: a page may name one twice.
BOOK = """
INSERT INTO provider_entry (provider, id, organizer_id, kind, sale_id, order_id, about, amount, fee, currency, at, why,
                            accounts, amounts)
SELECT DISTINCT ON (e.id) $1, e.id, $2, e.kind, e.sale_id, e.order_id, e.about, e.amount, e.fee, e.currency, e.at,
       e.why, e.accounts::text[], e.amounts::bigint[]
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::text[],
            $11::timestamptz[], $12::text[], $13::text[], $14::text[])
    AS e (id, kind, sale_id, order_id, about, amount, fee, currency, at, why, accounts, amounts)
ORDER BY e.id
ON CONFLICT (provider, id) DO UPDATE SET kind = excluded.kind, sale_id = excluded.sale_id,
    order_id = excluded.order_id, about = excluded.about, amount = excluded.amount, fee = excluded.fee,
    currency = excluded.currency, at = excluded.at, why = '', accounts = excluded.accounts, amounts = excluded.amounts
    WHERE provider_entry.kind = 'unread' AND excluded.kind <> 'unread'
RETURNING id
"""

# ── disputes ──

OWN_ORDER = """
SELECT s.kind FROM order_money m JOIN sale_terms s ON s.id = m.sale_id
WHERE m.sale_id = $1 AND m.order_id = $2 AND m.provider = $3 AND s.organizer_id = $4 AND s.kind <> 'rehearsal'
"""
BLOCKS = "SELECT blocks FROM dispute_policy WHERE organizer_id = $1"
OPEN_DISPUTE = """
INSERT INTO dispute (provider, id, organizer_id, sale_id, order_id, amount, currency, reason, state, blocks, opened_at,
                     due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9, $10::timestamptz,
        coalesce($11::timestamptz, $10::timestamptz + make_interval(days => $12)))
ON CONFLICT DO NOTHING RETURNING true
"""
LOCK_DISPUTE = """
SELECT state, sale_id, order_id, blocks FROM dispute WHERE provider = $1 AND id = $2 AND organizer_id = $3 FOR UPDATE
"""
# What the bank has of it still: nothing, or less than nothing came to the account.
LEFT_OF_DISPUTE = """
SELECT coalesce(sum(amount), 0)::bigint FROM provider_entry
WHERE provider = $1 AND about = $2 AND kind IN ('dispute', 'dispute_won')
"""
END_DISPUTE = "UPDATE dispute SET state = $3, ended_at = now() WHERE provider = $1 AND id = $2"
BLOCKED_BY_ANOTHER = """
SELECT EXISTS (SELECT FROM dispute WHERE sale_id = $1 AND order_id = $2 AND blocks AND state <> 'won')
"""
DISPUTED_BY_ANOTHER = "SELECT EXISTS (SELECT FROM dispute WHERE sale_id = $1 AND order_id = $2 AND state <> 'won')"
# Those that are open, and those of which entries were read and nothing else is known.
DISPUTES_TO_ASK = """
SELECT id FROM (
    SELECT id FROM dispute WHERE organizer_id = $1 AND provider = $2 AND state = 'open'
    UNION
    SELECT about FROM provider_entry e WHERE organizer_id = $1 AND provider = $2 AND kind IN ('dispute', 'dispute_won')
        AND about <> '' AND NOT EXISTS (SELECT FROM dispute d WHERE d.provider = $2 AND d.id = e.about)
) AS asked WHERE id > $3 ORDER BY id LIMIT $4
"""
LIST_DISPUTES = """
SELECT d.*, c.code FROM dispute d LEFT JOIN order_code c ON c.sale_id = d.sale_id AND c.id = d.order_id
WHERE d.organizer_id = $1 AND ($2::text IS NULL OR d.order_id = $2) AND ($3::text IS NULL OR d.state = $3)
ORDER BY d.opened_at DESC, d.id LIMIT $4
"""
ANSWERED = """
UPDATE dispute SET answered_at = coalesce(answered_at, now())
WHERE organizer_id = $1 AND id = $2 AND state = 'open' RETURNING order_id
"""
WRITE_POLICY = """
INSERT INTO dispute_policy (organizer_id, blocks) VALUES ($1, $2)
ON CONFLICT (organizer_id) DO UPDATE SET blocks = excluded.blocks
"""

# ── runs ──

# From before the last that reached everybody began; the first reads everything.
ASK_FOR_RUN = """
INSERT INTO reconciliation (id, organizer_id, asked_kind, asked_by, since)
VALUES ($1, $2, $3, $4, coalesce($5::timestamptz, (
    SELECT max(r.asked_at) - make_interval(hours => $6) FROM reconciliation r
    WHERE r.organizer_id = $2 AND r.state = 'done' AND r.unreached = '{}'
), 'epoch'))
ON CONFLICT (organizer_id) WHERE state = 'waiting' DO NOTHING RETURNING *
"""
WAITING_RUN = "SELECT * FROM reconciliation WHERE organizer_id = $1 AND state = 'waiting'"
READ_RUN = "SELECT * FROM reconciliation WHERE id = $1"
LIST_RUNS = "SELECT * FROM reconciliation WHERE organizer_id = $1 ORDER BY asked_at DESC, id LIMIT $2"
# One that runs goes on first; then whoever waits longest, one of each organizer's at a time.
NEXT_RUN = """
SELECT r.* FROM reconciliation r WHERE state <> 'done' AND (state = 'running' OR NOT EXISTS (
    SELECT FROM reconciliation o WHERE o.organizer_id = r.organizer_id AND o.state = 'running'
))
ORDER BY state = 'running' DESC, asked_at, id LIMIT 1
"""
BEGIN_RUN = """
UPDATE reconciliation r SET state = 'running' WHERE id = $1 AND state = 'waiting' AND NOT EXISTS (
    SELECT FROM reconciliation o WHERE o.organizer_id = r.organizer_id AND o.state = 'running'
) RETURNING r.*
"""
# Whoever did the same step at the same time has moved it on: then nothing is written.
LOCK_RUN = "SELECT id FROM reconciliation WHERE id = $1 AND state = 'running' AND place = $2 FOR UPDATE"
GO_ON = """
UPDATE reconciliation SET place = $2, entries = entries + $3, compared = compared + $4, found = found + $5,
    settled = settled + $6, unreached = unreached || $7::text[], state = $8,
    ended_at = CASE WHEN $8 = 'done' THEN now() END
WHERE id = $1 RETURNING *
"""
DAILY = """
SELECT s.organizer_id FROM (SELECT DISTINCT organizer_id FROM sale_terms WHERE kind <> 'rehearsal') AS s
WHERE NOT EXISTS (
    SELECT FROM reconciliation r WHERE r.organizer_id = s.organizer_id
        AND (r.state <> 'done' OR r.asked_at > now() - make_interval(hours => $1))
) LIMIT $2
"""
WAITS = "SELECT EXISTS (SELECT FROM reconciliation WHERE state <> 'done')"

FORGET_RUNS = """
DELETE FROM reconciliation WHERE id IN (
    SELECT id FROM reconciliation WHERE state = 'done' AND ended_at < now() - make_interval(days => $1) LIMIT $2)
"""
RUNS_TO_FORGET = """
SELECT count(*) FROM (
    SELECT FROM reconciliation WHERE state = 'done' AND ended_at < now() - make_interval(days => $1) LIMIT $2) AS due
"""

# ── comparing ──

ENTRIES_SINCE = """
SELECT id, kind, at, sale_id, order_id FROM provider_entry
WHERE organizer_id = $1 AND provider = $2 AND at >= $3 AND (at, id) > ($4, $5) ORDER BY at, id LIMIT $6
"""
SALES = """
SELECT id FROM sale_terms WHERE organizer_id = $1 AND kind <> 'rehearsal' AND id > $2 AND closes_at >= $3
ORDER BY id LIMIT 1
"""
PAYMENTS = """
WITH asked AS (
    SELECT sale_id, order_id, answered_at FROM order_money WHERE sale_id = $1 AND order_id > $2 AND provider = $3
        AND amount > 0 AND state IN ('captured', 'refund_due', 'refunded') ORDER BY order_id LIMIT $6
)
SELECT order_id, answered_at BETWEEN $4 AND $5 AND NOT EXISTS (
    SELECT FROM provider_entry e WHERE e.order_id = asked.order_id AND e.provider = $3 AND e.kind = 'charge'
) AS lacking FROM asked ORDER BY order_id
"""
REFUNDS = """
SELECT DISTINCT order_id FROM order_refund
WHERE sale_id = $1 AND order_id > $2 AND way = 'provider' AND ended_at >= $3 ORDER BY order_id LIMIT $4
"""
OPEN_ONES = """
SELECT id, sale_id, order_id FROM disagreement
WHERE organizer_id = $1 AND provider = $2 AND state = 'open' AND kind <> 'unread' AND id > $3 ORDER BY id LIMIT $4
"""
OURS = """
SELECT m.sale_id, m.order_id, m.state, m.amount, m.currency, m.answered_at < $5 AS settled,
       CASE WHEN m.revision = 0 AND m.state = 'refunded' AND m.answered_at < $5
            THEN m.amount ELSE back.done END AS done,
       CASE WHEN m.revision = 0 AND m.state IN ('refunded', 'refund_due') THEN m.amount ELSE back.asked END AS asked
FROM unnest($1::text[], $2::text[]) AS a (sale_id, order_id)
CROSS JOIN LATERAL (
    SELECT * FROM order_money m WHERE m.sale_id = a.sale_id AND m.order_id = a.order_id AND m.provider = $3
) AS m JOIN sale_terms s ON s.id = m.sale_id AND s.organizer_id = $4 AND s.kind <> 'rehearsal'
CROSS JOIN LATERAL (
    SELECT coalesce(sum(r.amount) FILTER (WHERE r.state = 'done' AND r.ended_at < $5), 0)::bigint AS done,
           coalesce(sum(r.amount) FILTER (WHERE r.state <> 'failed'), 0)::bigint AS asked FROM order_refund r
    WHERE m.revision > 0 AND r.sale_id = m.sale_id AND r.order_id = m.order_id AND r.way = 'provider'
) AS back
"""
THEIRS = """
SELECT order_id, kind, currency, sum(amount)::bigint AS amount FROM provider_entry
WHERE provider = $1 AND order_id = ANY ($2) AND at < $3 AND kind IN ('charge', 'refund', 'refund_failed')
GROUP BY order_id, kind, currency
"""
# An order that an entry names without its sale is of the sale that its charge names.
SALE_OF_CHARGE = """
SELECT DISTINCT ON (order_id) order_id, sale_id FROM provider_entry
WHERE provider = $1 AND order_id = ANY ($2) AND sale_id IS NOT NULL
"""
# What a member has seen to stays so, as long as both sides say what they said then.
FIND = """
INSERT INTO disagreement (id, organizer_id, provider, kind, subject, sale_id, order_id, facts, due_at)
SELECT f.id, $1, $2, f.kind, f.subject, f.sale_id, f.order_id, f.facts, now() + make_interval(days => $3)
FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::jsonb[])
    AS f (id, kind, subject, sale_id, order_id, facts)
WHERE NOT EXISTS (
    SELECT FROM disagreement d WHERE d.provider = $2 AND d.subject = f.subject AND d.kind = f.kind
        AND d.resolved_kind <> 'itself' AND d.facts = f.facts
)
ON CONFLICT (provider, kind, subject) WHERE state = 'open'
    DO UPDATE SET facts = excluded.facts WHERE disagreement.facts <> excluded.facts
RETURNING (xmax = 0) AS new
"""
GONE = """
UPDATE disagreement d SET state = 'resolved', resolved_at = now(), resolved_kind = 'itself', resolved_by = 'worker'
WHERE d.organizer_id = $1 AND d.provider = $2 AND d.subject = ANY ($3) AND d.state = 'open'
    AND NOT EXISTS (
        SELECT FROM unnest($4::text[], $5::text[]) AS f (subject, kind)
        WHERE f.subject = d.subject AND f.kind = d.kind
    )
RETURNING id
"""
LIST_DISAGREEMENTS = """
SELECT d.*, c.code FROM disagreement d LEFT JOIN order_code c ON c.sale_id = d.sale_id AND c.id = d.order_id
WHERE d.organizer_id = $1 AND ($2::text IS NULL OR d.state = $2)
ORDER BY d.state = 'open' DESC, d.due_at, d.id LIMIT $3
"""
RESOLVE = """
UPDATE disagreement SET state = 'resolved', resolved_at = now(), resolved_kind = $3, resolved_by = $4, reason = $5
WHERE organizer_id = $1 AND id = $2 AND state = 'open' RETURNING kind, subject, facts
"""
SHOW = """
SELECT d.*, c.code FROM disagreement d LEFT JOIN order_code c ON c.sale_id = d.sale_id AND c.id = d.order_id
WHERE d.organizer_id = $1 AND d.id = $2
"""
