"""The SQL of coupons. Lists travel as arrays, so that one statement serves a whole batch."""

# ── a cart asks ──

# What each code means in its sale: the sale's own coupons before those of all its organizer's, live codes before
# revoked ones.
FIND = """
SELECT a.in_sale, k.code, c.*, c.ended_at IS NOT NULL AS ended, k.uses_max AS code_max, k.uses AS code_uses,
       k.revoked_at IS NOT NULL AS revoked
FROM unnest($1::text[], $2::text[], $3::text[]) AS a (organizer_id, in_sale, code)
CROSS JOIN LATERAL (
    SELECT * FROM coupon_code k WHERE k.organizer_id = a.organizer_id AND k.code = a.code
        AND (k.sale_id IS NULL OR k.sale_id = a.in_sale)
    ORDER BY k.revoked_at IS NOT NULL, k.sale_id IS NULL, k.revoked_at DESC LIMIT 1
) AS k
JOIN coupon c ON c.id = k.coupon_id
"""
BENEFITS = """
SELECT c.*, c.ended_at IS NOT NULL AS ended FROM coupon c
WHERE c.organizer_id = $1 AND (c.sale_id IS NULL OR c.sale_id = $2) AND c.automatic AND c.ended_at IS NULL
ORDER BY c.id LIMIT $3
"""
HAS_CODES = """
SELECT EXISTS (SELECT FROM coupon c WHERE c.organizer_id = $1 AND (c.sale_id IS NULL OR c.sale_id = $2)
    AND NOT c.automatic AND c.ended_at IS NULL)
"""
COUNTED = "SELECT id, uses, tickets, money FROM coupon WHERE id = ANY($1)"
PERSONS = """
SELECT p.coupon_id, p.person, p.uses FROM unnest($1::text[], $2::text[]) AS a (coupon_id, person)
JOIN coupon_person p ON p.coupon_id = a.coupon_id AND p.person = a.person
"""
# The segments that coupons of these sales name, and whose sales they are.
SEGMENTS_OF = """
SELECT s.id, s.organizer_id, ARRAY(
    SELECT DISTINCT c.rule ->> 'segment' FROM coupon c WHERE c.organizer_id = s.organizer_id AND c.ended_at IS NULL
        AND (c.sale_id IS NULL OR c.sale_id = s.id) AND c.rule ? 'segment'
) AS segments
FROM sale_terms AS s WHERE s.id = ANY($1)
"""

# ── orders use them ──

LEFT = """
SELECT id, revision, uses_max, uses, tickets_max, tickets, money_max, money FROM coupon
WHERE id = ANY($1) AND ended_at IS NULL
"""
CODES_LEFT = """
SELECT k.coupon_id, k.code, k.uses_max, k.uses FROM unnest($1::text[], $2::text[]) AS a (coupon_id, code)
JOIN coupon_code k ON k.coupon_id = a.coupon_id AND k.code = a.code AND k.revoked_at IS NULL
"""
COUNT_CODES = """
WITH counted AS (
    SELECT k.coupon_id, k.code, a.uses FROM unnest($1::text[], $2::text[], $3::integer[]) AS a (coupon_id, code, uses)
    JOIN coupon_code k ON k.coupon_id = a.coupon_id AND k.code = a.code ORDER BY k.coupon_id, k.code
    FOR NO KEY UPDATE OF k
)
UPDATE coupon_code k SET uses = k.uses + c.uses FROM counted c WHERE k.coupon_id = c.coupon_id AND k.code = c.code
"""
TAKE_PERSONS = """
INSERT INTO coupon_person (coupon_id, person, uses, uses_max)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[]) AS a (coupon_id, person, uses, uses_max)
ORDER BY a.coupon_id, a.person
ON CONFLICT (coupon_id, person) DO UPDATE
    SET uses = coupon_person.uses + excluded.uses, uses_max = excluded.uses_max
"""
GIVE_BACK_PERSONS = """
WITH counted AS (
    SELECT p.coupon_id, p.person, a.uses
    FROM unnest($1::text[], $2::text[], $3::integer[]) AS a (coupon_id, person, uses)
    JOIN coupon_person p ON p.coupon_id = a.coupon_id AND p.person = a.person ORDER BY p.coupon_id, p.person
    FOR NO KEY UPDATE OF p
)
UPDATE coupon_person p SET uses = p.uses - c.uses FROM counted c
WHERE p.coupon_id = c.coupon_id AND p.person = c.person
"""
COUNT_COUPONS = """
WITH counted AS (
    SELECT c.id, a.uses, a.tickets, a.money
    FROM unnest($1::text[], $2::integer[], $3::integer[], $4::bigint[]) AS a (id, uses, tickets, money)
    JOIN coupon c ON c.id = a.id ORDER BY c.id FOR NO KEY UPDATE OF c
)
UPDATE coupon c SET uses = c.uses + n.uses, tickets = c.tickets + n.tickets, money = c.money + n.money
FROM counted n WHERE c.id = n.id
"""

# ── organizers write them ──

OF_SALE = """
SELECT c.*, c.ended_at IS NOT NULL AS ended FROM coupon c
WHERE c.sale_id = $1 AND c.ended_at IS NULL ORDER BY c.made_at, c.id FOR NO KEY UPDATE
"""
LIST = """
SELECT c.*, c.ended_at IS NOT NULL AS ended,
       ARRAY(SELECT k.code FROM coupon_code k WHERE k.coupon_id = c.id AND k.batch_id IS NULL AND k.revoked_at IS NULL
             ORDER BY k.code) AS codes,
       (SELECT count(*) FROM coupon_code k WHERE k.coupon_id = c.id AND k.batch_id IS NOT NULL) AS drawn
FROM coupon c
WHERE c.organizer_id = $1 AND ($2::text IS NULL OR c.sale_id = $2 OR c.sale_id IS NULL)
    AND ($3::text IS NULL OR c.id = $3)
ORDER BY c.ended_at IS NOT NULL, c.made_at DESC, c.id LIMIT $4
"""
FIND_OWN = "SELECT sale_id FROM coupon WHERE id = $1 AND organizer_id = $2"
LOCK = """
SELECT c.*, c.ended_at IS NOT NULL AS ended FROM coupon c WHERE c.id = $1 AND c.organizer_id = $2 FOR NO KEY UPDATE
"""
COUNT = "SELECT count(*) FROM coupon WHERE organizer_id = $1 AND ended_at IS NULL"
MAKE = """
INSERT INTO coupon (id, organizer_id, sale_id, key, name, rule, automatic, uses_max, tickets_max, money_max)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING id
"""
CHANGE = """
UPDATE coupon SET name = $2, rule = $3, uses_max = $4, tickets_max = $5, money_max = $6, revision = revision + 1
WHERE id = $1
"""
END = "UPDATE coupon SET ended_at = now(), revision = revision + 1 WHERE id = ANY($1) AND ended_at IS NULL"
REVOKE_ALL = "UPDATE coupon_code SET revoked_at = now() WHERE coupon_id = ANY($1) AND revoked_at IS NULL"
ADD_CODES = """
INSERT INTO coupon_code (organizer_id, sale_id, code, coupon_id, batch_id, uses_max)
SELECT $1, $2, code, $4, $5, $6 FROM unnest($3::text[]) AS code ON CONFLICT DO NOTHING RETURNING code
"""
CODES_WRITTEN = (
    "SELECT code FROM coupon_code WHERE coupon_id = $1 AND batch_id IS NULL AND revoked_at IS NULL ORDER BY code"
)
REVOKE_CODES = """
UPDATE coupon_code SET revoked_at = now() WHERE coupon_id = $1 AND code = ANY($2) AND revoked_at IS NULL RETURNING code
"""
TAKE_UP_CODES = """
UPDATE coupon_code k SET revoked_at = NULL WHERE k.coupon_id = $1 AND k.code = ANY($2) AND k.batch_id IS NULL
    AND k.revoked_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM coupon_code o WHERE o.organizer_id = k.organizer_id AND o.code = k.code
            AND o.sale_id IS NOT DISTINCT FROM k.sale_id AND o.revoked_at IS NULL)
RETURNING code
"""
MAKE_BATCH = """
INSERT INTO coupon_batch (id, organizer_id, coupon_id, partner, codes) VALUES ($1, $2, $3, $4, $5) RETURNING made_at
"""
CODES_DRAWN = "SELECT count(*) FROM coupon_code WHERE organizer_id = $1 AND batch_id IS NOT NULL"
BATCHES = """
SELECT b.id, b.partner, b.codes, b.made_at, b.revoked_at,
       (SELECT count(*) FROM coupon_code k WHERE k.batch_id = b.id AND k.uses > 0) AS used
FROM coupon_batch b WHERE b.coupon_id = $1 ORDER BY b.made_at DESC, b.id
"""
CODES_OF = """
SELECT k.code, k.batch_id, b.partner, k.uses_max, k.uses, k.revoked_at FROM coupon_code k
LEFT JOIN coupon_batch b ON b.id = k.batch_id
WHERE k.coupon_id = $1 AND ($2::text IS NULL OR k.batch_id = $2) ORDER BY k.batch_id NULLS FIRST, k.code LIMIT $3
"""
REVOKE_BATCH = """
WITH batch AS (
    UPDATE coupon_batch SET revoked_at = now() WHERE id = $2 AND coupon_id = $1 AND revoked_at IS NULL RETURNING id
)
UPDATE coupon_code k SET revoked_at = now() FROM batch
WHERE k.batch_id = batch.id AND k.revoked_at IS NULL AND k.uses = 0
RETURNING k.code
"""
CODE_EXISTS = "SELECT 1 FROM coupon_code WHERE coupon_id = $1 AND code = $2"
SEGMENT_NAMES = "SELECT id, name FROM named_segment WHERE organizer_id = $1"
ORGANIZER_OF = "SELECT organizer_id FROM sale_terms WHERE id = $1"
BATCH_EXISTS = "SELECT 1 FROM coupon_batch WHERE id = $2 AND coupon_id = $1"

# ── people ──

FORGET_PERSONS = """
DELETE FROM coupon_person p USING coupon c
WHERE p.person = ANY($1) AND c.id = p.coupon_id AND ($2::text IS NULL OR c.organizer_id = $2)
"""
KNOWN = """
SELECT c.name AS coupon, sum(p.uses)::integer AS uses FROM coupon_person p JOIN coupon c ON c.id = p.coupon_id
WHERE p.person = ANY($1) AND ($2::text IS NULL OR c.organizer_id = $2) AND p.uses > 0
GROUP BY c.id, c.name ORDER BY c.name LIMIT $3
"""
