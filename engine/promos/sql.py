"""The SQL of claiming notices."""

TOLD = "SELECT day, number FROM notice WHERE day >= $1 AND (day, number) > ($2, $3) ORDER BY day, number LIMIT $4"
# The primary key is the last guard: who was told on that day already fails the whole transaction ...
CLAIMED_FRESH = """
WITH fresh AS (
    INSERT INTO notice (day, number, window_n) SELECT $2, number, $3 FROM unnest($4::integer[]) AS number
)
INSERT INTO notice_batch (id, window_n, day, numbers) VALUES ($1, $3, $2, $4) RETURNING cardinality(numbers)
"""
# ... which is then written by this: who was told comes back in no row. It costs twice as much for each who was not.
CLAIMED = """
WITH fresh AS (
    INSERT INTO notice (day, number, window_n)
    SELECT $2, number, $3 FROM unnest($4::integer[]) AS number
    ON CONFLICT (day, number) DO NOTHING RETURNING number
), batch AS (
    INSERT INTO notice_batch (id, window_n, day, numbers)
    SELECT $1, $3, $2, array_agg(number) FROM fresh HAVING count(*) > 0
)
SELECT count(*) FROM fresh
"""
