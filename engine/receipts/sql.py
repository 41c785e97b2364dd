"""The SQL of receipts."""

# ── what waits ──

PUT_DUE = """
INSERT INTO receipt_due (sale_id, order_id, organizer_id, paid_at)
SELECT d.* FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
    AS d (sale_id, order_id, organizer_id, paid_at)
WHERE NOT EXISTS (SELECT FROM receipt r WHERE r.sale_id = d.sale_id AND r.order_id = d.order_id)
ON CONFLICT DO NOTHING
"""
# Whoever else takes these waits here, and then finds them gone.
LOCK_DUE = """
SELECT sale_id, order_id, organizer_id FROM receipt_due WHERE not_before <= now()
ORDER BY paid_at, order_id LIMIT $1 FOR UPDATE
"""
CAPTURED = """
SELECT d.sale_id, d.order_id, c.nth, c.currency, c.captured AS total, c.taxes AS tax,
       EXISTS (SELECT FROM receipt r WHERE r.sale_id = d.sale_id AND r.order_id = d.order_id) AS issued
FROM unnest($1::text[], $2::text[]) AS d (sale_id, order_id)
LEFT JOIN LATERAL (
    SELECT * FROM order_takings t WHERE t.sale_id = d.sale_id AND t.order_id = d.order_id AND t.captured > 0
    ORDER BY t.nth LIMIT 1
) AS c ON true
"""
PUT_NOTES_DUE = """
INSERT INTO credit_note_due (sale_id, order_id, movement, organizer_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::smallint[], $4::text[]) ON CONFLICT DO NOTHING
"""
# A credit note follows its receipt, and waits for it; what had no receipt gets none.
LOCK_NOTES_DUE = """
SELECT d.sale_id, d.order_id, d.movement AS nth, d.organizer_id, t.currency, -t.captured AS total, -t.taxes AS tax,
       EXISTS (
    SELECT FROM receipt r WHERE r.sale_id = d.sale_id AND r.order_id = d.order_id AND r.movement = d.movement
) AS issued
FROM credit_note_due d JOIN order_takings t ON t.sale_id = d.sale_id AND t.order_id = d.order_id AND t.nth = d.movement
WHERE EXISTS (SELECT FROM receipt r WHERE r.sale_id = d.sale_id AND r.order_id = d.order_id AND r.kind = 'receipt')
ORDER BY d.queued_at, d.order_id, d.movement LIMIT $1 FOR UPDATE OF d
"""
NOTES_DONE = """
DELETE FROM credit_note_due
WHERE (sale_id, order_id, movement) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::smallint[]))
"""
DONE = "DELETE FROM receipt_due WHERE (sale_id, order_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))"
PUT_OFF = """
UPDATE receipt_due SET not_before = now() + interval '1 hour'
WHERE (sale_id, order_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
"""
HAS_DUE = """
SELECT true WHERE EXISTS (SELECT FROM receipt_due WHERE not_before <= now()) OR EXISTS (
    SELECT FROM credit_note_due d JOIN receipt r ON r.sale_id = d.sale_id AND r.order_id = d.order_id
)
"""
WAITING = "SELECT count(*) FROM receipt_due"

# ── numbers ──

LOCK_NEWEST_SERIES = """
SELECT year, last, last_at FROM receipt_series WHERE organizer_id = $1 ORDER BY year DESC LIMIT 1 FOR UPDATE
"""
BEGIN_SERIES = """
INSERT INTO receipt_series (organizer_id, year, last_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""
LOCK_SERIES = "SELECT year, last, last_at FROM receipt_series WHERE organizer_id = $1 AND year = $2 FOR UPDATE"
ISSUE = """
INSERT INTO receipt (organizer_id, year, number, sale_id, order_id, movement, identity, issued_at, currency, total, tax,
                     kind)
SELECT $1, $2, $3 + i.position, i.sale_id, i.order_id, i.movement, $4, $5, i.currency, i.total, i.tax, $12
FROM unnest($6::text[], $7::text[], $8::smallint[], $9::text[], $10::bigint[], $11::bigint[]) WITH ORDINALITY
    AS i (sale_id, order_id, movement, currency, total, tax, position)
"""
COUNT_ON = "UPDATE receipt_series SET last = $3, last_at = $4 WHERE organizer_id = $1 AND year = $2"

# ── who issues ──

NEWEST_IDENTITY = """
SELECT version, name, tax_id, address, postal_code, city, country, note, prefix, zone FROM legal_identity
WHERE organizer_id = $1 ORDER BY version DESC LIMIT 1
"""
NAME = "SELECT name FROM public_organizer WHERE id = $1"
WRITE_IDENTITY = """
INSERT INTO legal_identity
    (organizer_id, version, name, tax_id, address, postal_code, city, country, note, prefix, zone)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING RETURNING version
"""

# ── reading ──

HAS_NUMBER = "SELECT true FROM receipt WHERE sale_id = $1 AND order_id = $2"
OF_ORDER = """
SELECT r.organizer_id, r.year, r.number, r.kind, r.movement, r.issued_at, r.currency, r.total, r.tax, i.*
FROM receipt r JOIN legal_identity i ON i.organizer_id = r.organizer_id AND i.version = r.identity
WHERE r.sale_id = $1 AND r.order_id = $2 ORDER BY r.year, r.number
"""
# Those of a month ($2, $3), after a number ($4, $5).
LIST = """
SELECT r.year, r.number, r.kind, i.prefix, r.issued_at, r.sale_id, r.order_id, o.code, r.currency, r.total, r.tax
FROM receipt r JOIN legal_identity i ON i.organizer_id = r.organizer_id AND i.version = r.identity
JOIN order_code o ON o.sale_id = r.sale_id AND o.id = r.order_id
WHERE r.organizer_id = $1 AND r.issued_at >= $2 AND r.issued_at < $3 AND (r.year, r.number) > ($4, $5)
ORDER BY r.year, r.number LIMIT $6
"""
SUMS = """
SELECT currency, count(*) AS receipts, sum(CASE kind WHEN 'receipt' THEN total ELSE -total END)::bigint AS total,
       sum(CASE kind WHEN 'receipt' THEN tax ELSE -tax END)::bigint AS tax FROM receipt
WHERE organizer_id = $1 AND issued_at >= $2 AND issued_at < $3 GROUP BY currency ORDER BY currency
"""
RUNS = """
SELECT year, min(number) AS first, max(number) AS last, count(*) AS receipts FROM receipt
WHERE organizer_id = $1 AND issued_at >= $2 AND issued_at < $3 GROUP BY year ORDER BY year
"""

# ── what must hold ──

SERIES_THAT_DISAGREE = """
SELECT s.organizer_id, s.year, s.last, r.receipts, r.first, r.highest FROM receipt_series s CROSS JOIN LATERAL (
    SELECT count(*) AS receipts, coalesce(min(number), 1) AS first, coalesce(max(number), 0) AS highest
    FROM receipt WHERE receipt.organizer_id = s.organizer_id AND receipt.year = s.year
) AS r
WHERE s.last <> r.receipts OR s.last <> r.highest OR r.first <> 1
"""
RECEIPTS_THAT_DISAGREE = """
SELECT r.order_id, r.year, r.number, r.kind, r.total, r.tax, c.captured, c.taxes AS captured_tax
FROM receipt r JOIN sale_terms s ON s.id = r.sale_id
LEFT JOIN order_takings c ON c.sale_id = r.sale_id AND c.order_id = r.order_id AND c.nth = r.movement
CROSS JOIN LATERAL (SELECT CASE r.kind WHEN 'receipt' THEN 1 ELSE -1 END AS of) AS sign
WHERE r.sale_id = $1 AND ((r.currency, r.total, r.tax, r.organizer_id)
    IS DISTINCT FROM (c.currency, c.captured * sign.of, c.taxes * sign.of, s.organizer_id))
"""
CAPTURES_WITHOUT = """
SELECT c.order_id FROM order_takings c JOIN sale_terms s ON s.id = c.sale_id
LEFT JOIN receipt_due d ON d.sale_id = c.sale_id AND d.order_id = c.order_id
WHERE c.sale_id = $1 AND c.captured > 0 AND s.kind <> 'rehearsal' AND c.at < now() - make_interval(secs => $2)
    AND (d.queued_at IS NULL OR d.queued_at < now() - make_interval(secs => $2))
    AND NOT EXISTS (SELECT FROM receipt r WHERE r.sale_id = c.sale_id AND r.order_id = c.order_id)
"""
# Refunds whose receipt was numbered, and that have no credit note.
NOTES_WITHOUT = """
SELECT c.order_id, c.nth FROM order_takings c
JOIN receipt r ON r.sale_id = c.sale_id AND r.order_id = c.order_id AND r.kind = 'receipt'
WHERE c.sale_id = $1 AND c.captured < 0 AND greatest(c.at, r.issued_at) < now() - make_interval(secs => $2)
    AND NOT EXISTS (SELECT FROM credit_note_due d WHERE d.sale_id = c.sale_id AND d.order_id = c.order_id
        AND d.movement = c.nth AND d.queued_at > now() - make_interval(secs => $2))
    AND NOT EXISTS (
        SELECT FROM receipt n WHERE n.sale_id = c.sale_id AND n.order_id = c.order_id AND n.movement = c.nth
    )
"""
