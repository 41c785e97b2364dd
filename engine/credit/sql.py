"""The SQL of credit. Lists travel as arrays, so that one statement serves a whole batch."""

# ── carts and orders ──

READ = """
SELECT c.*, greatest(c.expires_at, c.grace_until) AS ends_at FROM credit c WHERE c.id = ANY($1) ORDER BY c.id
"""
FIND_BY_CODE = """
SELECT c.*, greatest(c.expires_at, c.grace_until) AS ends_at FROM credit c
WHERE c.organizer_id = $1 AND c.code_mark = $2
"""
OF_OWNERS = """
SELECT c.*, greatest(c.expires_at, c.grace_until) AS ends_at FROM credit c
WHERE c.owner = ANY($2) AND c.organizer_id = $1 AND c.currency = $3 AND c.balance > 0 AND c.revoked_at IS NULL
    AND (greatest(c.expires_at, c.grace_until) > now()) IS NOT FALSE
ORDER BY greatest(c.expires_at, c.grace_until) NULLS LAST, c.id LIMIT $4
"""
LEFT = """
SELECT c.id, c.balance FROM credit c
WHERE c.id = ANY($1) AND c.revoked_at IS NULL
    AND (greatest(c.expires_at, c.grace_until) > clock_timestamp()) IS NOT FALSE
"""
ENTER = """
INSERT INTO credit_entry (credit_id, kind, amount, sale_id, order_id)
SELECT e.credit_id, $2, e.amount, $1, e.order_id FROM unnest($3::text[], $4::text[], $5::bigint[])
    AS e (credit_id, order_id, amount)
"""

HAS_VOUCHERS = """
SELECT EXISTS (SELECT FROM credit WHERE organizer_id = $1 AND kind = 'voucher' AND balance > 0 AND NOT held)
"""

# ── giving ──

GIVE = """
INSERT INTO credit (id, organizer_id, kind, currency, owner, code_mark, code_end, batch, expires_at, sales, sum_min,
                    why, issued_by, request, held)
SELECT g.id, $1, CASE WHEN g.owner IS NULL THEN 'voucher' ELSE 'credit' END, g.currency, g.owner, g.code_mark,
       g.code_end, g.batch, g.expires_at, g.sales::text[], g.sum_min, g.why, g.by, g.request, g.held
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::text[],
            $10::bigint[], $11::text[], $12::text[], $13::text[], $14::boolean[])
    AS g (id, currency, owner, code_mark, code_end, batch, expires_at, sales, sum_min, why, by, request, held)
ON CONFLICT (organizer_id, request) DO NOTHING RETURNING id
"""
GIVEN = "SELECT request, id FROM credit WHERE organizer_id = $1 AND request = ANY ($2)"
ENTER_GIVEN = """
INSERT INTO credit_entry (credit_id, kind, amount, account, sale_id, order_id, by)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[])
"""
# What is written while this waits for a row is seen, since the row is looked at once more.
EXPIRE = """
WITH over AS (
    SELECT id, balance FROM credit c
    WHERE c.balance > 0 AND greatest(c.expires_at, c.grace_until) <= now()
    ORDER BY greatest(c.expires_at, c.grace_until) LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
)
INSERT INTO credit_entry (credit_id, kind, amount, account)
SELECT id, 'expire', -balance, 'credit_expired' FROM over RETURNING credit_id
"""

# Seconds until something ends that has not been written off; less than none when it should have been.
EXPIRES_S = """
SELECT extract(epoch FROM min(greatest(expires_at, grace_until)) - now())::float8 FROM credit WHERE balance > 0
"""

# ── the office ──

LIST = """
SELECT c.*, greatest(c.expires_at, c.grace_until) AS ends_at, (
    SELECT coalesce(sum(e.amount), 0)::bigint FROM credit_entry e
    WHERE e.credit_id = c.id AND e.kind IN ('issue', 'bonus')
) AS given
FROM credit c
WHERE c.organizer_id = $1 AND ($2::text IS NULL OR c.id = $2) AND ($3::text[] IS NULL OR c.owner = ANY($3))
    AND ($4::text IS NULL OR c.code_end = $4)
ORDER BY c.issued_at DESC, c.id LIMIT $5
"""
HISTORY = """
SELECT e.kind, e.amount, e.sale_id, e.order_id, e.by, e.at FROM credit_entry e
WHERE e.credit_id = $1 ORDER BY e.id DESC LIMIT $2
"""
LOCK = """
SELECT balance, revoked_at IS NOT NULL AS revoked, held FROM credit WHERE id = $1 AND organizer_id = $2
FOR NO KEY UPDATE
"""
HOLD = "SELECT id, balance FROM credit WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE"
OPEN_EVERYWHERE = "UPDATE credit SET sales = '{}', held = false WHERE id = $1"
REVOKE = "UPDATE credit SET revoked_at = now() WHERE id = $1"
LET_GO = "UPDATE credit SET revoked_at = now(), held = false WHERE id = $1"

# ── people, and what must hold ──

FORGET = "UPDATE credit SET owner = NULL WHERE owner = ANY($1) AND ($2::text IS NULL OR organizer_id = $2)"
KNOWN = """
SELECT o.name AS organizer, c.currency, c.balance, c.why AS reason, c.issued_at AS created_at,
       greatest(c.expires_at, c.grace_until) AS until, c.revoked_at AS ended_at
FROM credit c JOIN public_organizer o ON o.id = c.organizer_id
WHERE c.owner = ANY($1) AND ($2::text IS NULL OR c.organizer_id = $2) ORDER BY c.issued_at, c.id LIMIT $3
"""
OFF_ITS_ENTRIES = """
SELECT c.id, c.balance, e.amount FROM credit c CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0)::bigint AS amount FROM credit_entry WHERE credit_id = c.id
) AS e WHERE c.balance <> e.amount
"""
UNEXPIRED = """
SELECT id, balance FROM credit c
WHERE c.balance > 0 AND greatest(c.expires_at, c.grace_until) < now() - make_interval(hours => $1)
"""
