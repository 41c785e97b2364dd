"""The SQL of contacts."""

# Two asks for one inbox, or for text messages at all, are judged one after the other.
ONE_BY_ONE = "SELECT pg_advisory_xact_lock($1, $2)"
OPEN = """
SELECT id, asked_at > now() - make_interval(secs => $5) AS fresh, code_until, link_until FROM contact_proof
WHERE purpose = $1 AND channel = $2 AND inbox_hash = $3 AND buyer_id = $4
  AND confirmed_at IS NULL AND ended_at IS NULL AND letter <> 'withheld'
FOR UPDATE
"""
ASKED_LATELY = """
SELECT
    (SELECT count(*) FROM contact_proof WHERE buyer_id = $1 AND asked_at > now() - interval '1 day') AS by_buyer,
    (SELECT count(*) FROM contact_proof WHERE network_hash = $2 AND asked_at > now() - interval '1 hour') AS by_network,
    (SELECT count(*) FROM contact_proof WHERE inbox_hash = $3 AND letter <> 'withheld'
     AND asked_at > now() - interval '1 day') AS of_day,
    (SELECT count(*) FROM contact_proof WHERE inbox_hash = $3 AND letter <> 'withheld' AND confirmed_at IS NULL
     AND asked_at > now() - interval '30 days') AS of_month,
    EXISTS (SELECT FROM silenced_address WHERE channel = $4 AND (address_mark = $3 OR address = $5)
            AND organizer_id IS NULL AND (reason <> 'unsubscribed' OR $6 = 'offers')) AS silenced
"""
KNOWN = """
SELECT purpose, channel, asked_at, confirmed_at FROM contact_proof WHERE inbox_hash = ANY ($1::bytea[])
ORDER BY asked_at LIMIT $2
"""
FORGET_INBOXES = "DELETE FROM contact_proof WHERE inbox_hash = ANY ($1::bytea[])"
SMS_TODAY = """
SELECT count(*) FROM contact_proof
WHERE channel = 'sms' AND letter <> 'withheld' AND asked_at > now() - interval '1 day'
"""
END_OPEN = "UPDATE contact_proof SET ended_at = now() WHERE id = $1"
ASK = """
INSERT INTO contact_proof (id, purpose, channel, inbox_hash, buyer_id, network_hash, locale, letter, code_until,
                           link_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(secs => $9), now() + make_interval(secs => $10))
RETURNING code_until, link_until
"""
FIND_LINK = """
SELECT purpose, channel, inbox_hash, buyer_id, confirmed_at IS NOT NULL AS confirmed FROM contact_proof
WHERE id = $1 AND letter <> 'withheld' AND (confirmed_at IS NOT NULL OR ended_at IS NULL) AND link_until > now()
FOR UPDATE
"""
FIND_CODE = """
SELECT id, purpose, channel, inbox_hash, buyer_id, confirmed_at IS NOT NULL AS confirmed, tries, asked_at
FROM contact_proof
WHERE purpose = $1 AND channel = $2 AND inbox_hash = $3 AND buyer_id = $4
  AND letter <> 'withheld' AND ended_at IS NULL AND code_until > now()
ORDER BY asked_at DESC LIMIT 1 FOR UPDATE
"""
CONFIRM = "UPDATE contact_proof SET confirmed_at = now() WHERE id = $1"
WRONG = """
UPDATE contact_proof SET tries = tries + 1, ended_at = CASE WHEN tries + 1 >= $2 THEN now() END
WHERE id = $1
"""
PROVEN = """
SELECT EXISTS (SELECT FROM contact_proof WHERE inbox_hash = $1 AND buyer_id = $2 AND channel = $3
               AND confirmed_at > now() - make_interval(days => $4))
"""
BUYERS_OF = """
SELECT DISTINCT buyer_id FROM contact_proof
WHERE inbox_hash = $1 AND channel = $2 AND confirmed_at > now() - make_interval(days => $3) ORDER BY buyer_id LIMIT $4
"""

# ── places that stand on an inbox ──

INBOXES_AT_SALE = """
SELECT DISTINCT p.inbox_hash, c.buyer_id FROM contact_proof p
LEFT JOIN sale_contact c ON c.sale_id = $1 AND c.inbox_hash = p.inbox_hash
WHERE p.buyer_id = $2 AND p.purpose = 'entry' AND p.confirmed_at > now() - make_interval(days => $3)
ORDER BY p.inbox_hash
"""
# All of these marks, unless another buyer's place stands on one; in their order, so that two who ask for some at once
# don't wait for one another.
USE_ALL = """
INSERT INTO sale_contact (sale_id, inbox_hash, buyer_id)
SELECT $1, mark, $3 FROM unnest($2::bytea[]) AS mark
WHERE NOT EXISTS (SELECT FROM sale_contact WHERE sale_id = $1 AND inbox_hash = ANY ($2) AND buyer_id <> $3)
ORDER BY mark ON CONFLICT DO NOTHING
"""
USED_BY_OTHERS = """
SELECT EXISTS (SELECT FROM sale_contact WHERE sale_id = $1 AND inbox_hash = ANY ($2::bytea[]) AND buyer_id <> $3)
"""
USE = """
INSERT INTO sale_contact (sale_id, inbox_hash, buyer_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING true
"""

# ── letters ──

DRAWN = """
SELECT asked_at, confirmed_at IS NULL AND ended_at IS NULL AS is_open FROM contact_proof WHERE id = $1
"""
# Those that a worker of the release before has in hand are not due.
ADOPT = """
WITH due AS (
    SELECT id, address FROM contact_proof WHERE letter = 'due' AND letter_at <= now()
    ORDER BY letter_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
UPDATE contact_proof p SET letter = 'sent', address = NULL FROM due WHERE p.id = due.id
RETURNING p.id, p.purpose, p.channel, due.address, p.locale, p.link_until,
          p.confirmed_at IS NULL AND p.ended_at IS NULL AS is_open
"""
ADOPT_DUE_S = """
SELECT greatest(0, extract(epoch FROM min(letter_at) - now()))::float8 FROM contact_proof WHERE letter = 'due'
HAVING count(*) > 0
"""

# ── what is kept for a while ──

FORGET_ASKED = """
DELETE FROM contact_proof WHERE id IN (
    SELECT id FROM contact_proof WHERE confirmed_at IS NULL AND asked_at < now() - make_interval(days => $1) LIMIT $2)
"""
DUE_ASKED = """
SELECT count(*) FROM (
    SELECT FROM contact_proof
    WHERE confirmed_at IS NULL AND asked_at < now() - make_interval(days => $1) LIMIT $2) AS due
"""
FORGET_CONFIRMED = """
DELETE FROM contact_proof WHERE id IN (
    SELECT id FROM contact_proof WHERE confirmed_at < now() - make_interval(days => $1) LIMIT $2)
"""
DUE_CONFIRMED = """
SELECT count(*) FROM (
    SELECT FROM contact_proof
    WHERE confirmed_at < now() - make_interval(days => $1) LIMIT $2) AS due
"""
FORGET_USED = """
DELETE FROM sale_contact WHERE (sale_id, inbox_hash) IN (
    SELECT sale_id, inbox_hash FROM sale_contact WHERE used_at < now() - make_interval(days => $1) LIMIT $2)
"""
DUE_USED = """
SELECT count(*) FROM (
    SELECT FROM sale_contact
    WHERE used_at < now() - make_interval(days => $1) LIMIT $2) AS due
"""
